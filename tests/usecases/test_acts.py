"""What a person says of an incident in one word, and what it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.rig import ANA, SERVICE, Rig, rig
from tests.usecases.written import alert, runbook

from mlrespond.errors import AlreadySettledError, NotRecordedError, UsageError
from mlrespond.testing.clock import START
from mlrespond.usecases.acts import (
    acknowledge,
    ask_to_stop,
    grade,
    incident_of,
    merge,
    mitigate,
    reopen,
)
from mlrespond.usecases.incidents import all_incidents, meant, open_incidents
from mlrespond.usecases.note import note
from mlrespond.usecases.opening import open_or_join
from mlrespond.usecases.resolve import resolve


def opened(count: int = 1) -> Rig:
    here = rig(runbooks={"waits": runbook("waits", "- id: go\n  wait: {for: 1h}\n")})
    for _ in range(count):
        open_or_join(here.app, SERVICE, [], "SEV3", new=True)
    return here


class TestWords:
    def test_an_acknowledgement_is_by_the_caller_and_keeps_its_first_time(self) -> None:
        here = opened()
        said = acknowledge(here.app, "INC-0001")
        here.clock.advance(60)
        acknowledge(here.app, "INC-0001")

        incident = incident_of(here.app, "INC-0001")

        assert (said.actor, said.source) == (ANA, "person")
        assert incident.first["acknowledged"] == START
        assert incident.last["acknowledged"] == START + timedelta(seconds=60)

    def test_a_severity_is_set_with_its_reason(self) -> None:
        here = opened()

        said = grade(here.app, "INC-0001", "SEV1", "payments are down")

        assert said.summary == "severity SEV3 → SEV1: payments are down"
        assert incident_of(here.app, "INC-0001").severity == "SEV1"
        with pytest.raises(UsageError, match="INC-0001 is SEV1 already"):
            grade(here.app, "INC-0001", "SEV1", "again")

    def test_mitigation_on_a_person_s_word(self) -> None:
        here = opened()

        mitigate(here.app, "INC-0001", "traffic was moved by hand")

        assert incident_of(here.app, "INC-0001").status == "mitigated"
        with pytest.raises(UsageError, match="mitigated already"):
            mitigate(here.app, "INC-0001", "again")

    def test_reopening_keeps_the_first_milestone(self) -> None:
        here = opened()
        mitigate(here.app, "INC-0001", "so it seems")
        here.clock.advance(600)

        reopen(here.app, "INC-0001", "it came back")

        incident = incident_of(here.app, "INC-0001")
        assert incident.status == "open"
        assert incident.first["mitigated"] == START
        with pytest.raises(UsageError, match="INC-0001 is open"):
            reopen(here.app, "INC-0001", "again")

    def test_an_incident_that_is_not_there_is_said(self) -> None:
        with pytest.raises(NotRecordedError, match="there is no incident `INC-0009`"):
            acknowledge(opened().app, "INC-0009")


class TestMerging:
    def test_it_goes_on_as_another(self) -> None:
        here = opened(2)

        merge(here.app, "INC-0002", "INC-0001", "the same release")

        assert incident_of(here.app, "INC-0002").merged_into == "INC-0001"
        assert [one.id for one in open_incidents(here.app.store)] == ["INC-0001"]

    @pytest.mark.parametrize(
        "act",
        [
            lambda here: acknowledge(here.app, "INC-0002"),
            lambda here: resolve(here.app, "INC-0002"),
            lambda here: here.respond(service=None, incident="INC-0002", runbook="waits"),
        ],
    )
    def test_what_was_merged_is_answered_with_the_one_that_goes_on(
        self, act: Callable[[Rig], object]
    ) -> None:
        here = opened(2)
        merge(here.app, "INC-0002", "INC-0001", "the same release")

        with pytest.raises(UsageError, match="INC-0002 is merged into INC-0001") as refused:
            act(here)

        assert refused.value.hint == "name that one: mlir timeline INC-0001"

    def test_an_alert_joins_the_one_that_goes_on(self) -> None:
        here = opened(2)
        merge(here.app, "INC-0002", "INC-0001", "the same release")

        joined = open_or_join(here.app, SERVICE, [alert()], "SEV3")

        assert joined.incident.id == "INC-0001"

    def test_neither_into_itself_nor_in_a_circle_nor_while_a_run_is_active(self) -> None:
        here = opened(2)
        with pytest.raises(UsageError, match="cannot be merged into itself"):
            merge(here.app, "INC-0001", "INC-0001", "x")
        here.respond(service=None, incident="INC-0002", runbook="waits")
        with pytest.raises(UsageError, match=r"active run, INC-0002\.1") as refused:
            merge(here.app, "INC-0002", "INC-0001", "x")
        assert refused.value.hint == "first: mlir stop INC-0002"

        merge(here.app, "INC-0001", "INC-0002", "the other way")

        with pytest.raises(UsageError, match="INC-0001 was merged into INC-0002 itself"):
            merge(here.app, "INC-0002", "INC-0001", "a circle")


def test_a_stop_needs_an_active_run() -> None:
    with pytest.raises(UsageError, match="INC-0001 has no active run"):
        ask_to_stop(opened().app, "INC-0001", "enough")


class TestMeant:
    def test_the_only_open_one_goes_without_saying(self) -> None:
        assert meant(opened().app.store, None) == "INC-0001"
        assert meant(opened().app.store, "INC-0042") == "INC-0042"

    def test_one_of_several_must_be_named(self) -> None:
        with pytest.raises(UsageError, match="say which incident") as refused:
            meant(opened(2).app.store, None)
        assert refused.value.hint == "open: INC-0001, INC-0002"

        with pytest.raises(UsageError, match="no incident is open"):
            meant(rig().app.store, None)

    def test_all_are_found_oldest_first(self) -> None:
        assert [one.id for one in all_incidents(opened(3).app.store)] == [
            "INC-0001",
            "INC-0002",
            "INC-0003",
        ]


class TestNote:
    def test_it_stands_at_the_time_that_it_speaks_of(self) -> None:
        here = opened()
        at = START - timedelta(minutes=10)

        said = note(
            here.app.store, "INC-0001", "users\ncalled", actor=ANA, at=at, precision="approx"
        )

        assert (said.occurred_at, said.precision) == (at, "approx")
        assert (said.summary, said.data["text"]) == ("users called", "users\ncalled")

    def test_a_correction_supersedes_once(self) -> None:
        here = opened()
        first = note(here.app.store, "INC-0001", "at 3", actor=ANA, at=START)

        note(here.app.store, "INC-0001", "at 4", actor=ANA, at=START, supersedes=first.id)

        with pytest.raises(AlreadySettledError):
            note(here.app.store, "INC-0001", "at 5", actor=ANA, at=START, supersedes=first.id)

    def test_an_empty_one_is_refused(self) -> None:
        with pytest.raises(UsageError, match="the note is empty"):
            note(opened().app.store, "INC-0001", " \n", actor=ANA, at=START)
