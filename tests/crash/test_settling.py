"""Settling what an earlier process began: at once only when it certainly acts no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import pytest
from tests.crash.scenes import SCENES
from tests.rig import Rig, rig

from mlrespond.model.event import Draft, Event
from mlrespond.model.instant import parse_iso
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import RunInterrupted
from mlrespond.testing.clock import CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.app import Store


class _DiedError(Exception):
    """The process is out of our hands."""


class _Losing(MemoryTimeline):
    """A timeline that loses sight of its first writer once that has said what it will do."""

    lost = False

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        events = super().append(drafts, expect)
        if drafts[0].kind == "action_intended" and not self.lost:
            self.lost = True
            raise _DiedError
        return events


def _responder(store: _Losing, clock: FixedClock, pid: int) -> Rig:
    kept = cast("Store", store)
    runbooks = SCENES["telling"].runbooks
    here = rig(runbooks=runbooks, store=kept, clock=clock, history=(), pid=pid)
    here.talker.answers = {"undecided": "not_done"}
    return here


def _interrupted(store: _Losing, at: datetime) -> None:
    """Say what a process says that is told to stop at once, while its action is under way."""
    said = RunInterrupted(signal="SIGINT")
    run = {"incident": "INC-0001", "run": "INC-0001.1", "epoch": 1}
    store.append([draft("incident:INC-0001", said, at, **run)])  # type: ignore[arg-type]  # by name


def _settled_at(here: Rig) -> tuple[datetime, datetime]:
    """Return until when the first might have acted, and when its action was asked about."""
    events = here.events()
    intended = next(one for one in events if one.kind == "action_intended")
    asked = next(one for one in events if one.kind == "question_asked")
    return parse_iso(str(intended.data["act_by"])), asked.occurred_at


def test_an_action_under_way_when_it_was_stopped_at_once_is_given_its_time() -> None:
    clock = FixedClock()
    store = _Losing(clock.now, CountingIds())
    with pytest.raises(_DiedError):
        _responder(store, clock, 1).respond(runbook="telling", approve=("all",))
    _interrupted(store, clock.now())
    here = _responder(store, clock, 2)

    here.resume()

    act_by, asked = _settled_at(here)
    assert asked >= act_by


def test_it_is_settled_at_once_when_the_process_is_provably_dead() -> None:
    clock = FixedClock()
    store = _Losing(clock.now, CountingIds())
    with pytest.raises(_DiedError):
        _responder(store, clock, 1).respond(runbook="telling", approve=("all",))
    _interrupted(store, clock.now())
    here = _responder(store, clock, 2)
    here.processes.dead = {1}

    here.resume()

    act_by, asked = _settled_at(here)
    assert asked < act_by
