"""What something may cost: seconds of this process's own work, whatever else the machine does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def costing(at_most_s: float) -> Iterator[None]:
    """Fail if what is done inside takes the processor longer."""
    began = time.process_time()
    yield
    cost = time.process_time() - began
    assert cost < at_most_s, f"it cost {cost:.2f} s of the processor"
