"""What a team wrote and what the product ships, read from disk; and the words they may use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mlrespond.authoring.lint import File, Files
from mlrespond.authoring.source import parse
from mlrespond.bootstrap.place import SETTINGS
from mlrespond.judgment.sign import known_signs
from mlrespond.model.json import record
from mlrespond.model.mode import Mode
from mlrespond.model.shape import Vocabulary
from mlrespond.verbs.table import Table

if TYPE_CHECKING:
    from mlrespond.model.service import Component

_PACKAGE = Path(__file__).parents[1]
_MODES = "modes.yaml"


def vocabulary(project: tuple[File, ...] = ()) -> Vocabulary:
    """Return all that authored files may speak of, the modes in a project's files as well."""
    path = library(_MODES)
    modes = tuple(dict.fromkeys(_mode_names([(path.name, path.read_bytes()), *project])))
    return Vocabulary(verbs=Table(modes), adapters=_Adapters(), modes=modes, signs=known_signs())


@cache
def shipped_modes() -> tuple[Mode, ...]:
    """Return the failure modes that the product ships, in order of rank."""
    from mlrespond.authoring.mode import load_modes

    path = library(_MODES)
    return load_modes(path.name, path.read_bytes())


def _mode_names(files: Iterable[File]) -> Iterator[str]:
    for path, content in files:
        if b"modes:" in content:
            data = record(parse(path, content).data)
            yield from record(data.get("modes"))
            for service in record(data.get("services")).values():
                yield from record(record(service).get("modes"))


class _Adapters:
    """The adapter table, imported when a component is checked."""

    def config_class(self, port: str, kind: str) -> type[Component]:
        from mlrespond.adapters.table import config_class

        return config_class(port, kind)


def library(part: str) -> Path:
    """Return what the product ships: the folder `runbooks` or `playbooks`, or `modes.yaml`."""
    shipped = _PACKAGE / "library" / part
    return shipped if shipped.exists() else _PACKAGE.parents[1] / part


def authored_files(folder: Path, *, shipped_playbooks: bool = True) -> Files:
    """Return what stands in a project's folders, and the library."""
    own = _read(folder, "playbooks/*.md")
    names = {Path(path).stem for path, _ in own}
    shipped = tuple(
        (str(path), path.read_bytes())
        for path in sorted(library("playbooks").glob("*.md"))
        if shipped_playbooks and path.stem not in names
    )
    return Files(
        project=_read(folder, SETTINGS, "services/*.yaml", "modes.yaml"),
        runbooks=_read(folder, "runbooks/*.yaml"),
        playbooks=own + shipped,
        library=_from_library,
        library_names=tuple(path.stem for path in sorted(library("runbooks").glob("*.yaml"))),
    )


def _read(folder: Path, *patterns: str) -> tuple[tuple[str, bytes], ...]:
    paths = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    return tuple((str(path.relative_to(folder)), path.read_bytes()) for path in paths)


def _from_library(name: str) -> tuple[str, bytes] | None:
    path = library("runbooks") / f"{name}.yaml"
    if "/" in name or not path.is_file():
        return None
    return str(path), path.read_bytes()
