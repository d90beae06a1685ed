"""Time-outs and retries: a late read is inconclusive, a late change is unknown, never a pass."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from tests.rig import ANA, Rig, rig
from tests.usecases.people import Heard, Once
from tests.usecases.written import ALWAYS, NEVER, runbook

from mlrespond.errors import RejectedError
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.reading import Sample
from mlrespond.testing.clock import START
from mlrespond.testing.steady import SteadySignals
from mlrespond.usecases.attempt import Raised, Returned, TimedOut, attempt
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.runner import Ended, Parked


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Return an event that ends whatever still hangs when the test is over."""
    event = threading.Event()
    yield event
    event.set()


@dataclass
class Hanging(SteadySignals):
    """Metrics that do not answer before an event."""

    over: threading.Event | None = None

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        assert self.over is not None
        self.over.wait(10)
        return super().instant(query, at)


class TestAttempt:
    def test_what_it_returns_and_raises_is_handed_back(self) -> None:
        def refuse() -> None:
            raise RejectedError("no", hint="ask somebody")

        def break_() -> None:
            raise KeyError("x")

        assert attempt(lambda: 7, 1.0, lambda: None) == Returned(7)
        assert attempt(refuse, 1.0, lambda: None) == Raised("rejected", "no", "ask somebody", True)  # noqa: FBT003  # definite
        broken = attempt(break_, 1.0, lambda: None)
        assert isinstance(broken, Raised)
        assert (broken.code, broken.message, broken.expected) == ("bug", "KeyError: 'x'", False)

    def test_at_the_deadline_nobody_waits_any_longer(self, over: threading.Event) -> None:
        waits: list[int] = []

        late = attempt(lambda: over.wait(10), 0.25, lambda: waits.append(1))

        assert late == TimedOut(0.25)
        assert waits

    def test_what_is_raised_meanwhile_ends_the_wait(self, over: threading.Event) -> None:
        def stop() -> None:
            raise InterruptedError

        with pytest.raises(InterruptedError):
            attempt(lambda: over.wait(10), 10.0, stop)


COMPARES = """
- id: look
  compare: {against: before_incident, metrics: [error_ratio]}
  timeout: 300ms
  retry: {attempts: 1}
"""


def hanging(over: threading.Event, more: str = "") -> Rig:
    return rig(
        runbooks={"looks": runbook("looks", COMPARES.rstrip() + f"\n{more}", criterion=NEVER)},
        signals=Hanging(over=over),
    )


class TestLateRead:
    def test_it_is_inconclusive_and_a_person_is_asked(self, over: threading.Event) -> None:
        here = hanging(over)

        driven = here.respond(runbook="looks").driven

        assert isinstance(driven, Parked)
        assert "could not tell: not done within 0 s" in driven.waiting_for

    def test_its_late_result_is_dropped(self, over: threading.Event) -> None:
        here = hanging(over, "  on_inconclusive: continue\n")

        here.respond(runbook="looks")
        over.set()

        assert "look_taken" not in here.kinds()
        finished = here.finished("look")
        assert (finished.data["reason"], finished.data["verdict"]) == ("timed_out", "inconclusive")

    def test_again_reads_in_a_new_round(self, over: threading.Event) -> None:
        here = hanging(over)
        here.respond(runbook="looks", onset=START - timedelta(seconds=600))
        over.set()
        here.app = replace(here.app, approver=Once([("again", ANA)]))

        driven = here.resume()

        assert isinstance(driven, Ended)
        assert here.finished("look").data["round"] == 2
        assert here.finished("look").data["verdict"] == "pass"


class TestRetries:
    READS = "- id: go\n  command: {args: [probe], effect: read}\n"

    def test_a_read_is_tried_three_times_with_growing_pauses(self) -> None:
        here = rig(runbooks={"reads": runbook("reads", self.READS)})
        here.world.look().broken["probe"] = "it is not installed"

        here.respond(runbook="reads")

        failed = [one.occurred_at for one in here.events() if one.kind == "attempt_failed"]
        pauses = [(b - a).total_seconds() for a, b in pairwise(failed)]
        assert pauses == [2.0, 4.0]
        assert here.outcome("go") == "failed"
        assert here.finished("go").data["reason"] == "unreachable"

    def test_one_that_comes_back_in_between_is_no_failure(self) -> None:
        here = rig(runbooks={"reads": runbook("reads", self.READS)})
        world = here.world.look()
        world.broken["probe"] = "it is busy"

        here.app = replace(here.app, progress=Heard("attempt_failed", world.broken.clear))
        here.respond(runbook="reads")

        assert here.outcome("go") == "ok"
        assert here.ending() == "mitigated"

    def test_a_change_is_tried_once_unless_it_says_more(self) -> None:
        steps = "- id: go\n  restart: {replicas: [eu-1]}\n"
        once = rig(runbooks={"go": runbook("go", steps)})
        more = rig(runbooks={"go": runbook("go", f"{steps}  retry: {{attempts: 3}}\n")})
        for here in (once, more):
            here.world.before = refuse

        once.respond(runbook="go", approve=("go",))
        more.respond(runbook="go", approve=("go",))

        assert once.kinds().count("action_intended") == 1
        assert more.kinds().count("action_intended") == 3
        assert once.outcome("go") == more.outcome("go") == "failed"


def refuse(_: str) -> None:
    raise RejectedError("not now")


def held_up(over: threading.Event) -> Callable[[str], None]:
    """Return what keeps every effect waiting until an event."""

    def wait(_: str) -> None:
        over.wait(10)

    return wait


CHANGES = """
- id: go
  restart: {replicas: [eu-1]}
  timeout: 50ms
  verify: {within: 20s, every: 5s, consecutive: 2}
"""


class TestLateChange:
    def test_it_is_unknown_until_the_data_plane_shows_it(self, over: threading.Event) -> None:
        here = rig(runbooks={"go": runbook("go", CHANGES, criterion=NEVER)})
        here.world.before = held_up(over)

        driven = here.respond(runbook="go", approve=("go",)).driven

        assert isinstance(driven, Parked)
        assert "what now?" in driven.waiting_for
        assert "action_sent" not in here.kinds()
        settled = next(one for one in here.events() if one.kind == "action_settled")
        assert settled.data["outcome"] == "unknown"

    def test_a_person_may_go_on_and_the_exit_code_tells(self, over: threading.Event) -> None:
        steps = f"{CHANGES}  on_unknown: continue\n"
        here = rig(runbooks={"go": runbook("go", steps, criterion=ALWAYS)})
        here.world.before = held_up(over)

        driven = here.respond(runbook="go", approve=("go",)).driven

        assert isinstance(driven, Ended)
        assert here.outcome("go") == "unknown"
        assert here.ending() == "mitigated"
        assert exit_code(driven) is ExitCode.UNKNOWN

    def test_one_that_shows_after_all_is_ok(self, over: threading.Event) -> None:
        here = rig(runbooks={"go": runbook("go", CHANGES, criterion=NEVER)})
        done = threading.Event()

        here.world.before = held_up(over)
        here.world.after = lambda _: done.set()

        def wait_for_it() -> None:
            over.set()
            assert done.wait(10)

        here.app = replace(here.app, progress=Heard("attempt_failed", wait_for_it))
        here.respond(runbook="go", approve=("go",))

        assert here.outcome("go") == "ok"
        assert here.kinds().count("action_intended") == 1

    def test_stuck_is_unknown_ends_the_run_unknown_when_a_person_stops(self) -> None:
        steps = "- id: go\n  activate: {version: '1'}\n"
        here = rig(runbooks={"go": runbook("go", steps, criterion=NEVER)})
        here.world.look().stuck = ["us-1"]
        here.talker.answers = {"unknown": "stop"}

        driven = here.respond(runbook="go", approve=("go",)).driven

        assert isinstance(driven, Ended)
        assert here.outcome("go") == "unknown"
        assert here.ending() == "unknown"
        assert exit_code(driven) is ExitCode.UNKNOWN
