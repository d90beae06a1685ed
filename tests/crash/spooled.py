"""Dies with SIGKILL at every Nth line of spooling and of importing, and tells what is left.

`python -m tests.crash.spooled FIRST STEP` writes one JSON line a point. One process notes five
things: the database is away for the second to the fourth, and back for the last, whose writing
imports the spool. After its death another process notes one more.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from tests.crash.sweep import forked, scratch

from mlrespond.errors import UnwritableError
from mlrespond.model.incident_kind import NoteAdded
from mlrespond.model.kinds import draft
from mlrespond.testing.clock import FixedClock
from mlrespond.timeline.spool import Spool
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.timeline.sqlite import SqliteTimeline

WATCHED = ("/timeline/spool.py", "/timeline/spooling.py", "/timeline/sqlite.py")
NOTES = ("before", "away 1", "away 2", "away 3", "back")
LAST = "after the death"


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left after a death at a line, and one more life."""

    line: int
    lost: list[str]
    doubled: list[str]
    waiting: int
    imported: int
    spooled: int
    problems: list[str]


class Store:
    """A spooling timeline on a folder, whose database can be taken away."""

    def __init__(self, folder: Path) -> None:
        self.away = False
        self.clock = FixedClock()
        self._folder = folder
        self._count = 0
        spool = Spool(folder / "spool", new_id=self._id)
        self.timeline = SpoolingTimeline(self._open, spool, self.clock.now)

    def note(self, text: str) -> None:
        """Note something, and tell the folder that it is safe now."""
        at = self.clock.now()
        self.timeline.append([draft("incident:INC-0001", NoteAdded(text=text), at)])
        with (self._folder / "safe").open("a") as file:
            file.write(text + "\n")

    def _open(self) -> SqliteTimeline:
        if self.away:
            raise UnwritableError("it is away")
        path = self._folder / "timeline.db"
        return SqliteTimeline(path, now=self.clock.now, new_id=self._id, new_salt=self._id)

    def _id(self) -> str:
        self._count += 1
        return f"{os.getpid():08x}-0000-7000-8000-{self._count:012x}"


def main() -> None:
    first, step = int(sys.argv[1]), int(sys.argv[2])
    with scratch() as folder:
        for left in deaths(folder, first, step):
            sys.stdout.write(json.dumps(asdict(left)) + "\n")


def deaths(folder: Path, first: int, step: int) -> Iterator[Left]:
    """Die at one line after another, until a process comes to its end."""
    line, code = first, -signal.SIGKILL.value
    while code == -signal.SIGKILL:
        place = folder / str(line)
        place.mkdir()
        code = forked(lambda place=place, line=line: _spool_and_import(place, line))  # type: ignore[misc]  # bound at once
        assert forked(lambda place=place: Store(place).note(LAST)) == 0  # type: ignore[misc]  # the same
        yield _left(place, line)
        line += step


def _spool_and_import(place: Path, line: int) -> None:
    sys.settrace(_dying(line))
    store = Store(place)
    store.away = True
    store.note(NOTES[1])
    store.note(NOTES[2])
    store.note(NOTES[3])
    store.away = False
    store.clock.advance(60)
    store.note(NOTES[4])


def _dying(line: int) -> Callable[[FrameType, str, Any], Any]:
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401  # sys.settrace's signature
        nonlocal left
        if not frame.f_code.co_filename.endswith(WATCHED):
            return None
        left -= event == "line"
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def _left(place: Path, line: int) -> Left:
    store = Store(place)
    events = store.timeline.follow(0)
    told = Counter(str(one.data["text"]) for one in events if one.kind == "note_added")
    safe = (place / "safe").read_text().splitlines()
    imports = [one for one in events if one.kind == "spool_imported"]
    return Left(
        line=line,
        lost=[one for one in safe if one not in told],
        doubled=[one for one, count in told.items() if count > 1],
        waiting=len(list((place / "spool").glob("*.json"))),
        imported=sum(int(str(one.data["count"])) for one in imports),
        spooled=sum(one.startswith("away") for one in told),
        problems=[one.what for one in store.timeline.audit().problems],
    )


if __name__ == "__main__":
    main()
