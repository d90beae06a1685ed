"""Freezing training data by the team's own command, once a key, whichever pipeline trains on it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlrespond.adapters import strict_json
from mlrespond.adapters.durable import locked, replace_file, said
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, NoAnswerError, UnsupportedError
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.instant import iso
from mlrespond.model.json import dump, record, text
from mlrespond.model.reading import Finished, Window
from mlrespond.model.text import one_line
from mlrespond.ports.service import Commands

_SECRET = re.compile(r"(env|file):.")


def folder_of(site: Site, key: str) -> Path:
    """Return where this machine keeps what it knows of a key."""
    name = re.sub(r"[^a-zA-Z0-9_-]+", "-", key)[:40]
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]
    return site.state / "pipelines" / f"{name}-{digest}"


def names_of(key: str, window: Window) -> dict[str, str | Mapping[str, str]]:
    """Return what the templates of a pipeline know before the data are frozen."""
    return {"key": key, "window": {"from": iso(window.since), "to": iso(window.until)}}


def variables(site: Site, env: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables, with the secrets that they name."""
    return {
        name: site.secrets.get(value) if _SECRET.match(value) else value
        for name, value in env.items()
    }


class Freezer:
    """A command whose last line is the snapshot's name."""

    def __init__(
        self,
        args: Sequence[str],
        env: Mapping[str, str],
        timeout_s: float,
        site: Site,
        commands: Commands,
    ) -> None:
        self._args = args
        self._env = env
        self._timeout_s = timeout_s
        self._site = site
        self._commands = commands

    def freeze(self, key: str, window: Window) -> str:
        """See Pipeline.freeze; the command may run again only if we died before it was noted."""
        if not self._args:
            raise UnsupportedError(
                f"nobody said how the data of {self._site.service} is frozen",
                hint="set `retrain.freeze` to a command",
            )
        folder = folder_of(self._site, key)
        with said(f"the snapshot of {key} cannot be kept in {folder}"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(folder / ".freeze.lock", self._timeout_s):
                return _noted(folder) or self._frozen(folder, key, window)

    def _frozen(self, folder: Path, key: str, window: Window) -> str:
        args = [shown(fill(one, names_of(key, window))) for one in self._args]
        done = self._commands.run(args, variables(self._site, self._env), self._timeout_s)
        lines = [line.strip() for line in done.out.splitlines() if line.strip()]
        what = f"`{one_line(' '.join(args), 100)}`"
        if done.timed_out:
            raise NoAnswerError(f"{what} was not done in {self._timeout_s:g} s")
        if done.code != 0 or not lines:
            raise BadReplyError(f"{what}: {_why(done, lines)}")
        replace_file(folder / "snapshot.json", dump({"snapshot": lines[-1]}).encode())
        return lines[-1]


def _noted(folder: Path) -> str | None:
    path = folder / "snapshot.json"
    if not path.exists():
        return None
    return text(record(strict_json.parse(path.read_bytes(), str(path))).get("snapshot"))


def _why(done: Finished, lines: list[str]) -> str:
    return f"exit {done.code}: {one_line(lines[-1])}" if lines else f"exit {done.code}, no output"
