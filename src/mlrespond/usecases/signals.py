"""Ctrl-C and TERM: once means stop at a safe point, twice means now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Self

from mlrespond.ports.clock import Clock

_SLICE_S = 0.2
_CAUGHT = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Counts the signals that ask us to stop, while it is entered (main thread only).

    One that is entered within another catches for both: whoever drives a run stops at a safe point,
    and so does the loop around it.
    """

    def __init__(self) -> None:
        self._count = 0
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        self.name = "interrupt"

    @property
    def asked(self) -> bool:
        """Return whether we were asked to stop."""
        return self._count > 0

    @property
    def urgent(self) -> bool:
        """Return whether we were asked twice: now means now."""
        return self._count > 1

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _CAUGHT:
                self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _caught(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        around = self._before.get(number)
        if callable(around) and isinstance(getattr(around, "__self__", None), Interrupts):
            around(number, frame)
        self.name = signal.Signals(number).name


def rest(clock: Clock, seconds: float, stop: Callable[[], bool]) -> None:
    """Sleep so long, but no longer than until somebody wants us to stop."""
    left = seconds
    while left > 0 and not stop():
        clock.sleep(min(left, _SLICE_S))
        left -= _SLICE_S
