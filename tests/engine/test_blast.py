"""The window of a blast radius by the ledger, the progress of its worklist, and what is spoilt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from tests.engine.story import START, erased, recorded

from mlrespond.engine.blast import (
    bad_versions,
    contamination,
    diagnosed_release,
    fold_blast,
    since_of,
    until_of,
)
from mlrespond.engine.incident import IncidentState, fold_incident
from mlrespond.engine.ledger import Ledger, fold_ledger
from mlrespond.model.blast_kind import BlastMeasured, DecisionsSettled
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import IncidentMitigated, IncidentOpened, IncidentResolved
from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.model.kind import Body
from mlrespond.model.plan import Action, Plan
from mlrespond.model.reading import Window
from mlrespond.model.run_kind import PlanMade, StepFinished
from mlrespond.model.service_kind import (
    ServiceLooked,
    StandingCleared,
    StandingSet,
    VersionQuarantined,
    VersionSuspected,
    VersionTrained,
)

SEVEN = frozenset({"7"})
Looks = Sequence[tuple[float, str]]


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def ledger(looks: Looks) -> Ledger:
    """Return a ledger of (minute, versions of the two replicas)."""
    events = [
        recorded(
            ServiceLooked(wanted="7", served=dict(zip(("eu-1", "us-1"), served, strict=True))),
            seq,
            at(minute),
            stream="service:fraud",
        )
        for seq, (minute, served) in enumerate(looks, 1)
    ]
    return fold_ledger("fraud", events)


def incident(*said: tuple[float, Body], onset: float = 0.0) -> IncidentState:
    opened = IncidentOpened(service="fraud", title="t", severity="SEV2", onset=at(onset))
    events = [recorded(what, n, at(when)) for n, (when, what) in enumerate([(1, opened), *said], 1)]
    found = fold_incident(events)
    assert found is not None
    return found


BEFORE: Looks = ((-30, "66"), (-20, "66"), (-10, "67"), (-5, "77"))


def test_the_window_begins_at_the_last_look_without_the_version() -> None:
    since, why = since_of(ledger(BEFORE), incident(), SEVEN)

    assert since == at(-20)
    assert why == "since the last look that did not show it"


def test_a_look_that_was_not_recorded_counts_too() -> None:
    looked = ServiceLooked(wanted="7", served={"eu-1": "7"}, previous_at=at(-11))
    before = ServiceLooked(wanted="6", served={"eu-1": "6"})
    events = [
        recorded(before, 1, at(-30), stream="service:fraud"),
        recorded(looked, 2, at(-10), stream="service:fraud"),
    ]

    assert since_of(fold_ledger("fraud", events), incident(), SEVEN)[0] == at(-11)


def test_a_version_that_had_served_for_long_counts_from_the_onset() -> None:
    since, why = since_of(ledger(((-900, "66"), (-600, "77"), (-5, "77"))), incident(), SEVEN)

    assert since == at(0)
    assert "it was served since" in why


def test_an_earlier_stretch_that_was_over_does_not_count() -> None:
    looks = ((-60, "77"), (-50, "66"), (-10, "66"), (-5, "77"))

    assert since_of(ledger(looks), incident(), SEVEN)[0] == at(-10)


def test_a_version_released_after_the_onset_counts_from_before_its_first_look() -> None:
    assert since_of(ledger(((-5, "66"), (5, "66"), (10, "77"))), incident(), SEVEN)[0] == at(5)


def test_without_a_version_or_a_look_the_onset_counts() -> None:
    assert since_of(ledger(BEFORE), incident(), frozenset()) == (at(0), "since the onset")
    assert since_of(ledger(()), incident(), SEVEN) == (at(0), "since the onset")


def test_the_window_ends_at_the_first_look_where_nobody_serves_it() -> None:
    looks = (*BEFORE, (10, "67"), (20, "66"), (30, "66"))

    until, why = until_of(ledger(looks), incident(), SEVEN, at(60))

    assert until == at(20)
    assert why == "until the first look that no longer showed it"


def test_a_version_that_is_still_served_counts_until_now() -> None:
    assert until_of(ledger((*BEFORE, (10, "67"))), incident(), SEVEN, at(60)) == (
        at(60),
        "until now: the last look still shows it",
    )


def test_what_came_back_after_the_incident_is_another_incidents() -> None:
    looks = (*BEFORE, (10, "77"), (20, "66"), (500, "77"), (600, "66"))
    over = incident((30, IncidentResolved()))

    assert until_of(ledger(looks), over, SEVEN, at(700))[0] == at(20)


@pytest.mark.parametrize(
    ("said", "until", "why"),
    [
        ((40, IncidentMitigated(criterion="c")), 40, "until it was mitigated"),
        ((50, IncidentResolved()), 50, "until it was mitigated"),
    ],
)
def test_every_version_counts_until_the_harm_had_stopped(
    said: tuple[float, Body], until: float, why: str
) -> None:
    assert until_of(ledger(BEFORE), incident(said), frozenset(), at(90)) == (at(until), why)
    assert until_of(ledger(BEFORE), incident(), frozenset(), at(90)) == (at(90), "until now")


def test_the_bad_versions_are_those_that_this_incident_suspects() -> None:
    events = [
        recorded(VersionSuspected(version="7", reason="r"), 1, at(0), stream="service:fraud"),
        recorded(VersionQuarantined(version="8", reason="r"), 2, at(0), stream="service:fraud"),
        recorded(VersionSuspected(version="5", reason="r"), 3, at(0), incident="INC-2"),
    ]

    assert bad_versions([*events, erased(events[0])], "INC-1") == {"7", "8"}


def suspecting(*modes: str) -> list[Event]:
    suspects: Json = [{"mode": one, "likely": True} for one in modes]
    return stream(StepFinished(title="t", outcome="ok", yields={"suspects": suspects}))


def test_a_release_that_the_diagnosis_suspects_first_is_the_bad_version() -> None:
    known = ledger(BEFORE)

    assert diagnosed_release(suspecting("bad_release", "drift"), known, at(0)) == SEVEN
    assert diagnosed_release(suspecting("drift", "bad_release"), known, at(0)) == frozenset()
    assert diagnosed_release([], known, at(0)) == frozenset()


def test_of_several_releases_the_newest_counts() -> None:
    known = ledger(((-30, "66"), (-20, "77"), (-10, "88"), (5, "88"), (10, "99")))

    assert diagnosed_release(suspecting("bad_release"), known, at(0)) == {"8"}


def blast(to_reverse: int) -> BlastMeasured:
    return BlastMeasured(
        versions=("7",), since=at(0), until=at(9), why="w", logged=9, affected=9,
        to_reverse=to_reverse,
    )  # fmt: skip


def stream(*said: Body) -> list[Event]:
    return [recorded(what, n, at(n)) for n, what in enumerate(said, 1)]


def test_progress_is_the_newest_measurement_less_what_was_settled() -> None:
    found = fold_blast(
        stream(
            blast(5),
            DecisionsSettled(outcome="reversed", count=3),
            blast(9),
            DecisionsSettled(outcome="kept", count=1),
            DecisionsSettled(outcome="reversed", count=2),
        )
    )

    assert found is not None
    assert (found.reversed_, found.kept, found.left, found.seq) == (5, 1, 3, 3)


def test_what_was_never_measured_is_unknown() -> None:
    assert fold_blast(stream(DecisionsSettled(outcome="reversed", count=3))) is None
    assert fold_blast([erased(one) for one in stream(blast(5))]) is None


def plan(key: str, since: float, until: float) -> PlanMade:
    span = {"from": iso(at(since)), "to": iso(at(until))}
    train = Action(kind="train", target="pipeline", summary="train", after=span)
    return PlanMade(plan=Plan(actions=(train,), yields={"key": key}), digest="d")


BAD = Window(since=at(0), until=at(20))


def trained(version: str, minute: float, key: str) -> Event:
    said = VersionTrained(version=version, snapshot="s", key=key)
    return recorded(said, 1, at(minute), stream="service:fraud")


def test_versions_trained_on_bad_predictions_are_told_from_others() -> None:
    of_service = [trained("8", 60, "a"), trained("9", 70, "b"), trained("10", 80, "c")]
    plans = stream(plan("a", 10, 50), plan("b", 20, 60))

    found = contamination(ledger(()), of_service, plans, BAD)

    assert [(one.version, one.overlaps) for one in found.trained] == [
        ("8", True),
        ("9", False),
        ("10", None),
    ]
    assert found.trained[0].window == Window(since=at(10), until=at(50))


def test_what_was_trained_before_is_not_spoilt() -> None:
    assert contamination(ledger(()), [trained("8", -1, "a")], [], BAD).trained == ()


def test_holds_of_training_that_cover_it_are_told() -> None:
    hold = StandingSet(sort="hold", what="training", window_from=at(5), window_to=at(30))
    said = [recorded(hold, 1, at(6), stream="service:fraud")]
    ended = recorded(StandingCleared(sort="hold", what="training"), 2, at(40))

    for events in (said, [*said, ended]):
        found = contamination(fold_ledger("fraud", events), [], [], BAD)
        assert found.held == (Window(since=at(5), until=at(30)),)


def test_a_hold_of_another_time_does_not_cover_it() -> None:
    hold = StandingSet(sort="hold", what="training", window_from=at(50), window_to=at(60))
    events = [recorded(hold, 1, at(55), stream="service:fraud")]

    assert contamination(fold_ledger("fraud", events), [], [], BAD).held == ()
