"""Where a project, its timeline and this machine's state are, and who calls; light to import."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlrespond.errors import NotRecordedError, UsageError

if TYPE_CHECKING:
    from mlrespond.model.event import Actor
    from mlrespond.timeline.spooling import SpoolingTimeline
    from mlrespond.timeline.sqlite import SqliteTimeline

SETTINGS = "mlir.yaml"
DEFAULT_TIMELINE = ".mlir/timeline.db"
_TOP_KEY = re.compile(
    r"^timeline:[ \t]*(?P<value>[^\s#'\"&*!|>{\[][^#\n]*?)[ \t]*(?:#.*)?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a project, its timeline and this machine's private state are."""

    folder: Path
    timeline: Path
    state: Path

    @property
    def settings(self) -> Path:
        """Return the project's `mlir.yaml`."""
        return self.folder / SETTINGS


def place(project: str | None = None, timeline: str | None = None) -> Place:
    """Return where things are: options first, then MLRESPOND_… variables, then the nearest project.

    Raises UsageError for a project folder that is not there.
    """
    folder = _folder(project or os.environ.get("MLRESPOND_PROJECT"))
    named = timeline or os.environ.get("MLRESPOND_TIMELINE")
    path = Path(named).expanduser() if named else folder / _timeline_of(folder / SETTINGS)
    path = path.absolute()
    return Place(folder=folder, timeline=path, state=_state(path))


def _folder(named: str | None) -> Path:
    if named is not None:
        folder = Path(named).expanduser().absolute()
        if not folder.is_dir():
            raise UsageError(f"there is no folder {named}", hint="see --project")
        return folder
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SETTINGS).is_file():
            return folder
    return here


def _timeline_of(settings: Path) -> str:
    """Return the `timeline:` of a settings file, without a YAML parser where it is a plain line."""
    try:
        text = settings.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return DEFAULT_TIMELINE
    if "timeline" not in text:
        return DEFAULT_TIMELINE
    found = _TOP_KEY.search(text)
    return found.group("value").strip() if found else _parsed_timeline(settings, text)


def _parsed_timeline(settings: Path, text: str) -> str:
    from mlrespond.authoring.source import parse
    from mlrespond.model.json import record

    named = record(parse(str(settings), text).data).get("timeline")
    return named if isinstance(named, str) else DEFAULT_TIMELINE


def _state(timeline: Path) -> Path:
    import hashlib

    named = os.environ.get("MLRESPOND_STATE")
    home = os.environ.get("XDG_STATE_HOME") or str(Path("~/.local/state").expanduser())
    root = Path(named) if named else Path(home) / "mlrespond"
    return root / hashlib.sha256(str(timeline).encode()).hexdigest()[:16]


def caller(claimed: str | None = None) -> Actor:
    """Return who calls: a claimed handle (`--as`, MLRESPOND_AS), or the login of this machine."""
    from mlrespond.model.event import Actor

    named = claimed or os.environ.get("MLRESPOND_AS")
    if named:
        return Actor(named, "claimed")
    from getpass import getuser

    try:
        return Actor(getuser(), "os")
    except (OSError, KeyError):
        return Actor("unknown", "none")


def must_be_there(where: Place) -> Place:
    """Return the place, if it has a timeline; whoever only reads makes none in the wrong folder."""
    if where.timeline.exists() or (where.state / "spool").exists():
        return where
    raise NotRecordedError(
        f"there is no timeline at {where.timeline}",
        hint="another project: mlir -C DIR …; a first one: mlir respond or mlir watch",
    )


def open_timeline(where: Place, redact: Callable[[str], str] = str) -> SpoolingTimeline:
    """Return the timeline of a place, with its spool beside it."""
    from mlrespond.adapters.system import SystemClock, SystemIds
    from mlrespond.timeline.spool import Spool
    from mlrespond.timeline.spooling import SpoolingTimeline

    spool = Spool(where.state / "spool", new_id=SystemIds().event_id, redact=redact)
    return SpoolingTimeline(lambda: open_database(where, redact), spool, SystemClock().now)


def open_database(where: Place, redact: Callable[[str], str] = str) -> SqliteTimeline:
    """Return the database of a place alone: for one thread, and with no spool to fall back on."""
    from mlrespond.adapters.system import SystemClock, SystemIds
    from mlrespond.timeline.sqlite import SqliteTimeline

    ids = SystemIds()
    return SqliteTimeline(
        where.timeline,
        now=SystemClock().now,
        new_id=ids.event_id,
        new_salt=ids.salt,
        redact=redact,
    )
