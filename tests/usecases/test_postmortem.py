"""The facts of a postmortem: from the timeline alone, the same each time, corrections told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.rig import ANA, Rig
from tests.usecases.people import Once
from tests.usecases.plain import ONSET, plain, released, run

from mlrespond.errors import NotRecordedError
from mlrespond.model.json import number, record
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.render.postmortem import human_parts, render
from mlrespond.usecases.note import note
from mlrespond.usecases.postmortem import gather


def mitigated() -> Rig:
    here = plain(released(), bad=True)
    run(here, "bad-release", "back")
    return here


def test_the_same_timeline_gives_the_same_document() -> None:
    here = mitigated()

    first, second = (gather(here.app.store, "INC-0001") for _ in range(2))

    assert first == second
    assert render(first) == render(second)


def test_every_time_and_figure_names_an_event_that_has_it() -> None:
    here = mitigated()
    events = {one.seq: one for one in here.events()}

    doc = gather(here.app.store, "INC-0001")

    assert all(events[one.seq].occurred_at == one.finished_at for one in doc.steps)
    assert all(events[one.seq].occurred_at == one.at for one in doc.entries)
    for one in doc.metrics:
        told = record(record(record(events[one.seq].data["yields"])["metrics"])[one.name])
        assert one.figures
        assert all(number(told[key]) == value for key, value in one.figures.items())
    assert all(digest in str(events[seq].data) for seq, _, digest in doc.evidence)
    assert doc.head == here.events()[-1].hash
    assert doc.events == len(events)


def test_it_tells_what_happened() -> None:
    doc = gather(mitigated().app.store, "INC-0001")

    milestones = {one.name: one.at for one in doc.milestones}
    assert milestones["impact started"] == ONSET
    assert milestones["mitigated"] is not None
    assert milestones["resolved"] is None
    assert [one.mode for one in doc.suspects][:1] == ["bad_release"]
    assert [(one.run, one.runbook, one.ending) for one in doc.runs] == [
        ("INC-0001.1", "bad-release", "mitigated")
    ]
    assert {one.id for one in doc.steps if one.outcome == "ok"} >= {"triage", "back", "recovered"}
    assert [(one.handle, one.roles) for one in doc.people] == [("ana", ("approver", "responder"))]
    assert [one.version for one in doc.serving.of("registry")][-1] == "2"


def test_what_was_skipped_or_is_routine_is_hidden_and_counted() -> None:
    here = mitigated()

    doc = gather(here.app.store, "INC-0001")

    kinds = {one.kind for one in doc.entries}
    assert kinds.isdisjoint({"run_renewed", "look_taken", "lease_taken"})
    assert doc.hidden == doc.events - len(doc.entries)
    assert doc.hidden > 0


def test_notes_stand_at_their_own_time_and_a_corrected_one_says_so() -> None:
    here = mitigated()
    store = here.app.store
    early = ONSET - timedelta(minutes=5)
    first = note(store, "INC-0001", "users called", actor=ANA, at=early, precision="approx")
    note(store, "INC-0001", "TODO: alert sooner", actor=ANA, at=here.clock.now())
    note(store, "INC-0001", "TODO buy a bell", actor=ANA, at=early, supersedes=first.id)

    doc = gather(store, "INC-0001")

    assert [(one.said, one.corrected, one.approx) for one in doc.notes] == [
        ("users called", True, True),
        ("TODO buy a bell", False, False),
        ("TODO: alert sooner", False, False),
    ]
    assert [one.said for one in doc.todos] == ["buy a bell", "alert sooner"]


def test_what_failed_and_what_nobody_answered_are_seeds_of_actions() -> None:
    here = plain(released(), bad=True)
    here.world.look().stuck = ["us-1"]
    here.app = replace(here.app, approver=Once([("approve", ANA), ("stop", ANA)]))
    run(here, "bad-release")

    doc = gather(here.app.store, "INC-0001")

    assert any(one.said == "step back ended as unknown" for one in doc.todos)


def test_what_people_wrote_stands_where_it_stood() -> None:
    here = mitigated()
    doc = gather(here.app.store, "INC-0001")
    empty = render(doc)
    name, asked = next(iter(human_parts(empty).items()))
    written = empty.replace(asked, "We released on a **Friday**.\n\n- again")

    note(here.app.store, "INC-0001", "more came", actor=ANA, at=here.clock.now())
    again = render(gather(here.app.store, "INC-0001"), written)

    assert human_parts(again)[name] == "We released on a **Friday**.\n\n- again"
    assert "more came" in again
    assert list(human_parts(again)) == list(human_parts(empty))


def test_an_incident_that_is_not_there_has_none() -> None:
    with pytest.raises(NotRecordedError):
        gather(plain().app.store, "INC-0009")


def test_what_each_look_said_of_the_objectives_is_told_with_its_event() -> None:
    here = mitigated()
    ledger = {one.seq: one for one in here.app.store.read("service:fraud-scorer")}

    doc = gather(here.app.store, "INC-0001")

    assert doc.watched
    for one in doc.watched:
        event = ledger[int(one.ref[1:])]
        assert event.occurred_at == one.at
        assert record(event.data["objectives"])[one.objective] == one.verdict
        assert doc.span[0] <= one.at <= doc.span[1]


def test_a_look_that_began_before_a_change_was_proven_does_not_undo_it() -> None:
    here = mitigated()
    store = here.app.store
    before = [one.version for one in gather(store, "INC-0001").serving.of("eu-1")]
    proven = next(
        one
        for one in here.events()
        if one.kind == "action_settled"
        and "eu-1" in record(record(one.data["yields"]).get("replicas"))
    )
    stale = ServiceLooked(
        wanted="3",
        served={"eu-1": "3", "us-1": "3"},
        began_at=proven.occurred_at - timedelta(seconds=1),
    )
    after = proven.occurred_at + timedelta(seconds=1)
    store.append([draft("service:fraud-scorer", stale, after, source="poll")])

    again = [one.version for one in gather(store, "INC-0001").serving.of("eu-1")]

    assert again == before
    assert before[-2:] == ["3", "2"]
