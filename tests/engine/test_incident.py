"""An incident's status, milestones and runs are a fold; the first milestone of a sort stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.engine.story import ANA, START, erased, recorded

from mlrespond.engine.incident import IncidentState, fold_incident
from mlrespond.model.alert import Alert, AlertStatus
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import (
    AlertReceived,
    BaselineResolved,
    IncidentAcknowledged,
    IncidentClosed,
    IncidentDeclined,
    IncidentMerged,
    IncidentMitigated,
    IncidentOpened,
    IncidentReopened,
    IncidentResolved,
    NoteAdded,
    SeveritySet,
)
from mlrespond.model.kind import Body
from mlrespond.model.run_kind import ActionSent, RunEnded, RunRequested
from mlrespond.model.spec import RunbookSpec

OPENED = IncidentOpened(service="fraud", title="it is bad", severity="SEV3")
MITIGATED = IncidentMitigated(criterion="it is well")
SPEC = RunbookSpec(name="bad-release", title="", digest="", mitigated_when=None)
REQUESTED = RunRequested(service="fraud", runbook=SPEC, definition={})


def stream(*said: Body, run: str | None = None) -> list[Event]:
    """Return the incident's stream, an event a minute, opened by ana."""
    return [
        recorded(
            what,
            at + 1,
            START + timedelta(minutes=at),
            run=run,
            epoch=1 if run else None,
            actor=ANA,
        )
        for at, what in enumerate((OPENED, *said))
    ]


def folded(*said: Body, run: str | None = None) -> IncidentState:
    found = fold_incident(stream(*said, run=run))
    assert found is not None
    return found


def alert(minutes: int, status: AlertStatus = "firing") -> AlertReceived:
    at = START + timedelta(minutes=minutes)
    return AlertReceived(alert=Alert(fingerprint="f", status=status, starts_at=at))


def test_what_was_never_opened_is_no_incident() -> None:
    assert fold_incident(()) is None
    assert fold_incident([recorded(NoteAdded(text="hm"), 1, START)]) is None


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ((), "open"),
        ((MITIGATED,), "mitigated"),
        ((MITIGATED, IncidentResolved()), "resolved"),
        ((MITIGATED, IncidentResolved(), IncidentClosed()), "closed"),
        ((MITIGATED, IncidentReopened(reason="again")), "open"),
        ((IncidentMerged(into="INC-2"),), "merged"),
        ((IncidentDeclined(reason="no"),), "declined"),
    ],
)
def test_the_last_word_on_its_status_counts(said: tuple[Body, ...], status: str) -> None:
    assert folded(*said).status == status


def test_reopening_keeps_the_first_milestone_and_knows_the_newest() -> None:
    state = folded(MITIGATED, IncidentReopened(reason="again"), MITIGATED)

    assert state.first["mitigated"] == START + timedelta(minutes=1)
    assert state.last["mitigated"] == START + timedelta(minutes=3)


def test_milestones_are_the_first_of_their_sort() -> None:
    sent = ActionSent(action=0, summary="moved", try_=1)

    state = folded(IncidentAcknowledged(), sent, sent, IncidentAcknowledged())

    assert state.first["acknowledged"] == START + timedelta(minutes=1)
    assert state.first["first_action"] == START + timedelta(minutes=2)


def test_it_was_detected_when_its_first_alert_began_to_fire() -> None:
    state = folded(alert(-5), alert(-9), alert(-99, "resolved"))

    assert state.first["detected"] == START - timedelta(minutes=9)
    assert len(state.alerts) == 3


def test_the_onset_is_as_declared_or_the_opening() -> None:
    assert folded().onset == START

    onset = START - timedelta(hours=1)
    opened = IncidentOpened(service="f", title="t", severity="SEV1", onset=onset, drill=True)
    found = fold_incident([recorded(opened, 1, START)])
    assert found is not None
    assert (found.onset, found.drill) == (onset, True)


def test_the_newest_severity_counts() -> None:
    assert folded(SeveritySet(severity="SEV1", before="SEV3")).severity == "SEV1"


def test_a_baseline_is_resolved_once() -> None:
    def baseline(version: str) -> BaselineResolved:
        return BaselineResolved(
            against="before_release",
            version=version,
            since=START,
            until=START,
            digest="d",
            why="w",
        )

    state = folded(baseline("1"), baseline("2"))

    assert state.baselines["before_release"].version == "1"


def test_a_run_is_active_until_it_ends() -> None:
    assert folded(REQUESTED, run="INC-1.1").active_run == "INC-1.1"

    ended = folded(REQUESTED, RunEnded(ending="mitigated"), run="INC-1.1")

    assert (ended.active_run, ended.runs) == (None, ("INC-1.1",))
    assert ended.ended_runs == {"INC-1.1": "mitigated"}
    assert ended.runbooks == {"INC-1.1": "bad-release"}


def test_an_incident_that_was_merged_knows_where_it_goes_on() -> None:
    assert folded(IncidentMerged(into="INC-2")).merged_into == "INC-2"


def test_late_events_change_nothing_but_the_place() -> None:
    events = stream()
    late = recorded(MITIGATED, 2, START, late=True, run="INC-1.1", epoch=1)

    state = fold_incident([*events, late])

    assert state is not None
    assert (state.status, state.seq) == ("open", 2)


def test_a_run_whose_text_was_erased_still_was_one_and_still_ended() -> None:
    events = stream(REQUESTED, RunEnded(ending="mitigated"), run="INC-1.1")

    state = fold_incident([events[0], *(erased(one) for one in events[1:])])

    assert state is not None
    assert (state.runs, state.active_run) == (("INC-1.1",), None)


def test_an_incident_without_its_text_is_still_one() -> None:
    events = stream(MITIGATED)

    state = fold_incident([erased(one) for one in events])

    assert state is not None
    assert (state.status, state.service, state.opened_at) == ("mitigated", "(erased)", START)
