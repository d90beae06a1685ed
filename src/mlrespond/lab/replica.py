"""A serving process of the lab (`python -m mlrespond.lab.replica`): versions of the registry.

With `--rules` it is the fallback instead: it serves the rules, and no version can be loaded.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from functools import partial

from mlrespond.errors import Error, InvalidInputError
from mlrespond.lab.artefact import read_artefact
from mlrespond.lab.child import Leash, parser, tell_port
from mlrespond.lab.exposition import Exposition
from mlrespond.lab.fallback import Rules
from mlrespond.lab.folder import MODEL, RULES, Folder
from mlrespond.lab.json_file import read_json, write_json
from mlrespond.lab.prediction_log import PredictionLog
from mlrespond.lab.serving import Serving
from mlrespond.lab.shelf import Scorer, Shelf
from mlrespond.lab.web import LoopbackServer
from mlrespond.model.json import items, record, text


class Memory:
    """What a replica served last, kept so that a restart changes no version."""

    def __init__(self, folder: Folder, name: str) -> None:
        self._path = folder.serving(name)

    def keep(self, loaded: tuple[str, ...], default: str | None) -> None:
        """Write down what is served now."""
        write_json(self._path, {"loaded": loaded, "default": default})

    def recall(self, otherwise: Sequence[str]) -> tuple[str, ...]:
        """Return the versions to load, the default last; without a memory: `otherwise`."""
        kept = record(read_json(self._path))
        default = text(kept.get("default"))
        if default is None:
            return tuple(otherwise)
        others = (text(one) for one in items(kept.get("loaded")))
        return (*(one for one in others if one and one != default), default)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to end."""
    arguments = parser("replica")
    arguments.add_argument("--version", action="append", default=[], help="to load; the last one")
    arguments.add_argument("--rules", action="store_true", help="be the fallback")
    asked = arguments.parse_args(argv)
    folder: Folder = asked.folder
    leash = Leash(folder, asked.name)
    log = PredictionLog(folder.predictions(asked.name), asked.name)
    shelf = _rules() if asked.rules else _versions(folder, asked.name)
    chance = random.Random(asked.name)  # noqa: S311  # which requests fail, no secret
    serving = Serving(shelf, Exposition(MODEL), log, chance)
    _load(serving, [RULES] if asked.rules else Memory(folder, asked.name).recall(asked.version))
    server = LoopbackServer(serving.answer, asked.port)
    server.start()
    tell_port(folder, asked.name, server.port)
    leash.hold()
    server.stop()
    log.close()
    return 0


def _versions(folder: Folder, name: str) -> Shelf:
    return Shelf(partial(read_artefact, folder.registry), Memory(folder, name).keep)


def _rules() -> Shelf:
    return Shelf(_only_rules, lambda _loaded, _default: None)


def _only_rules(version: str) -> Scorer:
    if version != RULES:
        raise InvalidInputError(f"this process serves `{RULES}` only")
    return Rules()


def _load(serving: Serving, versions: Sequence[str]) -> None:
    """Load what can be loaded; a replica without a version is live but not ready."""
    for version in versions:
        try:
            serving.load(version, default=version == versions[-1])
        except Error as error:
            print(f"version {version} is not served: {error}", file=sys.stderr)  # noqa: T201  # its log


if __name__ == "__main__":
    sys.exit(main())
