"""Eight writers on one file, some of them killed: nothing is lost, no gap, the chain is whole."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest
from tests.timeline.writer import SHARED

from mlrespond.adapters.system import SystemIds
from mlrespond.testing.clock import FixedClock
from mlrespond.timeline.sqlite import SqliteTimeline

WRITERS = 8
ENOUGH = 6  # appends that a writer has confirmed before it is killed
WRITER = Path(__file__).with_name("writer.py")


class Writer:
    """A writer in a process of its own; `said` are the numbers whose append has returned."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.said: list[int] = []
        self._process = subprocess.Popen(
            [sys.executable, str(WRITER), str(path), name], stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def hear(self, enough: int) -> None:
        assert self._process.stdout is not None
        while len(self.said) < enough:
            line = self._process.stdout.readline()
            assert line, f"writer {self.name} ended by itself"
            self.said.append(int(line))

    def kill(self) -> None:
        """Kill it in the middle of whatever it does, and hear what it still had said."""
        if self._process.returncode is not None:
            return
        self._process.kill()
        rest, _ = self._process.communicate()
        whole = rest.rpartition("\n")[0]
        self.said += [int(line) for line in whole.splitlines()]


@pytest.mark.live
def test_eight_writers_some_killed_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "timeline.db"
    with ExitStack() as stack:
        writers = [stack.enter_context(Writer(path, f"w{n}")) for n in range(WRITERS)]
        for n, writer in enumerate(writers):
            writer.hear(ENOUGH)
            if n % 2 == 0:
                writer.kill()
        for writer in writers[1::2]:
            writer.hear(2 * ENOUGH)

    ids = SystemIds()
    timeline = SqliteTimeline(path, now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt)
    events = timeline.read(SHARED)
    counted: dict[str, list[int]] = defaultdict(list)
    for event in events:
        name, number = event.summary.split()
        counted[name].append(int(number))
    assert timeline.audit().problems == ()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.pos for event in events] == [event.seq for event in events]
    for writer in writers:
        written = counted[writer.name]
        assert set(writer.said) <= set(written)
        assert written == sorted([*set(written), *set(written)])  # each whole append, in order
        assert len(set(written)) <= len(writer.said) + 1  # the one that was under way
    timeline.close()
