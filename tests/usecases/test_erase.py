"""Erasing: who and why are recorded, the place stays, and runs still fold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from tests.rig import ANA, Rig, rig

from mlrespond.errors import NotRecordedError, UsageError
from mlrespond.testing.clock import CountingIds, FixedClock
from mlrespond.timeline.sqlite import SqliteTimeline
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import Store
from mlrespond.usecases.erase import erase
from mlrespond.usecases.note import note
from mlrespond.usecases.postmortem import gather


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[Rig, SqliteTimeline]]:
    clock, ids = FixedClock(), CountingIds()
    store = SqliteTimeline(tmp_path / "t.db", now=clock.now, new_id=ids.event_id, new_salt=ids.salt)
    yield rig(store=cast("Store", store), clock=clock), store
    store.close()


def test_a_note_is_gone_and_its_place_says_who_and_why(here: tuple[Rig, SqliteTimeline]) -> None:
    known, store = here
    known.respond(runbook="first-look")
    said = note(store, "INC-0001", "card 4111 1111", actor=ANA, at=known.clock.now())

    (event,) = erase(known.app, store, (said.id,), "a card number")

    assert event.kind == "content_erased"
    assert event.actor == ANA
    assert event.data["reason"] == "a card number"
    gone = store.by_id(said.id)
    assert (gone.erased, gone.summary) == (True, "(erased)")
    assert "4111" not in str(store.read("incident:INC-0001"))
    assert store.audit().problems == ()
    assert gather(store, "INC-0001").incident.id == "INC-0001"


def test_a_piece_of_evidence_is_gone(here: tuple[Rig, SqliteTimeline]) -> None:
    known, store = here
    known.respond(runbook="first-look")
    event = next(one for one in known.events() if one.evidence)
    digest = str(next(iter(event.evidence.values())))
    assert store.evidence(digest)

    erase(known.app, store, (digest,), "it held a prompt")

    with pytest.raises(NotRecordedError):
        store.evidence(digest)
    assert store.audit().erased


def test_without_a_reason_or_a_target_nothing_is_erased(here: tuple[Rig, SqliteTimeline]) -> None:
    known, store = here
    known.respond(runbook="first-look")
    said = note(store, "INC-0001", "keep me", actor=ANA, at=known.clock.now())

    with pytest.raises(UsageError, match="say why"):
        erase(known.app, store, (said.id,), " ")
    with pytest.raises(NotRecordedError):
        erase(known.app, store, (said.id, "no-such-event"), "a reason")

    assert not store.by_id(said.id).erased


@pytest.mark.parametrize("kind", ["run_requested", "step_started", "question_asked"])
def test_what_a_run_still_decides_from_is_not_erased(
    here: tuple[Rig, SqliteTimeline], kind: str
) -> None:
    known, store = here
    world = known.world.look()
    world.wanted, world.versions = "3", ["1", "2", "3"]
    world.served = {"eu-1": "3", "us-1": "3"}
    known.respond(runbook="first-look")
    assert known.ending() is None
    event = next(one for one in known.events() if one.kind == kind)

    with pytest.raises(UsageError, match="has not ended") as raised:
        erase(known.app, store, (event.id,), "a reason")

    assert raised.value.hint == "end it first: mlir stop INC-0001"
    assert not store.by_id(event.id).erased


def test_what_a_run_that_ended_decided_from_may_go_and_the_run_stays_over(
    here: tuple[Rig, SqliteTimeline],
) -> None:
    known, store = here
    known.respond(runbook="first-look")
    assert known.ending() == "no_fault"

    gone = [one.id for one in known.events() if one.kind in {"run_requested", "run_ended"}]
    erase(known.app, store, tuple(gone), "a name")

    found = incident_of(known.app, "INC-0001")
    assert (found.runs, found.active_run) == (("INC-0001.1",), None)
    assert store.active_runs() == ()
    assert store.audit().problems == ()
