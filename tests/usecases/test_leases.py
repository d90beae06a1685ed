"""Leases: what is changed is held, by one run at a time, and freed when nothing is changed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from tests.rig import SERVICE, FakeProcesses, Rig, rig
from tests.usecases.people import Heard
from tests.usecases.written import BAD_HISTORY, bad_world, runbook

from mlrespond.engine.evolve import fold
from mlrespond.engine.lease import LEASE_S, stream_of
from mlrespond.errors import ConflictError, HeldError, UnwritableError, UsageError
from mlrespond.model.event import Actor, Draft, Event
from mlrespond.model.kinds import draft
from mlrespond.model.lease_kind import LeaseTaken
from mlrespond.model.run_kind import RunClaimed
from mlrespond.testing.clock import CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.testing.world import WorldHolder
from mlrespond.usecases import handover
from mlrespond.usecases.app import Store
from mlrespond.usecases.leases import break_lease, read_lease
from mlrespond.usecases.respond import Call, respond
from mlrespond.usecases.resume import resume, tick
from mlrespond.usecases.runner import Ended, Interrupted

BACK = runbook("back", "- id: go\n  rollback: {to: last_healthy}\n")
RESOURCES = (
    f"registry/{SERVICE}",
    f"replica/{SERVICE}/eu-1",
    f"replica/{SERVICE}/us-1",
)
ROLLED = ["tag 3 mlir.suspect INC-0001", "want 2", "activate eu-1 2", "activate us-1 2"]


def ready(store: Store | None = None, clock: FixedClock | None = None, pid: int = 1) -> Rig:
    world = bad_world()
    return rig(
        world=world, history=BAD_HISTORY, runbooks={"back": BACK}, store=store, clock=clock, pid=pid
    )


def second(here: Rig, pid: int = 2) -> Rig:
    """Return another process on the same timeline, world and clock."""
    return rig(
        runbooks={"back": BACK},
        store=here.app.store,
        clock=here.clock,
        world=here.world,
        history=(),
        pid=pid,
    )


def held(here: Rig) -> list[str | None]:
    return [read_lease(here.app, one).run for one in RESOURCES]


def when(world: WorldHolder, effect: str, work: Callable[[], object]) -> None:
    """Do something once, in the middle of an effect."""
    left = [work]

    def before(name: str) -> None:
        if name == effect and left:
            left.pop()()

    world.before = before


def test_everything_that_a_plan_changes_is_held_before_the_first_action() -> None:
    here = ready()
    during: list[list[str | None]] = []
    when(here.world, "want", lambda: during.append(held(here)))

    here.respond(runbook="back", approve=("go",))

    assert during == [["INC-0001.1"] * 3]
    assert here.effects() == ROLLED


def test_it_is_free_when_the_run_is_over() -> None:
    here = ready()

    here.respond(runbook="back", approve=("go",))

    assert held(here) == [None, None, None]


def test_resources_are_taken_in_the_one_sorted_order() -> None:
    here = ready()

    here.respond(runbook="back", approve=("go",))

    taken = [
        one.stream.removeprefix("resource:")
        for one in here.app.store.follow(0)
        if one.kind == "lease_taken"
    ]
    assert taken == sorted(RESOURCES)


def test_a_run_that_meets_a_held_resource_names_the_holder_and_parks_free() -> None:
    here = ready()
    other = second(here)
    refused: list[HeldError] = []

    def meet() -> None:
        with pytest.raises(HeldError) as error:
            other.respond(runbook="back", approve=("go",), new_incident=True)
        refused.append(error.value)

    when(here.world, "activate", meet)

    here.respond(runbook="back", approve=("go",))

    (error,) = refused
    assert error.exit_code == 6
    assert "is held by run INC-0001.1 (process 1 on here) until 2026-11-22T03:0" in error.message
    assert "mlir resume INC-0001 --break-lease" in error.hint
    parked = [one for one in here.events("INC-0002") if one.kind == "run_parked"]
    assert parked[-1].data["waiting_for"] == error.message
    assert here.effects() == ROLLED


def test_the_other_goes_on_when_the_resources_are_free() -> None:
    here = ready()
    other = second(here)

    def meet() -> None:
        with pytest.raises(HeldError):
            other.respond(runbook="back", approve=("go",), new_incident=True)

    when(here.world, "activate", meet)
    here.respond(runbook="back", approve=("go",))

    driven = other.resume("INC-0002.1")

    assert isinstance(driven, Ended)
    assert other.finished("go", "INC-0002").data["outcome"] == "ok"
    assert here.world.look().served == {"eu-1": "2", "us-1": "2"}


class TestBreaking:
    def test_a_broken_lease_can_be_taken_and_the_breaker_is_recorded(self) -> None:
        here = ready()
        other = second(here)
        here.respond(runbook="back")
        hand_over(here, "INC-0009.1")
        other.talker.answers = {"approval": "approve"}

        resume(other.app, "INC-0001", breaking=RESOURCES)

        broken = [one for one in here.app.store.follow(0) if one.kind == "lease_broken"]
        assert [one.actor.handle for one in broken] == ["ana"] * 3
        assert {one.data["holder"] for one in broken} == {"INC-0009.1"}
        assert here.effects() == ROLLED

    def test_the_former_holder_does_not_act_on_a_broken_lease(self) -> None:
        here = ready()

        def take_away() -> None:
            for one in RESOURCES:
                break_lease(here.app, one, "it hangs")
            hand_over(here, "INC-0009.1")

        when(here.world, "activate", take_away)

        with pytest.raises(HeldError, match=r"held by run INC-0009\.1"):
            here.respond(runbook="back", approve=("go",))

        assert here.effects() == ROLLED[:3]

    def test_a_lease_broken_at_the_last_moment_keeps_the_intent_from_being_committed(self) -> None:
        clock = FixedClock()
        store = _Interposed(clock.now, CountingIds())
        here = ready(store=cast("Store", store), clock=clock)

        def take_away() -> None:
            for one in RESOURCES:
                break_lease(here.app, one, "it hangs")
            hand_over(here, "INC-0009.1")

        store.before_intent = take_away

        with pytest.raises(HeldError, match=r"held by run INC-0009\.1"):
            here.respond(runbook="back", approve=("go",))

        assert "action_intended" not in here.kinds()
        assert here.effects() == []

    def test_it_neither_renews_nor_releases_what_another_holds(self) -> None:
        here = ready()

        def take_away() -> None:
            for one in RESOURCES:
                break_lease(here.app, one, "it hangs")
            hand_over(here, "INC-0009.1")

        when(here.world, "activate", take_away)
        with pytest.raises(HeldError):
            here.respond(runbook="back", approve=("go",))

        assert held(here) == ["INC-0009.1"] * 3

    def test_none_is_broken_for_a_run_that_another_process_drives(self) -> None:
        here = ready()
        other = second(here)

        def meet() -> None:
            with pytest.raises(HeldError, match="is driven by process 1"):
                resume(other.app, "INC-0001", breaking=RESOURCES)

        when(here.world, "want", meet)

        here.respond(runbook="back", approve=("go",))

        assert "lease_broken" not in [one.kind for one in here.app.store.follow(0)]
        assert here.effects() == ROLLED

    def test_none_is_broken_for_a_run_that_has_ended(self) -> None:
        here = ready()
        here.respond(runbook="back", approve=("go",))
        hand_over(here, "INC-0009.1")

        with pytest.raises(UsageError, match=r"run INC-0001\.1 has ended"):
            resume(here.app, "INC-0001.1", breaking=RESOURCES)

        assert held(here) == ["INC-0009.1"] * 3

    def test_a_free_resource_cannot_be_broken(self) -> None:
        with pytest.raises(HeldError, match="nobody holds registry/fraud-scorer"):
            break_lease(ready().app, RESOURCES[0], "why not")


def test_an_intent_that_can_only_be_spooled_under_held_leases_says_that_it_is_unfenced() -> None:
    clock = FixedClock()
    store = _TakingFactsOnly(clock.now, CountingIds())
    here = ready(store=cast("Store", store), clock=clock)

    here.respond(runbook="back", approve=("go",))

    intents = [one for one in here.events() if one.kind == "action_intended"]
    assert [one.data["unfenced"] for one in intents] == [True] * 3
    assert here.effects() == ROLLED


class TestWithoutALease:
    def start(self, **answers: str) -> Rig:
        clock = FixedClock()
        store = _TakingNoDecisions(clock.now, CountingIds())
        here = ready(store=cast("Store", store), clock=clock)
        here.talker.answers = answers
        return here

    def test_a_person_at_the_terminal_may_go_on_and_it_is_marked(self) -> None:
        here = self.start(unfenced="approve")

        here.respond(runbook="back", approve=("go",), interactive=True)

        intents = [one for one in here.events() if one.kind == "action_intended"]
        assert [one.data["unfenced"] for one in intents] == [True] * 3
        assert here.effects() == ROLLED
        (asked,) = here.talker.asked
        assert asked.about == SERVICE
        assert f"changing {', '.join(RESOURCES)} at the same time" in asked.text

    @pytest.mark.parametrize("answers", [{}, {"unfenced": "deny"}])
    def test_without_that_word_nothing_is_changed(self, answers: dict[str, str]) -> None:
        here = self.start(**answers)

        with pytest.raises(UnwritableError):
            here.respond(runbook="back", approve=("go",), interactive=True)

        assert here.effects() == []
        assert "action_intended" not in here.kinds()
        state = fold(here.events(), "INC-0001.1")
        assert state is not None
        assert not any(one.pending for one in state.questions.values())

    def test_somebody_who_may_not_answer_does_not_count(self) -> None:
        here = self.start(unfenced="approve")
        here.talker.actor = Actor("eve", "os")

        with pytest.raises(UnwritableError):
            here.respond(runbook="back", approve=("go",), interactive=True)

        assert here.effects() == []

    def test_a_machine_is_not_asked_and_no_leave_given_beforehand_counts(self) -> None:
        here = self.start(unfenced="approve")

        with pytest.raises(UnwritableError):
            here.respond(runbook="back", approve=("all",))

        assert here.talker.asked == []
        assert here.effects() == []


class _TakingNoDecisions(MemoryTimeline):
    """A timeline whose database is gone when a lease is taken: facts are kept, as in a spool."""

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if expect and drafts[0].kind in {"lease_taken", "action_intended"}:
            raise UnwritableError("the disk is full")
        return super().append(drafts, expect)


class _TakingFactsOnly(MemoryTimeline):
    """A timeline whose database is gone when an intent comes: only what expects nothing is kept."""

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if expect and drafts[0].kind == "action_intended":
            raise UnwritableError("the disk is full")
        return super().append(drafts, expect)


class _Interposed(MemoryTimeline):
    """A timeline to which somebody else writes between the taking of a lease and the intent."""

    before_intent: Callable[[], None] | None = None

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if self.before_intent and drafts[0].kind == "action_intended":
            work, self.before_intent = self.before_intent, None
            work()
        return super().append(drafts, expect)


def hand_over(here: Rig, run: str) -> None:
    """Let another run take all resources, as its process would record it."""
    incident = run.partition(".")[0]
    now, process = here.clock.now(), FakeProcesses(pid=9).this()
    until = now + timedelta(seconds=LEASE_S)
    claimed = RunClaimed(process=process, until=until)
    drafts = [draft(f"incident:{incident}", claimed, now, incident=incident, run=run, epoch=1)]
    for one in RESOURCES:
        taken = LeaseTaken(resource=one, until=until, process=process)
        drafts.append(draft(stream_of(one), taken, now, incident=incident, run=run, epoch=1))
    here.app.store.append(drafts)


def test_what_may_still_be_under_way_is_not_let_go() -> None:
    """Stopped at once while an alias is moved: nobody else moves it before our time is over."""
    here = ready()
    over = threading.Event()

    def hang() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        over.wait(60)

    when(here.world, "want", hang)

    driven = here.respond(runbook="back", approve=("go",)).driven
    over.set()

    assert isinstance(driven, Interrupted)
    assert here.kinds()[-2:] == ["action_intended", "run_interrupted"]
    assert held(here) == ["INC-0001.1"] * 3

    handover.hand_over(here.app, "INC-0001", "ben")

    assert held(here) == ["INC-0001.1"] * 3


class TestTick:
    def test_a_run_whose_resources_another_holds_is_not_due(self) -> None:
        here = ready()
        hand_over(here, "INC-0009.1")
        with pytest.raises(HeldError):
            here.respond(runbook="back", approve=("go",))
        before = here.kinds()

        assert tick(here.app) == ()
        assert here.kinds() == before

        here.clock.advance(LEASE_S + 1)
        (one,) = tick(here.app)
        assert isinstance(one.driven, Ended)
        assert here.effects() == ROLLED


class TestTime:
    def test_a_lease_whose_time_is_over_is_free(self) -> None:
        here = ready()
        here.respond(runbook="back")
        hand_over(here, "INC-0009.1")

        here.clock.advance(LEASE_S + 1)
        here.talker.answers = {"approval": "approve"}
        here.resume()

        assert here.effects() == ROLLED

    def test_one_that_stands_is_refused_until_then(self) -> None:
        here = ready()
        here.respond(runbook="back")
        hand_over(here, "INC-0009.1")

        here.talker.answers = {"approval": "approve"}
        with pytest.raises(HeldError):
            here.resume()

        assert here.effects() == []

    def test_leases_are_renewed_while_a_proof_takes_long(self) -> None:
        here = ready()
        here.world.look().stuck = ["eu-1"]

        here.respond(runbook="back", approve=("go",))

        renewed = [one for one in here.app.store.follow(0) if one.kind == "lease_renewed"]
        assert {one.stream for one in renewed} == {f"resource:{one}" for one in RESOURCES}


class DiedError(BaseException):
    """A process is gone, in the middle of its work."""


def die() -> None:
    raise DiedError


def test_the_same_run_inherits_its_leases_at_a_new_epoch() -> None:
    here = ready()
    dying = replace(here.app, progress=Heard("action_sent", die))
    with pytest.raises(DiedError):
        respond(dying, Call(service=SERVICE, runbook="back", approve=("go",)))
    assert held(here) == ["INC-0001.1"] * 3
    other = second(here)
    other.processes.dead.add(1)

    other.resume()

    assert here.effects() == ROLLED
    taken = [one for one in here.app.store.follow(0) if one.kind == "lease_taken"]
    assert [one.epoch for one in taken] == [1, 1, 1, 2, 2, 2]
    assert held(here) == [None, None, None]


class Racing(MemoryTimeline):
    """A timeline on which a resource changes hands just before each of our first takes."""

    def __init__(self, clock: FixedClock, times: int) -> None:
        super().__init__(clock.now, CountingIds())
        self.left = times

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if self.left and any(one.kind == "lease_taken" for one in drafts):
            self.left -= 1
            raise ConflictError("somebody was first")
        return super().append(drafts, expect)


def test_a_lost_race_for_a_free_resource_is_run_again() -> None:
    clock = FixedClock()
    here = ready(store=cast("Store", Racing(clock, 3)), clock=clock)

    here.respond(runbook="back", approve=("go",))

    assert here.effects() == ROLLED


def test_a_race_that_is_never_won_gives_up() -> None:
    clock = FixedClock()
    here = ready(store=cast("Store", Racing(clock, 100)), clock=clock)

    with pytest.raises(HeldError, match="changes hands too fast"):
        here.respond(runbook="back", approve=("go",))

    assert here.effects() == []


def test_parking_frees_everything() -> None:
    steps = "- id: go\n  rollback: {to: last_healthy}\n- id: then\n  wait: {for: 2h}\n"
    here = rig(world=bad_world(), history=BAD_HISTORY, runbooks={"back": runbook("back", steps)})

    here.respond(runbook="back", approve=("go",))

    assert held(here) == [None, None, None]
