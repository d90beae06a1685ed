"""What steers the traffic: its rate and its faults, read from `control.json` while it runs."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mlrespond.errors import Error
from mlrespond.lab.json_file import read_json
from mlrespond.lab.world import QUARTER_TURN, Row
from mlrespond.model.codec import decode
from mlrespond.model.json import number

_LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Fraudsters change their habits: the truth turns, up to a quarter turn."""

    since: datetime
    degrees_per_s: float

    def angle(self, now: datetime) -> float:
        """Return how far the truth has turned by now."""
        turned = (now - self.since).total_seconds() * self.degrees_per_s
        return max(0.0, min(QUARTER_TURN, turned))


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The traffic as it is wanted; the defaults are a healthy day."""

    seed: int
    rate: float
    null_share: float = 0.0
    unit_factor: float = 1.0
    drift: Drift | None = None

    def angle(self, now: datetime) -> float:
        """Return how far the truth has turned by now."""
        return self.drift.angle(now) if self.drift else 0.0

    def corrupt(self, row: Row, chance: random.Random) -> Row:
        """Return the row as it arrives: the feature source may be broken on its way."""
        if self.null_share and chance.random() < self.null_share:
            return {**row, "amount": None, "country": None}
        amount = number(row.get("amount"))
        if self.unit_factor == 1.0 or amount is None:
            return row
        return {**row, "amount": round(amount * self.unit_factor, 2)}


class ControlFile:
    """The latest control of a file; it is looked at five times a second at most."""

    def __init__(self, path: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._now = now
        self._control = decode(Control, read_json(path))
        self._looked_at = now()

    def read(self) -> Control:
        """Return the control as it is, or as it was if the file cannot be read."""
        if self._now() - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = self._now()
            try:
                self._control = decode(Control, read_json(self._path))
            except Error:
                return self._control
        return self._control
