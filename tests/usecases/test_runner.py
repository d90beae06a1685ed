"""The loop that drives a run: its end, interruptions, other processes, and what it never does."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from tests.marks import RUN
from tests.rig import SERVICE, Rig, Silent, files, project, rig, unanchored
from tests.usecases.people import Heard, when_told
from tests.usecases.written import NEVER, finals, runbook

from mlrespond.engine.lease import LEASE_S
from mlrespond.errors import HeldError, NotRecordedError
from mlrespond.model.exit_code import ExitCode
from mlrespond.testing.clock import FixedClock
from mlrespond.usecases.acts import ask_to_stop, incident_of
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.respond import Call, respond
from mlrespond.usecases.runner import Ended, Interrupted, Parked, Runner

TELL = finals("- id: tell\n  notify: {to: ops, say: 'ended as {{ run.ending }}'}\n")
TWO = """
- id: one
  switch: {to: rules}
- id: two
  hold: {what: [deploy]}
"""


def told(name: str, steps: str, criterion: str = NEVER) -> str:
    return runbook(name, steps, criterion=criterion) + TELL


def ready(steps: str = TWO, *, clock: FixedClock | None = None, pid: int = 1) -> Rig:
    return rig(runbooks={"two": told("two", steps)}, clock=clock, pid=pid)


def posts(here: Rig) -> list[str]:
    return [unanchored(one) for one in here.world.look().posts.values()]


class TestFinally:
    @pytest.mark.parametrize(
        ("steps", "ending"),
        [
            ("- id: go\n  end: {as: no_fault}\n", "no_fault"),
            ("- id: go\n  end: {as: not_ours}\n", "not_ours"),
            ("- id: go\n  end: {as: escalated}\n", "escalated"),
            ("- id: go\n  command: {args: [broken], effect: read}\n", "failed"),
            ("- id: go\n  hold: {what: [deploy]}\n  approve: {by: [cto]}\n", "denied"),
            ("- id: go\n  wait: {for: 1s}\n", "not_mitigated"),
        ],
    )
    def test_it_runs_once_however_the_run_ends(self, steps: str, ending: str) -> None:
        here = ready(steps)
        here.world.look().broken["broken"] = "it is gone"

        driven = here.respond(runbook="two").driven
        if isinstance(driven, Parked):
            here.clock.advance(601)
            driven = here.resume()

        assert isinstance(driven, Ended)
        assert here.ending() == ending
        assert posts(here) == [f"ops: [INC-0001] ended as {ending}"]

    def test_it_does_not_run_when_the_run_only_parks(self) -> None:
        here = ready()

        here.respond(runbook="two")

        assert posts(here) == []

    def test_a_final_step_that_fails_stops_neither_the_others_nor_the_end(self) -> None:
        steps = "- id: go\n  end: {as: no_fault}\n"
        more = finals(
            "- id: one\n  command: {args: [broken], effect: read}\n"
            "- id: two\n  notify: {to: ops, say: still here}\n"
        )
        here = rig(runbooks={"two": runbook("two", steps) + more})
        here.world.look().broken["broken"] = "it is gone"

        here.respond(runbook="two")

        assert here.outcome("one") == "failed"
        assert posts(here) == ["ops: [INC-0001] still here"]
        assert here.ending() == "no_fault"


def stop_twice() -> None:
    """Ask the process to stop two times: two signals of one sort may arrive as one."""
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)


class TestInterrupts:
    def test_ctrl_c_once_records_and_stops_at_a_safe_point(self) -> None:
        here = when_told(ready(), "action_sent", lambda: signal.raise_signal(signal.SIGINT))

        driven = here.respond(runbook="two", approve=("all",)).driven

        assert isinstance(driven, Interrupted)
        assert exit_code(driven) is ExitCode.INTERRUPTED
        interrupted = here.events()[-1]
        assert interrupted.kind == "run_interrupted"
        assert interrupted.data["signal"] == "SIGINT"
        assert "action_sent" in here.kinds()
        assert posts(here) == []

    def test_terminate_does_the_same(self) -> None:
        here = when_told(ready(), "plan_made", lambda: signal.raise_signal(signal.SIGTERM))

        driven = here.respond(runbook="two", approve=("all",)).driven

        assert isinstance(driven, Interrupted)
        assert here.effects() == []
        assert here.events()[-1].data["signal"] == "SIGTERM"

    def test_an_interrupted_run_goes_on_where_it_stopped(self) -> None:
        here = when_told(ready(), "action_sent", lambda: signal.raise_signal(signal.SIGINT))
        here.respond(runbook="two", approve=("all",))
        here.app = replace(here.app, progress=Silent())

        driven = here.resume()

        assert isinstance(driven, Ended)
        assert here.effects() == ["route rules-v1 100 []", f"post {RUN}:tell ops"]
        assert posts(here) == ["ops: [INC-0001] ended as not_mitigated"]

    def test_an_action_under_way_is_waited_for(self) -> None:
        here = ready()
        here.world.before = lambda _: signal.raise_signal(signal.SIGINT)

        driven = here.respond(runbook="two", approve=("all",)).driven

        assert isinstance(driven, Interrupted)
        assert [one for one in here.kinds() if one.startswith(("action", "run_int"))] == [
            "action_intended",
            "action_sent",
            "run_interrupted",
        ]

    def test_twice_means_now(self) -> None:
        here = ready()
        over = threading.Event()

        def hang(_: str) -> None:
            stop_twice()
            over.wait(10)

        here.world.before = hang

        driven = here.respond(runbook="two", approve=("all",)).driven
        over.set()

        assert isinstance(driven, Interrupted)
        assert here.kinds()[-2:] == ["action_intended", "run_interrupted"]

    def test_what_was_begun_then_is_settled_by_the_next_process(self) -> None:
        here = ready()
        over, left = threading.Event(), threading.Event()

        def hang(_: str) -> None:
            if not over.is_set():
                stop_twice()
                over.wait(10)
                left.set()

        here.world.before = hang
        here.respond(runbook="two", approve=("all",))
        over.set()
        assert left.wait(10)

        driven = here.resume()

        assert isinstance(driven, Ended)
        assert here.outcome("one") == "ok"
        assert here.world.look().route == "rules-v1"

    def test_a_read_that_hangs_is_broken_off(self) -> None:
        here = ready("- id: go\n  command: {args: [probe], effect: read}\n")
        over = threading.Event()

        def hang(_: str) -> None:
            signal.raise_signal(signal.SIGINT)
            over.wait(10)

        here.world.before = hang

        driven = here.respond(runbook="two").driven
        over.set()

        assert isinstance(driven, Interrupted)
        assert "look_taken" not in here.kinds()

    def test_the_handlers_before_are_put_back(self) -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

        ready().respond(runbook="two", approve=("all",))

        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


class TestStop:
    def test_a_parked_run_ends_stopped_with_its_final_steps(self) -> None:
        here = ready()
        here.respond(runbook="two")

        ask_to_stop(here.app, "INC-0001", "it is a drill")
        driven = here.resume()

        assert isinstance(driven, Ended)
        assert here.ending() == "stopped"
        assert posts(here) == ["ops: [INC-0001] ended as stopped"]
        assert exit_code(driven) is ExitCode.FAILED

    def test_what_was_sent_is_proven_before_it_stops(self) -> None:
        here = ready()
        when_told(here, "action_sent", lambda: ask_to_stop(here.app, "INC-0001", "enough"))

        here.respond(runbook="two", approve=("all",))

        kinds = here.kinds()
        assert kinds.index("action_settled") < kinds.index("ending_decided")
        assert here.ending() == "stopped"
        assert "hold" not in " ".join(here.effects())

    def test_it_is_heard_while_a_long_wait_sleeps(self) -> None:
        here = ready("- id: go\n  wait: {for: 5m}\n")
        clock = Nudged(here.clock, lambda: ask_to_stop(here.app, "INC-0001", "enough"))
        here.app = replace(here.app, clock=clock, pace=replace(here.app.pace, slice_s=10.0))

        here.respond(runbook="two")

        assert here.ending() == "stopped"
        assert (here.clock.now() - here.events()[0].occurred_at).total_seconds() < 60


@dataclass
class Nudged:
    """A clock during whose first sleep something happens."""

    inner: FixedClock
    work: Callable[[], object] | None

    def now(self) -> datetime:
        return self.inner.now()

    def sleep(self, seconds: float) -> None:
        work, self.work = self.work, None
        if work is not None:
            work()
        self.inner.sleep(seconds)


def second(here: Rig, pid: int = 2) -> Rig:
    """Return another process on the same timeline, world and clock."""
    other = rig(
        runbooks={"two": told("two", TWO)}, clock=here.clock, history=(), pid=pid, world=here.world
    )
    other.app = replace(other.app, store=here.app.store)
    return other


class TestTwoResponders:
    def test_the_second_is_refused_while_the_first_drives(self) -> None:
        here = ready()
        other = second(here)
        refused: list[HeldError] = []

        def meet() -> None:
            with pytest.raises(HeldError) as error:
                other.respond()
            refused.append(error.value)

        when_told(here, "action_sent", meet)

        here.respond(runbook="two", approve=("all",))

        assert all(one.exit_code == 6 for one in refused)
        assert "run INC-0001.1 is driven by process 1 on here until" in refused[0].message
        assert here.kinds().count("run_claimed") == 1
        assert here.effects()[0] == "route rules-v1 100 []"

    def test_a_claim_whose_process_is_gone_is_taken_over_at_once(self) -> None:
        here = ready()
        crash(here, "action_sent")
        other = second(here)
        other.processes.dead.add(1)

        driven = other.resume()

        assert isinstance(driven, Ended)
        assert [one.epoch for one in here.events() if one.kind == "run_claimed"] == [1, 2]

    def test_one_that_may_be_alive_is_waited_for_until_its_time_is_over(self) -> None:
        here = ready()
        crash(here, "action_sent")
        other = second(here)

        with pytest.raises(HeldError):
            other.resume()
        here.clock.advance(LEASE_S + 1)

        assert isinstance(other.resume(), Ended)

    def test_the_first_stops_when_it_wakes_under_a_newer_epoch(self) -> None:
        here = ready()
        other = second(here)

        def overtake() -> None:
            here.clock.advance(LEASE_S + 1)
            other.resume()

        when_told(here, "plan_made", overtake)

        with pytest.raises(HeldError, match=r"a newer process drives run INC-0001\.1"):
            here.respond(runbook="two", approve=("all",))

        assert here.effects().count("route rules-v1 100 []") == 1
        assert here.ending() == "not_mitigated"

    def test_what_a_woken_worker_did_is_told_late_and_proven_again(self) -> None:
        here = ready()
        other = second(here)
        met: list[Parked | Ended | Interrupted] = []

        def overtake(effect: str) -> None:
            here.world.before = lambda _: None
            assert effect == "route"
            here.clock.advance(LEASE_S + 300)
            met.append(Runner(other.app, "INC-0001", "INC-0001.1").drive())

        here.world.before = overtake

        with pytest.raises(HeldError):
            here.respond(runbook="two", approve=("all",))

        late = [one for one in here.events() if one.late]
        assert [one.kind for one in late] == ["action_sent"]
        assert isinstance(met[0], Ended)
        assert here.world.look().route == "rules-v1"


def crash(here: Rig, kind: str) -> None:
    """Run until an event of this kind is recorded, and die there."""

    class DiedError(BaseException):
        pass

    def die() -> None:
        raise DiedError

    dying = replace(here.app, progress=Heard(kind, die))
    with pytest.raises(DiedError):
        respond(dying, Call(service=SERVICE, runbook="two", approve=("all",)))


class TestFrozen:
    def test_edited_files_change_no_running_run(self) -> None:
        here = ready()
        here.respond(runbook="two")
        edited = runbook("two", "- id: one\n  end: {as: no_fault}\n")
        other = project(owner="nobody", fallbacks={"rules": {"route": "rules-v9"}})
        here.app = replace(here.app, files=files({"two": edited}, {}), project=other)
        here.talker.answers = {"approval": "approve"}

        here.resume()

        assert here.world.look().route == "rules-v1"
        assert here.talker.asked[0].by == ("payments-ml",)
        assert here.outcome("two") == "ok"

    def test_everything_the_run_will_read_stands_in_its_request(self) -> None:
        here = ready()
        here.respond(runbook="two", approve=("one",))

        requested = next(one for one in here.events() if one.kind == "run_requested")

        assert requested.data["definition"]["serving"]["kind"] == "fake"  # type: ignore[index,call-overload]  # a record
        assert requested.data["approve"] == ["one"]
        assert [one["id"] for one in requested.data["runbook"]["steps"]] == ["one", "two"]  # type: ignore[index,call-overload,union-attr]  # records


class TestUse:
    INNER = (
        "runbook: inner\ntitle: inner\ninputs:\n  say: {type: string}\n"
        "  more: {type: string, default: '!'}\nmitigated_when: run.ending is none\nsteps:\n"
        "  - id: tell\n    notify: {to: ops, say: '{{ inputs.say }}{{ inputs.more }}'}\n"
        "finally:\n  - id: never\n    notify: {to: ops, say: inner finally}\n"
    )

    def test_the_inner_steps_run_with_the_given_inputs(self) -> None:
        outer = runbook(
            "outer",
            "- id: sub\n  use: {runbook: inner, inputs: {say: 'for {{ incident.id }}'}}\n"
            "- id: after\n  when: steps.sub.steps.tell.outcome == 'ok'\n"
            "  notify: {to: ops, say: after}\n",
            criterion=NEVER,
        )
        here = rig(runbooks={"outer": outer, "inner": self.INNER})

        here.respond(runbook="outer")

        assert posts(here) == ["ops: [INC-0001] for INC-0001!", "ops: [INC-0001] after"]
        assert here.outcome("sub/tell") == "ok"
        assert here.ending() == "not_mitigated"

    def test_a_skipped_one_skips_what_is_inside(self) -> None:
        outer = runbook(
            "outer",
            "- id: sub\n  when: incident.severity == 'SEV1'\n"
            "  use: {runbook: inner, inputs: {say: x}}\n",
        )
        here = rig(runbooks={"outer": outer, "inner": self.INNER})

        here.respond(runbook="outer")

        assert here.outcome("sub/tell") == "skipped"
        assert posts(here) == []


def test_a_run_that_was_never_asked_for_is_not_driven() -> None:
    here = ready()
    here.respond(runbook="two")

    with pytest.raises(NotRecordedError, match=r"INC-0001 has no run `INC-0001\.7`"):
        Runner(here.app, "INC-0001", "INC-0001.7")


def test_mitigation_is_the_criterion_held_not_a_step_returned() -> None:
    steps = "- id: look\n  diagnose: {checks: [registry, fleet]}\n"
    text = runbook("holds", steps, criterion="steps.look.verdict == 'pass'").replace(
        "mitigated_for: 0s", "mitigated_for: 5m"
    )
    here = rig(runbooks={"holds": text})
    when_told(here, "criterion_met", lambda: here.world.look().served.update({"eu-1": "1"}))

    here.respond(runbook="holds")

    assert here.finished("look").data["round"] == 2
    assert here.ending() == "not_mitigated"
    assert incident_of(here.app, "INC-0001").status == "open"
    assert "incident_mitigated" not in here.kinds()
