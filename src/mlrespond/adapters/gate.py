"""How many calls to one address are under way in this process: never more than it should bear."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlrespond.errors import UnreachableError

if TYPE_CHECKING:
    from mlrespond.adapters.network import Call

AT_ONCE = 8


@dataclass(slots=True)
class _Gate:
    inside: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)


_GATES: dict[str, _Gate] = {}
_LOCK = threading.Lock()


@contextmanager
def under_way(origin: str, at_once: int, call: Call) -> Iterator[None]:
    """Hold one of the places at an address, waiting for it no longer than the call may take.

    Raises UnreachableError, for nothing was sent, if none became free.
    """
    with _LOCK:
        gate = _GATES.setdefault(origin, _Gate())
    with gate.changed:
        if not gate.changed.wait_for(lambda: gate.inside < at_once, max(0.0, call.left())):
            raise UnreachableError(f"{origin} was busy with {gate.inside} calls of ours all along")
        gate.inside += 1
    try:
        yield
    finally:
        with gate.changed:
            gate.inside -= 1
            gate.changed.notify_all()
