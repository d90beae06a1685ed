"""Plans made ahead: a rehearsal changes nothing; a saved plan runs once, on the world it knew."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import pytest
from tests.rig import SERVICE, Rig, files, rig, watched
from tests.usecases.written import BAD_HISTORY, FAST, alert, bad_world, runbook

from mlrespond.errors import HeldError, InvalidInputError, StalePlanError, UsageError
from mlrespond.model.event import Draft, Event
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import VersionQuarantined
from mlrespond.testing.clock import CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.acts import incident_of, merge
from mlrespond.usecases.app import Store
from mlrespond.usecases.incidents import all_incidents
from mlrespond.usecases.opening import open_or_join
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.plan import Rehearsal, rehearse, save
from mlrespond.usecases.planned import respond_to_plan
from mlrespond.usecases.respond import Call
from mlrespond.usecases.runner import Ended, Parked


def ready() -> Rig:
    return rig(world=bad_world(), history=BAD_HISTORY)


def rehearsed(here: Rig, runbook: str | None = "bad-release", *alerts: object) -> Rehearsal:
    scratch = MemoryTimeline(here.clock.now, CountingIds())
    return rehearse(here.app, scratch, SERVICE, alerts or (alert(),), runbook, FAST)  # type: ignore[arg-type]  # alerts


def saved(here: Rig) -> str:
    _, content = save(here.app, rehearsed(here))
    return content


class TestRehearsal:
    def test_it_reads_for_real_and_shows_what_would_be_changed(self) -> None:
        plan = rehearsed(ready())

        fates = {one.id: one.fate for one in plan.steps}
        assert fates["triage"] == "ran"
        assert fates["other"] == "skip"
        assert fates["back"] == "change"
        assert fates["recovered"] == "depends"
        (back,) = [one for one in plan.steps if one.id == "back"]
        assert back.said.startswith("make the registry want 2 (it wants 3); serve 2 on eu-1")
        assert back.digest

    def test_nothing_is_changed_paged_or_recorded(self) -> None:
        here = ready()
        before = here.app.store.follow(0)

        rehearsed(here)
        rehearsed(here, "input-data-broken")

        assert here.effects() == []
        assert here.app.store.follow(0) == before

    def test_nobody_is_asked(self) -> None:
        here = ready()
        here.talker.answers = {"approval": "approve"}

        rehearsed(here)

        assert here.talker.asked == []

    def test_what_runs_learned_of_the_service_counts(self) -> None:
        here = ready()
        known = VersionQuarantined(version="2", reason="it was bad before")
        here.app.store.append([draft(f"service:{SERVICE}", known, here.clock.now())])

        plan = rehearsed(here, "latency-regression")

        (back,) = [one for one in plan.steps if one.id == "back"]
        assert "serve 2" not in back.said

    def test_steps_that_wait_are_left_undecided(self) -> None:
        waits = runbook(
            "waits", "- id: go\n  wait: {for: 1h}\n- id: then\n  hold: {what: [deploy]}\n"
        )
        here = rig(runbooks={"waits": waits})
        scratch = MemoryTimeline(here.clock.now, CountingIds())

        plan = rehearse(here.app, scratch, None, (), "waits", {})

        assert [(one.id, one.fate) for one in plan.steps] == [
            ("go", "undecided"),
            ("then", "depends"),
        ]

    def test_an_alert_that_is_resolved_rehearses_no_onset(self) -> None:
        plan = rehearsed(ready(), "bad-release", alert(status="resolved"), alert("B"))

        assert [one.name for one in plan.alerts] == ["B"]


class TestCarryingOut:
    def test_a_saved_plan_needs_no_question_for_what_it_planned(self) -> None:
        here = ready()
        content = saved(here)

        driven = respond_to_plan(here.app, content, Call())

        assert isinstance(driven, Ended)
        assert exit_code(driven) is ExitCode.DONE
        assert here.world.look().served == {"eu-1": "2", "us-1": "2"}
        assert driven.state.requested.from_plan is not None

    def test_the_incident_is_that_of_the_alert_it_was_made_for(self) -> None:
        here = ready()

        respond_to_plan(here.app, saved(here), Call())

        incident = incident_of(here.app, "INC-0001")
        assert incident.alerts == (alert(),)
        assert incident.onset == alert().starts_at

    def test_it_runs_once(self) -> None:
        here = ready()
        content = saved(here)
        respond_to_plan(here.app, content, Call())
        here.world.look().wanted = "3"
        here.world.look().served = {"eu-1": "3", "us-1": "3"}

        with pytest.raises(StalePlanError, match="a plan runs once") as refused:
            respond_to_plan(here.app, content, Call())

        assert refused.value.exit_code == ExitCode.STALE
        assert len(incident_of(here.app, "INC-0001").runs) == 1

    @pytest.mark.parametrize(
        ("moved", "said"),
        [
            ({"wanted": "2"}, "wanted was 3, is 2"),
            ({"served": {"eu-1": "2", "us-1": "3"}}, "served was"),
            ({"route": "rules-v1"}, "route was primary, is rules-v1"),
        ],
    )
    def test_not_when_the_world_has_moved(self, moved: dict[str, object], said: str) -> None:
        here = ready()
        content = saved(here)
        vars(here.world.look()).update(moved)

        with pytest.raises(StalePlanError, match=said) as refused:
            respond_to_plan(here.app, content, Call())

        assert refused.value.exit_code == 5
        assert here.kinds() == []
        assert here.effects() == []

    def test_not_when_the_runbook_was_changed(self) -> None:
        here = rig(runbooks={"holds": runbook("holds", "- id: go\n  hold: {what: [deploy]}\n")})
        scratch = MemoryTimeline(here.clock.now, CountingIds())
        _, content = save(here.app, rehearse(here.app, scratch, None, (), "holds", {}))
        other = runbook("holds", "- id: go\n  hold: {what: [training]}\n")
        changed = replace(here.app, files=files({"holds": other}, {}))

        with pytest.raises(StalePlanError, match="runbook holds was changed"):
            respond_to_plan(changed, content, Call())

    def test_a_step_that_is_planned_otherwise_asks(self) -> None:
        back = runbook("straight", "- id: back\n  rollback: {to: last_healthy}\n")
        here = rig(world=bad_world(), history=BAD_HISTORY, runbooks={"straight": back})
        scratch = MemoryTimeline(here.clock.now, CountingIds())
        _, content = save(here.app, rehearse(here.app, scratch, None, (), "straight", {}))
        known = VersionQuarantined(version="2", reason="another incident left it")
        here.app.store.append([draft(f"service:{SERVICE}", known, here.clock.now())])
        watched(here.app, here.clock, -14000, -10000, "1")

        driven = respond_to_plan(here.app, content, Call())

        assert isinstance(driven, Parked)
        assert "serve 1 on eu-1" in driven.waiting_for
        assert here.effects() == []

    def test_a_held_incident_does_not_use_the_plan_up(self) -> None:
        here = rig(world=bad_world(), history=BAD_HISTORY, runbooks={"waits": WAITS})
        content = saved(here)
        parked = here.respond(runbook="waits").driven
        assert isinstance(parked, Parked)
        with pytest.raises(HeldError):
            respond_to_plan(here.app, content, Call())

        here.talker.answers = {"approval": "skip"}
        here.resume()

        assert isinstance(respond_to_plan(here.app, content, Call()), Ended)


class TestTheIncidentOfAPlan:
    def test_it_is_the_one_that_the_caller_names(self) -> None:
        here = ready()
        content = saved(here)
        for _ in range(2):
            open_or_join(here.app, SERVICE, (), "SEV3", new=True)

        respond_to_plan(here.app, content, Call(incident="INC-0001", severity="SEV1"))

        assert incident_of(here.app, "INC-0001").runs == ("INC-0001.1",)
        assert incident_of(here.app, "INC-0001").severity == "SEV1"
        assert incident_of(here.app, "INC-0002").runs == ()

    def test_it_is_opened_as_the_caller_says(self) -> None:
        here = ready()

        respond_to_plan(here.app, saved(here), Call(severity="SEV1", title="Blocked", drill=True))

        incident = incident_of(here.app, "INC-0001")
        assert (incident.severity, incident.title, incident.drill) == ("SEV1", "Blocked", True)

    def test_an_alert_that_joins_before_its_run_is_asked_for_is_in_nobody_s_way(self) -> None:
        here, store = raced("run_requested")
        content = saved(here)
        store.first = lambda: open_or_join(here.app, SERVICE, [alert("B")], "SEV2")

        assert isinstance(respond_to_plan(here.app, content, Call()), Ended)

        assert incident_of(here.app, "INC-0001").runs == ("INC-0001.1",)
        assert here.kinds()[:3] == ["incident_opened", "alert_received", "alert_received"]

    def test_one_whose_process_died_before_its_run_was_asked_for_goes_on_where_it_opened(
        self,
    ) -> None:
        here, store = raced("run_requested")
        content = saved(here)
        store.first = die
        with pytest.raises(DiedError):
            respond_to_plan(here.app, content, Call())
        open_or_join(here.app, SERVICE, (), "SEV3", new=True)
        with pytest.raises(UsageError, match="opened INC-0001, and runs there"):
            respond_to_plan(here.app, content, Call(incident="INC-0002"))

        driven = respond_to_plan(here.app, content, Call(new_incident=True))

        assert isinstance(driven, Ended)
        assert incident_of(here.app, "INC-0001").runs == ("INC-0001.1",)
        assert [one.id for one in all_incidents(here.app.store)] == ["INC-0001", "INC-0002"]
        with pytest.raises(StalePlanError, match="a plan runs once"):
            respond_to_plan(here.app, content, Call())

    def test_one_that_came_to_no_run_is_used_up_once_its_incident_is_over(self) -> None:
        here, store = raced("run_requested")
        content = saved(here)
        store.first = die
        with pytest.raises(DiedError):
            respond_to_plan(here.app, content, Call())
        open_or_join(here.app, SERVICE, (), "SEV3", new=True)
        merge(here.app, "INC-0001", "INC-0002", "the same")

        with pytest.raises(StalePlanError, match="a plan runs once"):
            respond_to_plan(here.app, content, Call())

    def test_of_two_who_go_on_with_it_at_once_one_runs_it(self) -> None:
        here, store = raced("run_requested")
        content = saved(here)
        store.first = lambda: respond_to_plan(here.app, content, Call())

        with pytest.raises(StalePlanError, match="a plan runs once"):
            respond_to_plan(here.app, content, Call())

        assert incident_of(here.app, "INC-0001").runs == ("INC-0001.1",)

    @pytest.mark.parametrize("new", [False, True])
    def test_of_two_who_carry_it_out_at_once_one_opens_nothing(self, new: bool) -> None:  # noqa: FBT001  # both are tried
        here, store = raced("incident_opened")
        content = saved(here)
        store.first = lambda: respond_to_plan(here.app, content, Call())

        with pytest.raises(StalePlanError, match="a plan runs once"):
            respond_to_plan(here.app, content, Call(new_incident=new))

        assert [one.id for one in all_incidents(here.app.store)] == ["INC-0001"]
        assert incident_of(here.app, "INC-0001").runs == ("INC-0001.1",)

    def test_one_of_another_service_or_one_that_is_over_is_refused(self) -> None:
        here = ready()
        content = saved(here)
        open_or_join(here.app, "feature-store", (), "SEV3")
        open_or_join(here.app, SERVICE, (), "SEV3")
        merge(here.app, "INC-0002", "INC-0001", "the same")

        with pytest.raises(UsageError, match=r"is for fraud-scorer, INC-0001 is about feature-s"):
            respond_to_plan(here.app, content, Call(incident="INC-0001"))
        with pytest.raises(UsageError, match="INC-0002 is merged"):
            respond_to_plan(here.app, content, Call(incident="INC-0002"))

        assert here.effects() == []


class Raced(MemoryTimeline):
    """A timeline on which something happens just before a kind is recorded, once."""

    before = ""
    first: Callable[[], object] | None = None

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if self.first is not None and any(one.kind == self.before for one in drafts):
            first, self.first = self.first, None
            first()
        return super().append(drafts, expect)


class DiedError(BaseException):
    pass


def die() -> None:
    raise DiedError


def raced(before: str) -> tuple[Rig, Raced]:
    clock = FixedClock()
    store = Raced(clock.now, CountingIds())
    store.before = before
    here = rig(world=bad_world(), history=BAD_HISTORY, store=cast("Store", store), clock=clock)
    return here, store


WAITS = runbook("waits", "- id: go\n  hold: {what: [deploy]}\n", criterion="run.ending is not none")


class TestTheFile:
    def test_it_is_id_digest_and_a_copy_to_look_at(self) -> None:
        here = ready()

        name, content = save(here.app, rehearsed(here))

        told = json.loads(content)
        assert told["schema"] == "mlrespond/plan/v1"
        assert told["plan"] == name
        assert told["copy"]["runbook"] == "bad-release"

    def test_a_plan_of_an_unchanged_world_is_another_on_another_day(self) -> None:
        here = ready()
        unchanged = rehearsed(here)
        yesterday, _ = save(here.app, unchanged)
        here.clock.advance(24 * 3600)

        today, _ = save(here.app, unchanged)

        assert today != yesterday

    def test_an_edited_copy_is_refused(self) -> None:
        here = ready()
        told = json.loads(saved(here))
        told["copy"]["inputs"]["looks"] = 1

        with pytest.raises(InvalidInputError, match=r"the file is not PLAN-\S+ as it was saved"):
            respond_to_plan(here.app, json.dumps(told), Call())

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("<html>", "that is no plan"),
            ("[]", "that is no plan"),
            ('{"plan": 7}', "that is no plan"),
            ('{"plan": "PLAN-1"}', "this timeline has no plan `PLAN-1`"),
        ],
    )
    def test_what_is_no_plan_of_this_timeline_is_refused(self, content: str, said: str) -> None:
        with pytest.raises(InvalidInputError, match=said):
            respond_to_plan(ready().app, content, Call())
