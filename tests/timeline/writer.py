"""One of many writers of one file: `python writer.py FILE STREAM NAME`, until it is killed.

It says each number on stdout after the append of it returned; the other streams are shared.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from mlrespond.adapters.system import SystemClock, SystemIds
from mlrespond.errors import UnwritableError
from mlrespond.model.event import Actor, Draft
from mlrespond.timeline.sqlite import SqliteTimeline

SHARED = "incident:INC-1"


def main(path: Path, name: str) -> None:
    timeline = opened(path)
    for number in count():
        text = f"{name} {number}"
        note = Draft(
            stream=SHARED,
            kind="note_added",
            summary=text,
            data={"text": text},
            occurred_at=datetime.now(UTC),
            source="person",
            actor=Actor(name, "os"),
        )
        try:
            timeline.append([note, note])
        except UnwritableError:
            continue  # the others held it for too long; the next number is another
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def opened(path: Path) -> SqliteTimeline:
    """Open the file, or make it, whoever else does the same; each try waits for five seconds."""
    ids = SystemIds()
    while True:
        try:
            return SqliteTimeline(
                path, now=SystemClock().now, new_id=ids.event_id, new_salt=ids.salt
            )
        except UnwritableError:
            continue


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
