"""Who drives a run, and since when nobody does: one rule, for going on and for telling people.

A driver that was killed says nothing: its lease tells, or, on this machine, that it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mlrespond.engine.evolve import fold
from mlrespond.engine.state import RunState
from mlrespond.model.instant import iso
from mlrespond.ports.process import Processes
from mlrespond.usecases.custody import custody

if TYPE_CHECKING:  # `mlir incidents` starts without it
    from mlrespond.usecases.app import Store

_WORDS = frozenset({"run_requested", "run_claimed", "run_parked", "run_interrupted"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A run that has not ended: what was last said of it, and why its driver is silent, if so.

    One that is driven elsewhere, by a handover, is not called silent here.
    """

    run: str
    said: str
    silent: str
    last_at: datetime


def under_way(store: Store, processes: Processes, now: datetime) -> Mapping[str, UnderWay]:
    """Return the run of each incident that has one which did not end, by incident."""
    active = dict(store.active_runs())
    return {name: _seen(store, processes, now, name, run) for name, run in active.items()}


def _seen(store: Store, processes: Processes, now: datetime, incident: str, run: str) -> UnderWay:
    events = store.read(f"incident:{incident}")
    mine = [event for event in events if event.run == run and not event.late]
    state = fold(events, run)
    here = state is not None and custody(store, incident, events).here
    return UnderWay(
        run=run,
        said=[event.summary for event in mine if event.kind in _WORDS][-1],
        silent=why_gone(state, processes, now) if state and here else "",
        last_at=mine[-1].occurred_at,
    )


def driven(state: RunState, processes: Processes, now: datetime) -> bool:
    """Return whether a process drives the run, or may for all that is known."""
    return _claimed(state) and not why_gone(state, processes, now)


def why_gone(state: RunState, processes: Processes, now: datetime) -> str:
    """Return why the process that claimed the run and never let go of it is gone, or nothing."""
    if state.claim is None or state.claim_until is None or not _claimed(state):
        return ""
    if state.claim_until <= now:
        return f"its lease ended at {iso(state.claim_until)[:19]}Z"
    return "the process is gone" if processes.provably_dead(state.claim.process) else ""


def _claimed(state: RunState) -> bool:
    return state.claim is not None and not state.released and state.ended is None
