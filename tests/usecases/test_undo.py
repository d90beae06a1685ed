"""Taking back: a change of its own, last first, refused when the world is no longer what we set."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.marks import INCIDENT
from tests.rig import ANA, BEN, SERVICE, Rig, rig
from tests.usecases.people import Heard, Once
from tests.usecases.written import BAD_HISTORY, NEVER, alert, bad_world, runbook

from mlrespond.errors import HeldError, UsageError
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import VersionQuarantined
from mlrespond.usecases.context import read_ledger
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.runner import Driven, Parked
from mlrespond.usecases.undo import undo

THREE = """
- id: away
  switch: {to: rules}
- id: keep
  hold: {what: [deploy]}
- id: less
  drain: {replicas: [eu-1]}
"""
BACK = "- id: back\n  rollback: {to: last_healthy}\n"


def ready(steps: str = THREE, **more: object) -> Rig:
    return rig(runbooks={"go": runbook("go", steps, criterion=NEVER)}, **more)  # type: ignore[arg-type]  # parts of a rig


def changed(steps: str = THREE, **more: object) -> Rig:
    """Return a rig on which the steps were carried out, and its log of effects is empty again."""
    here = ready(steps, **more)
    here.respond(runbook="go", approve=("all",))
    here.world.look().log.clear()
    return here


def rolled_back() -> Rig:
    return changed(BACK, world=bad_world(), history=BAD_HISTORY)


def standing(here: Rig) -> set[str]:
    return set(read_ledger(here.app, SERVICE)[0].standing)


def undone(here: Rig, step: str | None = None, *approve: str) -> Driven:
    return undo(here.app, "INC-0001", step, approve=approve or ("all",))


class TestUndoing:
    def test_everything_is_taken_back_last_first(self) -> None:
        here = changed()
        assert standing(here) == {"switch", "hold:deploy", "drain:eu-1"}

        driven = undone(here)

        assert here.effects() == ["route rules-v1 100 []", "route primary 100 []"]
        assert standing(here) == set()
        assert list(driven.state.steps) == ["undo:less", "undo:keep", "undo:away"]
        assert exit_code(driven) is ExitCode.DONE

    def test_one_step_alone(self) -> None:
        here = changed()

        undone(here, "keep")

        assert standing(here) == {"switch", "drain:eu-1"}
        assert here.effects() == []

    def test_it_asks_like_any_change(self) -> None:
        here = changed()

        driven = undo(here.app, "INC-0001", "away")

        assert isinstance(driven, Parked)
        assert "undo away" in driven.waiting_for
        assert here.effects() == []

    @pytest.mark.parametrize(
        ("title", "said"),
        [("go back", "takes back step `away`: go back"), ("away", "takes back step `away`")],
    )
    def test_its_plan_says_which_step_it_takes_back(self, title: str, said: str) -> None:
        here = changed(f"- id: away\n  title: {title}\n  switch: {{to: rules}}\n")

        driven = undo(here.app, "INC-0001", "away")

        plan = driven.state.steps["undo:away"].plan
        assert plan is not None
        assert plan.notes == (said,)

    def test_the_step_s_own_approvers_are_asked(self) -> None:
        here = ready("- id: keep\n  hold: {what: [deploy]}\n  approve: {by: [ben]}\n")
        here.app = replace(here.app, approver=Once([("approve", BEN)]))
        here.respond(runbook="go")

        driven = undone(here)

        assert isinstance(driven, Parked)
        (question,) = driven.state.questions.values()
        assert question.asked.by == ("ben",)

    def test_a_policy_covers_no_undo(self) -> None:
        leave = {"allow": "hold", "by": "payments-ml", "because": "agreed"}
        here = changed("- id: keep\n  hold: {what: [deploy]}\n", service={"policies": [leave]})

        assert isinstance(undo(here.app, "INC-0001", None), Parked)

    def test_it_is_proven(self) -> None:
        here = changed("- id: go\n  activate: {version: '1'}\n")
        here.world.look().stuck = ["us-1"]
        here.app = replace(here.app, approver=Once([("stop", ANA)]))

        driven = undone(here)

        assert here.ending() == "unknown"
        assert exit_code(driven) is ExitCode.UNKNOWN

    def test_it_refuses_when_the_world_is_no_longer_what_we_set(self) -> None:
        here = changed("- id: away\n  switch: {to: rules}\n")
        here.world.look().route = "elsewhere"

        driven = undone(here)

        assert here.effects() == []
        assert here.finished("undo:away").data["reason"] == "stale_plan"
        assert exit_code(driven) is ExitCode.STALE


class TestOnce:
    @pytest.mark.parametrize("step", [None, "away"])
    def test_what_was_taken_back_is_not_taken_back_again(self, step: str | None) -> None:
        here = changed("- id: away\n  switch: {to: rules}\n")
        undone(here, step)

        with pytest.raises(UsageError, match="can be undone"):
            undone(here, step)

    def test_what_was_done_again_is_taken_back_again(self) -> None:
        here = changed("- id: away\n  switch: {to: rules}\n")
        undone(here)
        here.respond(service=None, incident="INC-0001", runbook="go", approve=("all",))

        undone(here)

        assert here.world.look().route == "primary"

    def test_two_runs_are_taken_back_both(self) -> None:
        here = changed("- id: go\n  activate: {version: '1'}\n")
        other = runbook("other", "- id: go\n  switch: {to: rules}\n", criterion=NEVER)
        both = rig(
            runbooks={"other": other},
            store=here.app.store,
            world=here.world,
            clock=here.clock,
            history=(),
        )
        both.respond(service=None, incident="INC-0001", runbook="other", approve=("all",))

        driven = undone(both)

        assert list(driven.state.steps) == ["undo:go", "undo:go+"]
        assert here.world.look().route == "primary"
        assert here.world.look().served == {"eu-1": "2", "us-1": "2"}

    def test_an_undo_that_failed_can_be_tried_again(self) -> None:
        here = changed("- id: away\n  switch: {to: rules}\n")
        here.world.look().broken["router"] = "it is down"
        undone(here)
        here.world.look().broken.clear()

        undone(here)

        assert here.world.look().route == "primary"


class TestRefusals:
    def test_not_while_a_run_is_active(self) -> None:
        here = ready()
        here.respond(runbook="go")

        with pytest.raises(HeldError, match="has an active run") as refused:
            undone(here)

        assert refused.value.hint == "end it first: mlir stop INC-0001"

    def test_nothing_changed_is_nothing_to_undo(self) -> None:
        here = changed("- id: go\n  wait: {for: 1s}\n")

        with pytest.raises(UsageError, match="nothing of INC-0001 can be undone"):
            undone(here)

    def test_what_cannot_be_taken_back_is_left_out(self) -> None:
        here = changed("- id: again\n  restart: {replicas: [eu-1]}\n")

        with pytest.raises(UsageError, match="nothing of step `again` can be undone"):
            undone(here, "again")


class TestBadVersion:
    def test_restoring_it_always_asks(self) -> None:
        here = rolled_back()

        driven = undone(here, None, "all", "undo:back")

        assert isinstance(driven, Parked)
        assert here.effects() == []
        assert here.world.look().wanted == "2"

    def test_a_person_may_want_it_all_the_same(self) -> None:
        here = rolled_back()
        here.app = replace(here.app, approver=Once([("approve", ANA)]))

        undone(here)

        assert here.world.look().served == {"eu-1": "3", "us-1": "3"}
        assert here.effects() == [
            "activate us-1 3",
            "activate eu-1 3",
            "tag 3 mlir.suspect restored in INC-0001",
            "want 3",
        ]

    def test_undoing_a_rollback_with_proof_clears_what_it_suspected(self) -> None:
        here = rolled_back()
        assert set(read_ledger(here.app, SERVICE)[0].suspects) == {"3"}
        here.app = replace(here.app, approver=Once([("approve", ANA)]))

        undone(here)

        assert read_ledger(here.app, SERVICE)[0].bad == frozenset()

    def test_one_that_is_not_proven_clears_nothing(self) -> None:
        here = rolled_back()
        here.world.look().stuck = ["us-1"]
        here.app = replace(here.app, approver=Once([("approve", ANA), ("stop", ANA)]))

        undone(here)

        assert set(read_ledger(here.app, SERVICE)[0].suspects) == {"3"}

    def test_what_others_hold_against_it_stands(self) -> None:
        here = rolled_back()
        theirs = VersionQuarantined(version="3", reason="leaving it mitigated INC-0009")
        here.app.store.append([draft(f"service:{SERVICE}", theirs, here.clock.now())])
        here.app = replace(here.app, approver=Once([("approve", ANA)]))

        undone(here)

        assert read_ledger(here.app, SERVICE)[0].bad == {"3"}


class TestOnFailure:
    STUCK = """
- id: away
  switch: {to: rules}
- id: go
  activate: {version: '1'}
  on_failure: POLICY
  verify: {within: 4s, every: 1s, consecutive: 2}
"""

    def fails(self, policy: str) -> Rig:
        """Return a run whose last replica refuses, after an alias and a replica were changed."""
        here = ready(self.STUCK.replace("POLICY", policy))
        here.app = replace(here.app, progress=Heard("action_settled", lambda: self.break_us(here)))
        here.world.look().acks |= {f"{INCIDENT}:payments-ml": "ben"}
        here.respond(runbook="go", approve=("all",))
        return here

    def break_us(self, here: Rig) -> None:
        if here.world.look().served["eu-1"] == "1":
            here.world.look().broken["us-1"] = "it does not answer"

    def test_undo_takes_the_failed_step_back(self) -> None:
        here = self.fails("undo")

        assert here.outcome("go") == "failed"
        assert here.outcome("undo:go") == "ok"
        assert here.world.look().wanted == "2"
        assert here.world.look().served["eu-1"] == "2"
        assert here.world.look().route == "rules-v1"
        assert here.ending() == "failed"

    def test_undo_run_takes_everything_back_last_first(self) -> None:
        here = self.fails("undo_run")

        order = [one.step for one in here.events() if one.kind == "step_finished"]
        assert order == ["away", "go", "undo:go", "undo:away"]
        assert here.world.look().route == "primary"

    def test_stop_leaves_it_as_it_is(self) -> None:
        here = self.fails("stop")

        assert here.world.look().wanted == "1"
        assert here.ending() == "failed"

    def test_an_undo_that_fails_pages_somebody(self) -> None:
        here = ready(self.STUCK.replace("POLICY", "undo"))

        def break_all() -> None:
            if here.world.look().served["eu-1"] == "1":
                here.world.look().broken |= {"us-1": "gone", "registry": "it is down"}

        here.app = replace(here.app, progress=Heard("action_settled", break_all))
        here.world.look().acks |= {f"{INCIDENT}:payments-ml": "ben"}

        here.respond(runbook="go", approve=("all",))

        assert here.outcome("undo:go") == "failed"
        assert here.outcome("page:undo:go") == "ok"
        assert here.effects()[-1] == f"page {INCIDENT}:payments-ml payments-ml"


class TestCommand:
    STEPS = """
- id: flag
  command: {args: [set, "{{ alert.labels.flag }}"], effect: change}
  undo: {command: {args: [unset, "{{ alert.labels.flag }}"], effect: change}}
  verify:
    read: {command: {args: [show], effect: read}}
    until: read.out == '1'
    every: 1s
    consecutive: 1
"""

    def test_its_own_undo_is_run_and_proven_by_the_same_read(self) -> None:
        here = ready(self.STEPS)
        here.respond(runbook="go", alerts=(alert(labels={"flag": "f"}),), approve=("all",))

        driven = undone(here)

        assert here.effects() == ["command set f", "command unset f"]
        assert here.outcome("undo:flag") == "ok"
        assert exit_code(driven) is ExitCode.DONE

    def test_text_from_outside_is_not_evaluated_when_it_is_taken_back(self) -> None:
        here = ready(self.STEPS)
        hostile = alert(labels={"flag": "{{ 7*7 }}"})
        here.respond(runbook="go", alerts=(hostile,), approve=("all",))

        undone(here)

        assert here.effects()[-1] == "command unset {{ 7*7 }}"
