"""Looking without a run: the ledger learns what differs, and diagnosing records nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from tests.rig import SERVICE, Rig, rig
from tests.usecases.plain import ONSET, plain, released

from mlrespond.errors import NotRecordedError, UsageError
from mlrespond.model.event import Event
from mlrespond.model.instant import iso
from mlrespond.model.kinds import body
from mlrespond.model.reading import Sample
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.steady import SteadySignals
from mlrespond.usecases.inspect import inspect
from mlrespond.usecases.looking import look, record_look
from mlrespond.usecases.moment import OpenIncident, at
from mlrespond.usecases.opening import open_or_join
from mlrespond.usecases.watch import watch


def empty() -> Rig:
    return rig(history=())


def looks(here: Rig) -> int:
    return len(here.app.store.read(f"service:{SERVICE}"))


@dataclass
class Slow(SteadySignals):
    """Signals that take a second to read."""

    clock: FixedClock = field(default_factory=FixedClock)

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        self.clock.advance(1)
        return super().instant(query, at)


class TestRecording:
    def test_the_first_look_is_kept_and_the_same_again_is_not(self) -> None:
        here = empty()

        assert record_look(here.app, SERVICE, why="watch") is not None
        here.clock.advance(60)
        assert record_look(here.app, SERVICE, why="watch") is None
        assert looks(here) == 1

    def test_after_a_quarter_of_an_hour_it_is_kept_all_the_same(self) -> None:
        here = empty()
        record_look(here.app, SERVICE, why="watch")
        here.clock.advance(15 * 60)

        assert record_look(here.app, SERVICE, why="watch") is not None

    @pytest.mark.parametrize(
        "change",
        [
            {"wanted": "1"},
            {"served": {"eu-1": "2", "us-1": None}},
            {"route": "rules-v1"},
            {"drained": ["eu-1"]},
            {"broken": {"registry": "it is down"}},
        ],
    )
    def test_what_differs_is_kept_at_once(self, change: dict[str, object]) -> None:
        here = empty()
        record_look(here.app, SERVICE, why="watch")
        vars(here.world.look()).update(change)

        found = record_look(here.app, SERVICE, why="watch")

        assert found is not None
        said = body(found)
        assert isinstance(said, ServiceLooked)
        assert said.previous_at == START

    def test_a_look_that_takes_long_tells_when_it_began(self) -> None:
        slow = rig(history=(), signals=Slow(clock=(clock := FixedClock())), clock=clock)

        first = record_look(slow.app, SERVICE, why="watch")
        again = record_look(slow.app, SERVICE, why="watch", always=True)

        assert first is not None
        assert again is not None
        assert first.occurred_at > START
        assert first.data["began_at"] == iso(START)
        assert again.data["previous_at"] == iso(START)

    def test_asking_for_it_keeps_it(self) -> None:
        here = empty()

        for _ in range(2):
            record_look(here.app, SERVICE, why="respond", always=True)

        assert looks(here) == 2

    def test_a_look_holds_the_objectives_unless_it_does_not_judge(self) -> None:
        here = plain()

        judged = look(here.app, SERVICE, why="x")
        unjudged = look(here.app, SERVICE, why="x", judge=False)

        assert set(judged.objectives.values()) == {"pass"}
        assert unjudged.objectives == {}
        assert judged.values["error_ratio"] == 0.005
        assert set(judged.values) <= set(judged.objectives)
        assert unjudged.values == {}


class TestWatch:
    def test_each_service_is_looked_at_until_it_is_told_to_stop(self) -> None:
        here = empty()
        told: list[tuple[str, Event]] = []
        end = START + timedelta(seconds=1200)

        kept = watch(
            here.app,
            [],
            600.0,
            lambda: here.clock.now() >= end,
            lambda name, seen: told.append((name, seen)),
        )

        assert kept == 2
        assert [name for name, _ in told] == [SERVICE, SERVICE]
        assert here.clock.now() == START + timedelta(seconds=1200)

    def test_a_service_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(UsageError, match="there is no service `x`"):
            watch(empty().app, ["x"], 1.0, lambda: True, lambda *_: None)


class TestInspect:
    def test_diagnosing_records_nothing(self) -> None:
        here = plain(released(), bad=True)
        before = here.app.store.follow(0)

        found = inspect(here.app, "diagnose", SERVICE, {}, ONSET).found

        assert found.yields["top"] == "bad_release"
        assert here.app.store.follow(0) == before

    def test_comparing_too(self) -> None:
        here = plain(released(), bad=True)

        found = inspect(
            here.app,
            "compare",
            SERVICE,
            {"against": "before_release", "metrics": ["error_ratio"]},
            ONSET,
        ).found

        assert found.verdict == "fail"

    def test_an_open_incident_says_the_onset_and_the_baselines(self) -> None:
        here = plain(released(), bad=True)
        open_or_join(here.app, SERVICE, [], "SEV3", onset=ONSET)

        found = inspect(here.app, "diagnose", SERVICE, {}).found

        assert found.yields["onset"] == "2026-11-22T02:30:00.000000Z"

    def test_a_service_that_is_not_there_is_refused_with_the_list(self) -> None:
        with pytest.raises(UsageError, match="there is no service `x`") as refused:
            inspect(plain().app, "diagnose", "x", {})
        assert refused.value.hint == f"known: {SERVICE}"


class TestMoment:
    def test_what_was_served_at_a_time_and_when_it_was_looked_at(self) -> None:
        here = rig()
        store = here.app.store

        then = at(store, store, SERVICE, START - timedelta(seconds=6200))
        now = at(store, store, SERVICE, START)

        assert then.now.look is not None
        assert then.now.look.wanted == "1"
        assert then.next_look is not None
        assert then.next_look.at == START - timedelta(seconds=6000)
        assert now.now.look is not None
        assert now.now.look.wanted == "2"
        assert now.next_look is None

    def test_before_the_first_look_nothing_is_known(self) -> None:
        store = rig().app.store

        assert at(store, store, SERVICE, START - timedelta(days=1)).now.look is None

    def test_a_service_that_was_never_looked_at_is_said(self) -> None:
        store = empty().app.store

        with pytest.raises(NotRecordedError, match="was never looked at"):
            at(store, store, SERVICE, START)

    def test_the_incidents_that_were_open_then(self) -> None:
        here = rig()
        open_or_join(here.app, SERVICE, [], "SEV3")
        store = here.app.store

        assert at(store, store, SERVICE, START).now.incidents == (
            OpenIncident(id="INC-0001", severity="SEV3", status="open"),
        )
        assert at(store, store, SERVICE, START - timedelta(seconds=1)).now.incidents == ()
