"""Approvals and other questions: who may answer, bound to what, and what comes too late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from tests.marks import INCIDENT
from tests.rig import ANA, BEN, SERVICE, Rig, Talker, rig, unanchored
from tests.usecases.people import Once
from tests.usecases.written import NEVER, alert, runbook

from mlrespond.errors import UsageError
from mlrespond.model.event import Actor
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.json import Json
from mlrespond.model.run_kind import QuestionAsked
from mlrespond.ports.person import Answer
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.answer import Given, answer, open_questions
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.resume import tick
from mlrespond.usecases.runner import Ended, Parked

CTO = Actor("cto", "os")


def holds(rule: str = "") -> str:
    """Return a runbook with one change, approved by this rule."""
    approve = f"  approve: {{{rule}}}\n" if rule else ""
    steps = f"- id: go\n  hold: {{what: [deploy]}}\n{approve}"
    return runbook("holds", steps, criterion='steps.go.outcome == "ok"')


def ready(rule: str = "", **service: Json) -> Rig:
    return rig(runbooks={"holds": holds(rule)}, service=service)


def start(here: Rig, **call: object) -> Parked | Ended:
    driven = here.respond(runbook="holds", **call).driven
    assert isinstance(driven, Parked | Ended)
    return driven


def as_person(here: Rig, actor: Actor) -> Rig:
    """Return the same rig as somebody else sees it."""
    return replace(here, app=replace(here.app, me=actor))


def told(here: Rig, kind: str) -> list[Json]:
    return [dict(one.data) for one in here.events() if one.kind == kind]


class TestWhoMayAnswer:
    def test_without_a_rule_the_owner_is_asked(self) -> None:
        here = ready()

        parked = start(here)

        _, (question,) = open_questions(here.app, "INC-0001")
        assert question.asked.by == ("payments-ml",)
        assert question.asked.text == f"go: hold deploy of {SERVICE} until resolved?"
        assert exit_code(parked) is ExitCode.WAITING

    def test_a_member_of_the_team_approves(self) -> None:
        here = ready()
        start(here)

        said = answer(as_person(here, BEN).app, "INC-0001", Given(choice="approve"))
        here.resume()

        assert said.startswith("approve: go")
        assert here.outcome("go") == "ok"
        (given,) = [one for one in here.events() if one.kind == "question_answered"]
        assert (given.actor.handle, given.actor.assurance) == ("ben", "os")

    def test_an_outsider_does_not(self) -> None:
        here = ready()
        start(here)

        with pytest.raises(UsageError, match=r"cto is not of payments-ml \(ana, ben\)"):
            answer(as_person(here, CTO).app, "INC-0001", Given(choice="approve"))

        assert told(here, "answer_refused")
        assert isinstance(here.resume(), Parked)
        assert here.effects() == []

    def test_a_person_may_be_named_instead_of_a_team(self) -> None:
        here = ready("by: [cto]")
        start(here)

        with pytest.raises(UsageError, match="ana is not of cto"):
            answer(here.app, "INC-0001", Given(choice="approve"))
        answer(as_person(here, CTO).app, "INC-0001", Given(choice="approve"))

        assert isinstance(here.resume(), Ended)

    def test_not_self_means_somebody_other_than_the_one_who_asked(self) -> None:
        here = ready("not_self: true")
        start(here)

        with pytest.raises(UsageError, match="must be somebody else"):
            answer(here.app, "INC-0001", Given(choice="approve"))
        answer(as_person(here, BEN).app, "INC-0001", Given(choice="approve"))

        assert isinstance(here.resume(), Ended)

    def test_a_choice_that_is_not_offered_does_not_count(self) -> None:
        here = ready()
        start(here)

        with pytest.raises(UsageError, match="`maybe` is none of approve, deny, skip, escalate"):
            answer(here.app, "INC-0001", Given(choice="maybe"))

    def test_a_person_at_the_terminal_is_held_to_the_same_rule(self) -> None:
        here = ready()
        here.app = replace(here.app, approver=Once([("approve", CTO), ("approve", BEN)]))

        start(here)

        assert [one["reason"] for one in told(here, "answer_refused")] == [  # type: ignore[index,call-overload]  # a record
            "cto is not of payments-ml (ana, ben)"
        ]
        assert here.outcome("go") == "ok"


class TestBeforehand:
    @pytest.mark.parametrize("given", ["go", "all"])
    def test_approve_answers_for_the_one_who_asked(self, given: str) -> None:
        here = ready()

        start(here, approve=(given,))

        (said,) = [one for one in here.events() if one.kind == "question_answered"]
        assert said.actor == ANA
        assert said.data["via"] == "option"
        assert here.outcome("go") == "ok"

    def test_approve_of_a_step_that_is_not_there_is_refused_at_once(self) -> None:
        here = ready()

        with pytest.raises(UsageError, match="holds has no step `back`") as refused:
            start(here, approve=("back",))

        assert refused.value.hint == "steps: go"

    @pytest.mark.parametrize("rule", ["by: [cto]", "not_self: true"])
    def test_approve_by_one_who_may_not_counts_for_nothing(self, rule: str) -> None:
        here = ready(rule)

        parked = start(here, approve=("all",))

        assert isinstance(parked, Parked)
        assert here.effects() == []

    def test_an_answer_is_bound_to_the_plan_that_was_looked_at(self) -> None:
        here = ready()
        start(here)

        with pytest.raises(UsageError, match=r"the plan is .* now, not 0000"):
            answer(here.app, "INC-0001", Given(choice="approve", digest="0000"))

        _, (question,) = open_questions(here.app, "INC-0001")
        digest = question.asked.digest
        assert digest is not None
        answer(here.app, "INC-0001", Given(choice="approve", digest=digest[:12]))


POLICY: dict[str, Json] = {
    "allow": "hold",
    "when": "incident.severity == 'SEV1'",
    "by": "payments-ml",
    "because": "agreed 2026-11",
}


class TestPolicies:
    def test_a_policy_that_holds_needs_no_question(self) -> None:
        here = ready(policies=[POLICY])

        start(here, severity="SEV1")

        (said,) = [one for one in here.events() if one.kind == "question_answered"]
        assert said.data["via"] == "policy"
        assert said.data["because"] == "policy of payments-ml: agreed 2026-11"
        assert here.outcome("go") == "ok"

    @pytest.mark.parametrize(
        "policy",
        [
            {"when": "incident.severity == 'SEV1'"},
            {"severity": ["SEV1", "SEV2"]},
            {"allow": "switch"},
            {"when": "likely.bad_release"},
        ],
    )
    def test_a_policy_that_does_not_certainly_hold_gives_no_leave(
        self, policy: dict[str, Json]
    ) -> None:
        leave: dict[str, Json] = {
            "allow": "hold",
            "by": "payments-ml",
            "because": "agreed",
            **policy,
        }
        here = ready(policies=[leave])

        assert isinstance(start(here, severity="SEV3"), Parked)

    def test_a_severity_that_rises_while_it_waits_brings_leave(self) -> None:
        here = ready(policies=[POLICY])
        start(here)

        here.respond(severity="SEV1")

        assert here.outcome("go") == "ok"


class TestExpiry:
    def test_nobody_answering_denies(self) -> None:
        here = ready("within: 10m")
        start(here)
        here.clock.advance(601)

        (ticked,) = tick(here.app)

        assert isinstance(ticked.driven, Ended)
        assert here.outcome("go") == "expired"
        assert here.ending() == "denied"
        assert here.effects() == []

    def test_nothing_is_due_before(self) -> None:
        here = ready("within: 10m")
        start(here)
        here.clock.advance(599)

        assert tick(here.app) == ()

    def test_otherwise_escalate_pages_and_ends_escalated(self) -> None:
        here = ready("within: 10m, otherwise: escalate")
        start(here)
        here.clock.advance(601)
        here.world.look().acks[f"{INCIDENT}:payments-ml"] = "ben"

        tick(here.app)

        assert here.outcome("go") == "expired"
        assert here.effects() == [f"page {INCIDENT}:payments-ml payments-ml"]
        assert here.ending() == "escalated"

    def test_a_late_answer_is_recorded_and_told_how_to_ask_afresh(self) -> None:
        here = ready("within: 10m")
        start(here)
        here.clock.advance(601)

        with pytest.raises(UsageError, match="it came too late") as refused:
            answer(here.app, "INC-0001", Given(choice="approve"))

        assert [one["choice"] for one in told(here, "answer_refused")] == ["approve"]  # type: ignore[index,call-overload]  # a record
        assert "mlir respond --incident INC-0001 --runbook holds" in refused.value.hint
        here.resume()
        assert here.outcome("go") == "expired"

    def test_it_is_refused_as_well_when_the_run_is_over(self) -> None:
        here = ready("within: 10m")
        start(here)
        here.clock.advance(601)
        tick(here.app)
        assert incident_of(here.app, "INC-0001").active_run is None

        with pytest.raises(UsageError, match="it came too late") as refused:
            answer(here.app, "INC-0001", Given(choice="approve", step="go"))

        assert refused.value.hint == (
            "ask afresh: mlir respond --incident INC-0001 --runbook holds"
        )
        assert told(here, "answer_refused")

    def test_the_command_asks_afresh(self) -> None:
        here = ready("within: 10m")
        start(here)
        here.clock.advance(601)
        tick(here.app)

        again = here.respond(service=None, incident="INC-0001", runbook="holds").driven

        assert isinstance(again, Parked)
        answer(here.app, "INC-0001", Given(choice="approve"))
        here.resume("INC-0001.2")
        assert here.ending() == "mitigated"

    def test_a_second_answer_is_told_who_was_first(self) -> None:
        here = ready()
        start(here)
        answer(as_person(here, BEN).app, "INC-0001", Given(choice="deny", because="not now"))

        with pytest.raises(UsageError, match="ben answered deny before"):
            answer(here.app, "INC-0001", Given(choice="approve"))

        here.resume()
        assert here.outcome("go") == "denied"


class TestWhichQuestion:
    def test_nothing_asked_is_said(self) -> None:
        here = rig(runbooks={"waits": runbook("waits", "- id: go\n  wait: {for: 1h}\n")})
        here.respond(runbook="waits")

        with pytest.raises(UsageError, match=r"INC-0001\.1 asks nothing now"):
            answer(here.app, "INC-0001", Given(choice="approve"))

    def test_another_step_than_the_one_that_asks(self) -> None:
        here = ready()
        start(here)

        with pytest.raises(UsageError, match="back asks nothing now") as refused:
            answer(here.app, "INC-0001", Given(choice="approve", step="back"))

        assert refused.value.hint == "open: go"

    def test_an_incident_without_a_run_asks_nothing(self) -> None:
        here = ready()
        with pytest.raises(UsageError):
            here.respond(runbook="none-such", alerts=(alert(),))

        with pytest.raises(UsageError, match="INC-0001 has no run"):
            answer(here.app, "INC-0001", Given(choice="approve"))


class TestDenied:
    def test_a_denied_change_ends_the_run_denied(self) -> None:
        here = ready()
        here.talker.answers = {"approval": "deny"}

        ended = start(here)

        assert here.outcome("go") == "denied"
        assert here.ending() == "denied"
        assert exit_code(ended) is ExitCode.FAILED

    def test_skip_goes_on_without_it(self) -> None:
        here = ready()
        here.talker.answers = {"approval": "skip"}

        start(here)

        assert here.outcome("go") == "denied"
        assert here.ending() == "not_mitigated"

    def test_escalate_pages_somebody(self) -> None:
        here = ready()
        here.talker.answers = {"approval": "escalate"}
        here.world.look().acks[f"{INCIDENT}:payments-ml"] = "ben"

        start(here)

        assert here.ending() == "escalated"
        assert here.outcome("page:go") == "ok"


class TestAsk:
    STEPS = """
- id: which
  ask:
    say: "which region?"
    answers:
      region: {type: choice, choices: [eu, us]}
      percent: {type: number}
      really: {type: bool}
      token: {secret: true}
- id: half
  when: steps.which.answers.percent > 40 and steps.which.answers.really
  notify: {to: ops, say: "{{ steps.which.answers.region }} by {{ steps.which.by }}"}
"""

    def asking(self) -> Rig:
        here = rig(runbooks={"asks": runbook("asks", self.STEPS, criterion=NEVER)})
        here.respond(runbook="asks")
        return here

    def test_answers_are_read_by_later_steps(self) -> None:
        here = self.asking()
        values: dict[str, Json] = {
            "region": "eu",
            "percent": 50,
            "really": True,
            "token": "hunter2",
        }

        answer(here.app, "INC-0001", Given(choice="answer", values=values))
        here.resume()

        (said,) = here.world.look().posts.values()
        assert unanchored(said) == "ops: [INC-0001] eu by ana"

    def test_a_secret_answer_is_never_recorded(self) -> None:
        here = self.asking()
        values: dict[str, Json] = {"region": "eu", "percent": 5, "really": True, "token": "hunter2"}

        answer(here.app, "INC-0001", Given(choice="answer", values=values))
        here.resume()

        assert all("hunter2" not in str(one) for one in here.events())

    def test_what_is_typed_at_a_terminal_gets_its_type(self) -> None:
        here = rig(runbooks={"asks": runbook("asks", self.STEPS, criterion=NEVER)})
        values = {"region": "us", "percent": "62.5", "really": "yes", "token": "hunter2"}
        here.app = replace(
            here.app, approver=Talker(answers={"ask": "answer"}, actor=BEN, values=values)
        )

        here.respond(runbook="asks")

        assert here.finished("which").data["yields"] == {
            "answers": {"region": "us", "percent": 62.5, "really": True, "token": "[secret]"},
            "by": "ben",
        }
        assert here.outcome("half") == "ok"

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"region": "mars"}, "region: `mars` is none of eu, us"),
            ({"percent": "many"}, "percent: `many` is no number"),
            ({"percent": "nan"}, "percent: `nan` is no number"),
            ({"really": "perhaps"}, "really: `perhaps` is neither true nor false"),
            ({"region": None}, "region: no answer is given"),
            ({"more": 1}, "`more` is not asked"),
        ],
    )
    def test_an_answer_of_the_wrong_sort_does_not_count(
        self, changes: dict[str, Json], said: str
    ) -> None:
        here = self.asking()
        values: dict[str, Json] = {"region": "eu", "percent": 5, "really": True, "token": "x"}

        with pytest.raises(UsageError, match=said):
            answer(here.app, "INC-0001", Given(choice="answer", values={**values, **changes}))

        assert isinstance(here.resume(), Parked)

    def test_nobody_answering_stops_the_run(self) -> None:
        here = self.asking()
        here.clock.advance(601)

        tick(here.app)

        assert here.outcome("which") == "expired"
        assert here.ending() == "denied"


@dataclass
class Elsewhere:
    """A terminal whose person is slow: somebody answers with `mlir approve` meanwhile."""

    here: Rig
    given: Given

    def ask(self, question: QuestionAsked, _: object, settled: object) -> Answer | None:
        assert callable(settled)
        assert not settled()
        answer(as_person(self.here, BEN).app, "INC-0001", self.given)
        assert settled()
        assert question.sort == "approval"
        return None


def test_an_answer_from_elsewhere_lets_the_waiting_process_go_on() -> None:
    here = ready()
    here.app = replace(here.app, approver=Elsewhere(here, Given(choice="approve")))

    driven = start(here)

    assert isinstance(driven, Ended)
    assert "run_parked" not in here.kinds()
    assert here.outcome("go") == "ok"


@dataclass
class Slow:
    """A person who has not answered when the time is over."""

    here: Rig

    def ask(self, question: QuestionAsked, until: datetime | None, _: object) -> Answer | None:
        assert question.expires_at == until
        assert until is not None
        self.here.clock.turn(until)
        return None


def test_a_question_that_runs_out_at_the_terminal_expires_there() -> None:
    here = rig(runbooks={"holds": holds("within: 30s")})
    here.app = replace(here.app, approver=Slow(here))

    driven = start(here)

    assert isinstance(driven, Ended)
    assert here.outcome("go") == "expired"


def test_evidence_that_grew_old_while_it_waited_is_read_again() -> None:
    steps = """
- id: fine
  diagnose: {checks: [registry, fleet]}
- id: go
  when: steps.fine.verdict == "pass"
  hold: {what: [deploy]}
  approve: {within: 2h, fresh: 10m}
"""
    here = rig(runbooks={"holds": runbook("holds", steps)})
    start(here)
    here.clock.advance(3600)
    here.world.look().served["eu-1"] = "1"

    answer(here.app, "INC-0001", Given(choice="approve"))
    here.resume()

    assert here.finished("fine").data["round"] == 2
    assert here.outcome("go") == "skipped"
    assert here.finished("go").data["reason"] == "the evidence changed while it waited"
    assert here.finished("go").occurred_at - here.events()[0].occurred_at >= timedelta(hours=1)
