"""Where the truth arrives: each label some seconds after its prediction."""

from __future__ import annotations

import heapq
import random
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from mlrespond.lab.lines import LineWriter
from mlrespond.lab.world import Label
from mlrespond.model.instant import iso

SOONEST_S = 1.5
LATEST_S = 4.0
_LOOK_EVERY_S = 0.1


class LabelDesk:
    """Holds labels back until they are due; what is not due when it closes never comes."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self._lines = LineWriter(path)
        self._chance = chance
        self._waiting: list[tuple[float, str, Label]] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._hand_out, daemon=True)
        self._thread.start()

    def expect(self, request_id: str, label: Label) -> None:
        """Take a label that becomes known in a while."""
        with self._lock:
            due = time.monotonic() + self._chance.uniform(SOONEST_S, LATEST_S)
            heapq.heappush(self._waiting, (due, request_id, label))

    def close(self) -> None:
        """Stop, with all that was due written."""
        self._closing.set()
        self._thread.join()
        self._lines.close()

    def _hand_out(self) -> None:
        while not self._closing.wait(_LOOK_EVERY_S):
            for request_id, label in self._due():
                now = iso(datetime.now(UTC))
                self._lines.put({"request_id": request_id, "y": label, "labelled_at": now})

    def _due(self) -> list[tuple[str, Label]]:
        due = []
        with self._lock:
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                due.append(heapq.heappop(self._waiting)[1:])
        return due
