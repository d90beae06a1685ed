"""Laws of folding and deciding, held against every prefix of real recorded runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.corpus import recorded_runs
from tests.engine.story import erased

from mlrespond.engine.decide import decide
from mlrespond.engine.evolve import evolve, fold
from mlrespond.engine.incident import fold_incident
from mlrespond.engine.intent import Act, Intent, Over, Write
from mlrespond.engine.measure import milestones
from mlrespond.engine.state import RunState
from mlrespond.model.codec import encode
from mlrespond.model.event import Event
from mlrespond.model.json import dump
from mlrespond.model.kinds import body
from mlrespond.verbs.table import Table

RUN = "INC-0001.1"
NAMES = tuple(recorded_runs())
VERBS = Table()
DECIDED = frozenset(
    {
        "action_settled",
        "criterion_met",
        "ending_decided",
        "incident_mitigated",
        "question_asked",
        "question_expired",
        "question_reminded",
        "run_ended",
        "step_started",
    }
)
names = st.sampled_from(NAMES)
shares = st.floats(0, 1)
often = settings(deadline=None, max_examples=60)


def run(name: str) -> tuple[Event, ...]:
    return recorded_runs()[name]


def part(events: Sequence[Event], share: float) -> int:
    """Return a place in a run, after its request, and before its end."""
    first = next(at for at, one in enumerate(events) if one.kind == "run_requested") + 1
    return first + round(share * (len(events) - first))


@cache
def states(name: str) -> tuple[tuple[Event, RunState], ...]:
    """Return each event of a run since it was requested, and the state after it."""
    events, found = run(name), []
    state: RunState | None = None
    for at, event in enumerate(events):
        state = evolve(state, event) if state else fold(events[: at + 1], RUN)
        if state:
            found.append((event, state))
    return tuple(found)


def wanted(state: RunState, now: datetime) -> Intent:
    return decide(state, VERBS, now)


@often
@given(names, shares)
def test_folding_a_prefix_and_then_the_rest_is_folding_all(name: str, share: float) -> None:
    events = run(name)
    at = part(events, share)

    prefix = fold(events[:at], RUN)

    assert prefix is not None
    assert reduce(evolve, events[at:], prefix) == fold(events, RUN)


@pytest.mark.parametrize("name", NAMES)
def test_deciding_never_raises_and_is_the_same_twice_on_any_prefix(name: str) -> None:
    for event, state in states(name):
        for later in (timedelta(0), timedelta(minutes=11), timedelta(days=400)):
            now = event.occurred_at + later
            assert wanted(state, now) == wanted(state, now)


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_run_decided_what_folding_it_decides(name: str) -> None:
    before: RunState | None = None
    due: list[str] = []
    for event, state in states(name):
        if event.run == RUN and (due or event.kind in DECIDED):
            assert before is not None
            due = due or _bodies(wanted(before, event.occurred_at))
            assert dump(encode(body(event))) == due.pop(0)
        before = state


def _bodies(intent: Intent) -> list[str]:
    assert isinstance(intent, Write), intent
    return [dump(encode(said.body)) for said in intent.said]


@pytest.mark.parametrize("name", NAMES)
def test_a_finished_run_decides_nothing(name: str) -> None:
    event, state = states(name)[-1]

    assert state.ended is not None
    assert wanted(state, event.occurred_at + timedelta(days=1)) == Over()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_its_end_makes_a_run_decide_nothing(name: str) -> None:
    for event, state in states(name):
        over = wanted(state, event.occurred_at) == Over()
        assert over == (state.ended is not None)


@often
@given(names, shares, shares)
def test_a_late_event_makes_no_decision_and_starts_no_action(
    name: str, share: float, which: float
) -> None:
    events = run(name)
    at = part(events, share)
    before = fold(events[:at], RUN)
    assert before is not None
    late = replace(events[part(events, which) - 1], late=True, seq=at + 1)
    now = events[at - 1].occurred_at

    after = evolve(before, late)

    assert after.questions == before.questions
    assert (after.epoch, after.ending, after.ended) == (before.epoch, before.ending, before.ended)
    if late.kind not in {"action_sent", "attempt_failed"}:
        assert after.steps == before.steps
        assert wanted(after, now) == wanted(before, now)
    if isinstance(wanted(after, now), Act):
        assert wanted(before, now) == wanted(after, now)


@often
@given(names, shares, shares)
def test_events_of_other_runs_change_nothing_but_the_place(
    name: str, share: float, which: float
) -> None:
    events = run(name)
    at = part(events, share)
    before = fold(events[:at], RUN)
    assert before is not None
    named = replace(events[part(events, which) - 1], run="INC-0001.2", seq=at + 1)

    after = evolve(before, named)

    assert replace(after, seq=before.seq) == before


@often
@given(names, shares, shares)
def test_a_kind_from_the_future_changes_nothing_but_the_place(
    name: str, share: float, which: float
) -> None:
    events = run(name)
    at = part(events, share)
    before = fold(events[:at], RUN)
    assert before is not None
    newer = replace(events[part(events, which) - 1], kind="run_dreamt", step=None, seq=at + 1)

    after = evolve(before, newer)

    assert replace(after, seq=before.seq) == before


@often
@given(names, st.randoms(use_true_random=False), shares)
def test_whatever_is_erased_a_run_folds_and_a_finished_one_stays_so(
    name: str, chance: object, share: float
) -> None:
    from random import Random

    assert isinstance(chance, Random)
    events = [erased(one) if chance.random() < share else one for one in run(name)]

    state = fold(events, RUN)
    incident = fold_incident(events)

    assert incident is not None
    assert (incident.runs, incident.active_run) == ((RUN,), None)
    assert len(milestones(events)) == len(milestones(run(name)))
    if state is not None:
        assert wanted(state, events[-1].occurred_at) == Over()


@often
@given(names, shares, shares)
def test_an_unfinished_run_folds_and_decides_whatever_is_erased(
    name: str, share: float, which: float
) -> None:
    events = run(name)
    gone = part(events, share) - 1
    at = gone + 1 + round(which * (len(events) - gone - 1))
    rest = [*events[:gone], erased(events[gone]), *events[gone + 1 : at]]

    state = fold(rest, RUN)

    assert (state is None) == (events[gone].kind == "run_requested")
    assert state is None or wanted(state, events[at - 1].occurred_at)


@pytest.mark.parametrize("name", NAMES)
def test_an_incidents_state_is_a_fold_too(name: str) -> None:
    events = run(name)

    whole = fold_incident(events)

    assert whole is not None
    assert whole.seq == len(events)
    assert whole.active_run is None
