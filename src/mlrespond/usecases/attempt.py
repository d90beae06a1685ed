"""An attempt: a verb's work in a thread of its own, waited for until its deadline and no longer.

The thread has no handle on the timeline; at the deadline its result is dropped (DESIGN §5).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeAlias, TypeVar

from mlrespond.errors import Error

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Returned(Generic[T]):
    """It did its work."""

    value: T


@dataclass(frozen=True, slots=True)
class Raised:
    """It failed. `expected` is false for a bug of ours or of a plugin."""

    code: str
    message: str
    hint: str
    definite: bool
    expected: bool = True


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It did not end in time; nobody knows what it did."""

    after_s: float


Result: TypeAlias = Returned[T] | Raised | TimedOut


def attempt(work: Callable[[], T], timeout_s: float, meanwhile: Callable[[], None]) -> Result[T]:
    """Return what came of the work; `meanwhile` is called while it is waited for."""
    done: queue.SimpleQueue[Returned[T] | Raised] = queue.SimpleQueue()
    thread = threading.Thread(target=lambda: done.put(_outcome(work)), daemon=True)
    deadline = monotonic() + timeout_s
    thread.start()
    while True:
        left = deadline - monotonic()
        if left <= 0:
            return TimedOut(timeout_s)
        try:
            return done.get(timeout=min(left, 0.2))
        except queue.Empty:
            meanwhile()


def _outcome(work: Callable[[], T]) -> Returned[T] | Raised:
    try:
        return Returned(work())
    except Error as error:
        definite = bool(getattr(error, "definite", False))
        return Raised(error.code, error.message, error.hint, definite)
    except Exception as error:  # noqa: BLE001  # the boundary round a step: recorded as evidence
        said = f"{type(error).__name__}: {error}"
        return Raised(
            "bug", said, "this is a bug; please report it", definite=False, expected=False
        )
