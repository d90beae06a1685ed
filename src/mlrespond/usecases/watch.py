"""Watching services: poll, and let the ledger learn what differs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from mlrespond.errors import Error, UsageError
from mlrespond.model.event import Event
from mlrespond.usecases.app import App
from mlrespond.usecases.looking import record_look
from mlrespond.usecases.own_metrics import Loop
from mlrespond.usecases.signals import rest


def watch(
    app: App,
    services: Sequence[str],
    every_s: float,
    stop: Callable[[], bool],
    tell: Callable[[str, Event], None],
    woken: threading.Event | None = None,
    own: Loop | None = None,
) -> int:
    """Look at each service again and again until told to stop; return how many looks were kept.

    When `woken` is set, the next look is taken at once. `own` counts rounds and errors.
    """
    woken = woken or threading.Event()
    names = list(services) or list(app.project.services)
    for name in names:
        if name not in app.project.services:
            known = ", ".join(app.project.services) or "none"
            raise UsageError(f"there is no service `{name}`", hint=f"known: {known}")
    kept = 0
    while True:
        woken.clear()
        for name in names:
            kept += _look(app, name, tell, own)
        if own is not None:
            own.turned(app.clock.now())
        if stop():
            return kept
        rest(app.clock, every_s, lambda: stop() or woken.is_set())


def _look(app: App, name: str, tell: Callable[[str, Event], None], own: Loop | None = None) -> int:
    try:
        found = record_look(app, name, why="watch")
    except Error as error:
        app.progress.note(f"{name}: {error.message}")
        if own is not None:
            own.errors[error.code] += 1
        return 0
    if found is None:
        return 0
    tell(name, found)
    return 1
