"""What the registry tells: once in every ledger that follows, as a wish and not as a look."""

from __future__ import annotations

from datetime import timedelta

from tests.rig import SERVICE, rig

from mlrespond.engine.ledger import fold_ledger
from mlrespond.model.event import Actor
from mlrespond.model.kinds import body
from mlrespond.model.service_kind import AliasTold
from mlrespond.testing.clock import START
from mlrespond.usecases.moment import at
from mlrespond.usecases.telling import AliasMove, record_move

MOVE = AliasMove(delivery="d-1", model="fraud", alias="champion", version="3", at=START)


def test_a_move_is_recorded_once_with_its_own_time_and_its_teller() -> None:
    store = rig(history=()).app.store

    assert record_move(store, [SERVICE, "other"], MOVE, "mlflow")
    assert not record_move(store, [SERVICE, "other"], MOVE, "mlflow")

    (told,) = store.read(f"service:{SERVICE}")
    assert len(store.read("service:other")) == 1
    assert body(told) == AliasTold(model="fraud", alias="champion", version="3", delivery="d-1")
    assert (told.source, told.actor) == ("webhook", Actor("mlflow", "signed"))
    assert told.occurred_at == START
    assert told.summary == "the registry told that fraud@champion is to be 3"


def test_a_service_that_follows_only_since_is_told_when_the_registry_tells_again() -> None:
    store = rig(history=()).app.store
    record_move(store, [SERVICE], MOVE, "mlflow")

    assert record_move(store, [SERVICE, "new"], MOVE, "mlflow")

    assert len(store.read(f"service:{SERVICE}")) == 1
    assert len(store.read("service:new")) == 1


def test_an_alias_that_was_deleted_is_said() -> None:
    said = AliasTold(model="fraud", alias="champion", version=None, delivery="d")

    assert said.line() == "the registry told that fraud@champion was deleted"


def test_what_is_told_is_no_look() -> None:
    here = rig()
    before = here.app.store.read(f"service:{SERVICE}")

    record_move(here.app.store, [SERVICE], MOVE, "mlflow")

    after = here.app.store.read(f"service:{SERVICE}")
    assert fold_ledger(SERVICE, after) == fold_ledger(SERVICE, before)


def test_a_moment_shows_what_was_told_last_until_then() -> None:
    here = rig()
    store = here.app.store
    record_move(store, [SERVICE], MOVE, "mlflow")

    before = at(store, store, SERVICE, START - timedelta(seconds=1))
    then = at(store, store, SERVICE, START + timedelta(seconds=1))

    assert before.now.told is None
    assert then.now.told == "2026-11-22T03:00:00Z, the registry told that fraud@champion is to be 3"
