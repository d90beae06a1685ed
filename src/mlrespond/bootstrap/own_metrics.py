"""Putting together the page on which a loop tells a monitor how it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mlrespond import __version__
from mlrespond.adapters.local_server import address
from mlrespond.adapters.metrics_page import MetricsPage, page
from mlrespond.bootstrap.app import Composed
from mlrespond.bootstrap.place import open_database
from mlrespond.errors import TimelineError
from mlrespond.usecases.own_metrics import Loop, families


@contextmanager
def told_at(composed: Composed, written: str, loop: Loop, *, anywhere: bool) -> Iterator[str]:
    """Serve the page while the block runs; yield its address. UsageError where it cannot be."""
    server = MetricsPage(address(written, anywhere=anywhere), lambda: _page(composed, loop))
    server.start()
    try:
        yield f"{server.where}/metrics"
    finally:
        server.stop()


def _page(composed: Composed, loop: Loop) -> str:
    """Count in a connection of this thread's own, closed at once."""
    waiting = len(list((composed.where.state / "spool").glob("*.json")))
    try:
        timeline = open_database(composed.where) if composed.where.timeline.exists() else None
    except TimelineError:
        timeline = None
    try:
        return composed.redact(page(families(loop, __version__, timeline, waiting)))
    finally:
        if timeline is not None:
            timeline.close()
