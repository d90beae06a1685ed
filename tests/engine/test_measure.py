"""How long each phase took: from milestones, by formulas; what is missing is unknown, not zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.engine.story import START, erased, recorded

from mlrespond.engine.measure import PHASES, Milestone, milestones, phases
from mlrespond.model.alert import Alert, AlertStatus
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import (
    AlertReceived,
    IncidentAcknowledged,
    IncidentClosed,
    IncidentMitigated,
    IncidentOpened,
    IncidentReopened,
    IncidentResolved,
)
from mlrespond.model.instant import iso
from mlrespond.model.kind import Body
from mlrespond.model.run_kind import (
    ActionSent,
    QuestionAnswered,
    QuestionAsked,
    StepFinished,
    StepStarted,
)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def alert(minutes: float, status: AlertStatus = "firing") -> AlertReceived:
    return AlertReceived(
        alert=Alert(fingerprint=f"f{minutes}", status=status, starts_at=at(minutes))
    )


WHOLE: Sequence[tuple[float, Body]] = (
    (0, IncidentOpened(service="fraud", title="t", severity="SEV1", onset=at(-20))),
    (0, alert(-30, "resolved")),
    (0, alert(-10)),
    (1, IncidentAcknowledged()),
    (2, StepFinished(title="triage", outcome="ok", yields={"suspects": []})),
    (2.25, QuestionAsked(question="a", sort="ask", text="which?", choices=())),
    (2.5, QuestionAsked(question="q", sort="approval", text="may I?", choices=())),
    (3, QuestionAnswered(question="q", choice="approve", via="terminal")),
    (4, ActionSent(action=0, summary="moved", try_=1)),
    (6, StepFinished(title="back", outcome="ok", yields={"verified_at": iso(at(5))})),
    (12, IncidentMitigated(criterion="c")),
    (13, IncidentReopened(reason="r")),
    (14, IncidentMitigated(criterion="c")),
    (30, IncidentResolved()),
    (60, IncidentClosed()),
)


def stream(said: Sequence[tuple[float, Body]] = WHOLE) -> list[Event]:
    return [recorded(what, seq, at(minute)) for seq, (minute, what) in enumerate(said, 1)]


def times(events: Sequence[Event]) -> dict[str, float | None]:
    """Return each milestone in minutes since the opening."""
    return {
        one.name: None if one.at is None else (one.at - START).total_seconds() / 60
        for one in milestones(events)
    }


def test_each_milestone_has_its_time() -> None:
    assert times(stream()) == {
        "impact started": -20,
        "detected": -10,
        "declared": 0,
        "acknowledged": 1,
        "diagnosed": 2,
        "asked": 2.5,
        "approved": 3,
        "first action": 4,
        "verified": 5,
        "mitigated": 12,
        "resolved": 30,
        "closed": 60,
    }


def test_each_milestone_names_the_event_that_says_so() -> None:
    events = stream()

    named = {one.name: one.seq for one in milestones(events)}

    assert named["detected"] == 3
    assert named["mitigated"] == 11
    assert named["impact started"] == named["declared"] == 1


def test_phases_are_the_differences_that_their_formulas_say() -> None:
    found = {one.name: one.seconds for one in phases(milestones(stream()))}

    assert {name: (seconds or 0) / 60 for name, seconds in found.items()} == {
        "detect": 10,
        "notice": 11,
        "diagnose": 2,
        "decide": 0.5,
        "approve": 0.5,
        "propagate": 1,
        "verify": 7,
        "respond": 12,
        "mitigate": 32,
        "resolve": 50,
    }
    assert PHASES[0].formula == "detected - impact started"


def test_a_phase_without_one_of_its_milestones_is_unknown() -> None:
    known = milestones(stream(WHOLE[:1]))

    assert {one.name: one.seconds for one in phases(known)} == dict.fromkeys(
        (one.name for one in PHASES), None
    )
    assert [one.missing for one in phases(known)][:2] == [
        ("detected",),
        ("acknowledged", "detected"),
    ]


def test_without_events_no_milestone_has_a_time() -> None:
    assert all(one.at is None for one in milestones(()))
    assert all(isinstance(one, Milestone) for one in milestones(()))


def test_a_denial_or_a_failed_step_is_no_milestone() -> None:
    said = (
        WHOLE[0],
        (1.0, QuestionAnswered(question="q", choice="deny", via="terminal")),
        (2.0, StepFinished(title="t", outcome="failed", yields={"suspects": []})),
        (3.0, StepFinished(title="b", outcome="unknown", yields={"verified_at": iso(at(5))})),
    )

    found = times(stream(said))

    assert [found[name] for name in ("approved", "diagnosed", "verified")] == [None] * 3


def test_a_page_is_no_action_and_proves_nothing() -> None:
    paging = StepStarted(title="page", body={}, effect="page", service="fraud")
    acting = StepStarted(title="back", body={}, effect="change", service="fraud")
    sent = ActionSent(action=0, summary="m", try_=1)
    proven = StepFinished(title="t", outcome="ok", yields={"verified_at": iso(at(2))})
    said = [(paging, "page"), (sent, "page"), (proven, "page")]
    done = [*said, (acting, "back"), (sent, "back"), (proven, "back")]

    for known, first in ((said, None), (done, 5)):
        events = [
            recorded(what, seq, at(seq), step=step, run="INC-1.1", epoch=1)
            for seq, (what, step) in enumerate(known, 1)
        ]
        found = times(events)
        assert found["first action"] == first
        assert (found["verified"] is None) == (first is None)


def test_late_events_are_no_milestones() -> None:
    events = stream(WHOLE[:1])
    sent = ActionSent(action=0, summary="m", try_=1)
    events.append(recorded(sent, 2, at(1), late=True, run="INC-1.1", epoch=1))

    assert times(events)["first action"] is None


def test_a_milestone_outlives_the_text_of_its_event() -> None:
    found = times([erased(one) for one in stream()])

    assert (found["mitigated"], found["first action"], found["declared"]) == (12, 4, 0)
    assert (found["approved"], found["detected"]) == (None, None)
