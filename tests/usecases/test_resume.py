"""Parking and going on: nothing happens by itself, `tick` does what is due, and no more."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.marks import INCIDENT
from tests.rig import ANA, SERVICE, Rig, rig
from tests.usecases.people import when_told
from tests.usecases.written import NEVER, runbook

from mlrespond.errors import UsageError
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.kinds import body, draft
from mlrespond.model.run_kind import QuestionAsked, RunRequested
from mlrespond.ports.person import Answer
from mlrespond.testing.clock import START
from mlrespond.usecases.acts import acknowledge
from mlrespond.usecases.app import Pace
from mlrespond.usecases.opening import open_or_join
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.resume import due, resume, run_named, tick
from mlrespond.usecases.runner import Ended, Interrupted, Parked
from mlrespond.usecases.signals import Interrupts

WAITS = runbook("waits", "- id: go\n  wait: {for: 2h}\n")
PAGES = runbook(
    "pages", "- id: up\n  escalate: {say: help}\n  on_failure: continue\n", criterion=NEVER
)
FIRST, SECOND = f"{INCIDENT}:payments-ml", f"{INCIDENT}:cto"


def ready(**runbooks: str) -> Rig:
    return rig(runbooks={"waits": WAITS, "pages": PAGES, **runbooks}, pace=Pace(park_after_s=30.0))


def parked(here: Rig, name: str) -> Parked:
    driven = here.respond(runbook=name).driven
    assert isinstance(driven, Parked)
    return driven


def later(here: Rig, seconds: float) -> list[str]:
    """Let time pass, tick once, and return what became of the runs."""
    here.clock.advance(seconds)
    return [type(one.driven).__name__ for one in tick(here.app)]


class TestParking:
    def test_a_long_wait_parks_and_says_until_when(self) -> None:
        here = ready()

        driven = parked(here, "waits")

        assert driven.until == START + timedelta(hours=2)
        assert driven.waiting_for == "waiting for 2h"
        assert exit_code(driven) is ExitCode.WAITING
        assert here.events()[-1].summary == (
            "parked, waiting for waiting for 2h, due 2026-11-22T05:00:00Z"
        )

    def test_a_short_wait_is_waited_for(self) -> None:
        here = ready(short=runbook("short", "- id: go\n  wait: {for: 20s}\n"))

        driven = here.respond(runbook="short").driven

        assert isinstance(driven, Ended)
        assert here.clock.now() == START + timedelta(seconds=20)

    def test_a_wait_of_a_read_looks_again_at_each_wake_up(self) -> None:
        steps = (
            "- id: back\n  wait: {read: {diagnose: {checks: [registry, fleet]}},"
            " until: read.verdict == 'pass', every: 1m, at_most: 1h}\n"
        )
        here = ready(looks=runbook("looks", steps, criterion="steps.back.verdict == 'pass'"))
        here.world.look().broken["registry"] = "it is down"
        parked(here, "looks")

        first, second = later(here, 61), later(here, 61)
        del here.world.look().broken["registry"]
        third = later(here, 61)

        assert (first, second, third) == (["Parked"], ["Parked"], ["Ended"])
        assert here.ending() == "mitigated"

    def test_it_gives_up_looking_after_a_while(self) -> None:
        steps = (
            "- id: back\n  wait: {read: {diagnose: {checks: [registry, fleet]}},"
            " until: read.verdict == 'pass', every: 1m, at_most: 10m}\n"
        )
        here = ready(looks=runbook("looks", steps, criterion="steps.back.verdict == 'pass'"))
        here.world.look().broken["registry"] = "it is down"
        parked(here, "looks")

        later(here, 601)

        assert here.finished("back").data["verdict"] == "fail"
        assert here.ending() == "not_mitigated"


class TestTick:
    def test_nothing_is_done_before_its_time(self) -> None:
        here = ready()
        parked(here, "waits")
        before = here.kinds()

        assert later(here, 3600) == []
        assert here.kinds() == before

    def test_what_is_due_goes_on(self) -> None:
        here = ready()
        parked(here, "waits")

        assert later(here, 7200) == ["Ended"]
        assert here.ending() == "mitigated"

    def test_a_run_that_another_process_drives_is_left_alone(self) -> None:
        here = ready()
        parked(here, "waits")
        here.clock.advance(7201)
        other = replace(here.app, processes=type(here.processes)(pid=2))
        seen: list[bool] = []

        class Looking:
            def tell(self, _: object) -> None:
                seen.append(due(other, "INC-0001", "INC-0001.1"))

            def note(self, line: str) -> None:
                assert line

            def waiting(self, line: str) -> None:
                assert line

        tick(replace(here.app, progress=Looking()))

        assert seen
        assert not any(seen[:-1])

    def test_a_run_whose_process_died_is_taken_up(self) -> None:
        here = ready(two=runbook("two", "- id: go\n  wait: {for: 20s}\n"))

        class DiedError(BaseException):
            pass

        class Dying:
            def now(self) -> datetime:
                return here.clock.now()

            def sleep(self, _: float) -> None:
                raise DiedError

        alive = here.app
        here.app = replace(alive, clock=Dying())
        with pytest.raises(DiedError):
            here.respond(runbook="two")
        here.app = alive
        assert tick(here.app) == ()

        here.processes.dead.add(1)
        here.processes.pid = 2

        assert later(here, 21) == ["Ended"]

    def test_one_run_that_cannot_go_on_keeps_no_other_from_it(self) -> None:
        here = ready()
        parked(here, "waits")
        here.respond(runbook="waits", new_incident=True)
        here.clock.advance(7201)
        held = resume_is_held(here, "INC-0001")

        assert held
        assert here.ending("INC-0002") == "mitigated"

    def test_one_that_this_program_cannot_read_keeps_no_other_from_it(self) -> None:
        here = ready()
        of_a_newer_program(here, "INC-0001")
        here.respond(runbook="waits", new_incident=True)
        here.clock.advance(7201)

        unread, gone_on = tick(here.app)

        assert (unread.run, unread.driven) == ("INC-0001.1", None)
        assert str(unread.error) == "there is no verb `divine`"
        assert gone_on.run == "INC-0002.1"
        assert isinstance(gone_on.driven, Ended)

    def test_a_question_that_waits_is_said_again(self) -> None:
        step = "- id: keep\n  hold: {what: [deploy]}\n  approve: {remind: 4m}\n"
        here = ready(keeps=runbook("keeps", step, criterion=NEVER))
        parked(here, "keeps")

        assert later(here, 200) == []
        assert later(here, 60) == ["Parked"]

        assert here.kinds().count("question_reminded") == 1
        said = "still waits for an answer (payments-ml): keep: hold deploy"
        assert any(one.startswith(said) for one in here.progress.lines)

    def test_ctrl_c_stops_the_run_and_whatever_goes_on_around_it(self) -> None:
        here = ready()
        parked(here, "waits")
        here.respond(runbook="waits", new_incident=True)
        here.clock.advance(7201)
        stopping = when_told(here, "step_finished", lambda: signal.raise_signal(signal.SIGINT))

        with Interrupts() as around:
            (one,) = tick(stopping.app)

        assert isinstance(one.driven, Interrupted)
        assert around.asked
        assert not around.urgent
        assert tick(here.app)[0].run == one.run

    def test_a_signal_after_a_run_ended_stops_only_what_goes_on_around_it(self) -> None:
        here = ready()
        parked(here, "waits")
        here.clock.advance(7201)
        stopping = when_told(here, "run_ended", lambda: signal.raise_signal(signal.SIGINT))

        with Interrupts() as around:
            (one,) = tick(stopping.app)

        assert isinstance(one.driven, Ended)
        assert around.asked
        assert "run_interrupted" not in here.kinds()


def of_a_newer_program(here: Rig, incident: str) -> None:
    """Put a run into an incident of its own, of a verb that only a newer program knows."""
    other = ready()
    parked(other, "waits")
    (known,) = [body(one) for one in other.events() if one.kind == "run_requested"]
    assert isinstance(known, RunRequested)
    (step,) = known.runbook.steps
    spec = replace(known.runbook, steps=(replace(step, verb="divine"),))
    open_or_join(here.app, SERVICE, [], "SEV3")
    requested = draft(
        f"incident:{incident}",
        replace(known, runbook=spec),
        here.clock.now(),
        incident=incident,
        run=f"{incident}.1",
        epoch=0,
    )
    here.app.store.append([requested])


def resume_is_held(here: Rig, incident: str) -> bool:
    """Tick while the run's timeline refuses it, and return whether the refusal was told."""
    from mlrespond.errors import UnwritableError
    from mlrespond.usecases.app import Store

    class Refusing:
        def __init__(self, inner: Store) -> None:
            self._inner = inner

        def append(self, drafts: list[object], expect: object = None) -> object:
            if any(getattr(one, "incident", "") == incident for one in drafts):
                raise UnwritableError("the disk is full")
            return self._inner.append(drafts, expect)  # type: ignore[arg-type]  # as they came

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

    app = replace(here.app, store=Refusing(here.app.store))  # type: ignore[arg-type]  # the same methods
    ticked = tick(app)
    return [str(one.error) for one in ticked if one.driven is None] == ["the disk is full"]


class TestEscalation:
    def test_level_after_level_is_paged_over_tick_until_somebody_takes_it(self) -> None:
        here = ready()
        parked(here, "pages")
        assert here.effects() == [f"page {FIRST} payments-ml"]

        assert later(here, 200) == ["Parked"]
        assert here.effects() == [f"page {FIRST} payments-ml"]
        assert later(here, 101) == ["Parked"]
        assert here.effects() == [f"page {FIRST} payments-ml", f"page {SECOND} cto"]
        here.world.look().acks[SECOND] = "cto"
        assert later(here, 60) == ["Ended"]

        assert here.finished("up").data["yields"]["acked_by"] == "cto"  # type: ignore[index,call-overload]  # a record
        assert here.ending() == "escalated"

    def test_an_acknowledgement_ends_the_walk(self) -> None:
        here = ready()
        parked(here, "pages")
        here.world.look().acks[FIRST] = "ben"

        assert later(here, 60) == ["Ended"]
        assert here.effects() == [f"page {FIRST} payments-ml"]

    def test_mlir_ack_counts_as_well(self) -> None:
        here = ready()
        parked(here, "pages")
        here.clock.advance(60)
        acknowledge(here.app, "INC-0001")

        assert later(here, 1) == ["Ended"]
        assert here.finished("up").data["yields"]["acked_by"] == "ana"  # type: ignore[index,call-overload]  # a record

    def test_nobody_at_all_is_a_failure_that_names_whom_to_phone(self) -> None:
        here = ready()
        parked(here, "pages")

        later(here, 301)
        assert later(here, 601) == ["Ended"]

        finished = here.finished("up")
        assert finished.data["outcome"] == "failed"
        assert finished.data["reason"] == "nobody_answered"
        assert "phone cto: +1 555 0100" in str(finished.data["said"])
        assert here.ending() == "not_mitigated"

    def test_a_pager_that_is_down_does_not_stop_the_walk(self) -> None:
        here = ready()
        here.world.look().broken["pager"] = "it is down"

        here.respond(runbook="pages")
        for _ in range(8):
            later(here, 60)

        assert here.outcome("up") == "failed"
        assert "phone cto: +1 555 0100" in str(here.finished("up").data["said"])


class TestByName:
    def test_an_incident_means_its_active_run(self) -> None:
        here = ready()
        parked(here, "waits")

        assert run_named(here.app, "INC-0001") == ("INC-0001", "INC-0001.1")
        assert run_named(here.app, "INC-0001.1") == ("INC-0001", "INC-0001.1")

    def test_what_is_not_there_is_said(self) -> None:
        here = ready(short=runbook("short", "- id: go\n  wait: {for: 1s}\n"))
        here.respond(runbook="short")

        with pytest.raises(UsageError, match="INC-0001 has no active run"):
            resume(here.app, "INC-0001")
        with pytest.raises(UsageError, match=r"INC-0001 has no run `INC-0001\.2`") as refused:
            resume(here.app, "INC-0001.2")
        assert refused.value.hint == "runs: INC-0001.1"


def test_whoever_thinks_at_the_terminal_is_reminded_and_may_still_answer() -> None:
    step = "- id: keep\n  hold: {what: [deploy]}\n  approve: {remind: 2m}\n"
    here = ready(keeps=runbook("keeps", step, criterion=NEVER))

    class Thinking:
        def ask(
            self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
        ) -> Answer:
            assert until is not None
            for _ in range(3):
                here.clock.advance(100)
                assert not settled(), question.text
            return Answer(choice="approve", actor=ANA)

    here.app = replace(here.app, approver=Thinking())

    here.respond(runbook="keeps")

    assert here.kinds().count("question_reminded") == 2
    assert here.outcome("keep") == "ok"
