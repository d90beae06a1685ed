"""`switch`, `drain`, `hold` and `restart`: what stands is absolute, can be undone, and is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.rig import SERVICE, Rig, rig
from tests.verbs.seen import act, context, facts, no_target, planned, read

from mlrespond.errors import UnreachableError
from mlrespond.model.json import Json
from mlrespond.model.kinds import draft
from mlrespond.model.plan import reversed_plan
from mlrespond.model.service import ServingHooks
from mlrespond.model.service_kind import StandingSet
from mlrespond.testing.fake_fleet import FakeRouting
from mlrespond.verbs.interface import StepContext


def holding(here: Rig, what: str = "training") -> Rig:
    standing = StandingSet(sort="hold", what=what, until="resolved")
    here.app.store.append([draft(f"service:{SERVICE}", standing, here.clock.now())])
    return here


def without_router(ctx: StepContext, **hooks: list[str]) -> StepContext:
    changes = {"routes_through": None, "hooks": ServingHooks(**hooks)}
    serving = ctx.service.serving.model_copy(update=changes)
    return replace(ctx, service=ctx.service.model_copy(update={"serving": serving}))


class TestSwitch:
    def test_the_whole_route_is_set_and_what_was_there_is_kept(self) -> None:
        here = rig()
        here.world.look().drained = ["eu-1"]

        (action,) = planned(context(here), "switch", {"to": "rules", "share": 40}).actions

        assert action.before == {"to": "primary", "share": 100, "drained": ["eu-1"]}
        assert action.after == {"to": "rules-v1", "share": 40, "drained": ["eu-1"]}
        assert action.lease == f"router/{SERVICE}"
        assert action.summary == "send 40% of the requests to rules (now 100% to primary)"

    def test_back_to_primary_is_all_of_it(self) -> None:
        here = rig()
        here.world.look().route, here.world.look().share = "rules-v1", 40

        (action,) = planned(context(here), "switch", {"to": "primary", "share": 10}).actions

        assert action.after == {"to": "primary", "share": 100, "drained": []}

    def test_what_is_so_already_needs_no_action(self) -> None:
        plan = planned(context(rig()), "switch", {"to": "primary"})

        assert plan.actions == ()
        assert plan.yields == {"before": "primary", "after": "primary"}

    @pytest.mark.parametrize(
        ("changes", "to", "said"),
        [
            ({}, "nobody", "no fallback `nobody` (it has primary, rules)"),
            ({"router": "it is down"}, "rules", "the router does not answer"),
        ],
    )
    def test_no_target(self, changes: dict[str, str], to: str, said: str) -> None:
        here = rig()
        here.world.look().broken = changes

        assert said in no_target(context(here), "switch", {"to": to}).reason

    def test_a_service_without_a_router_has_none(self) -> None:
        alone = without_router(context(rig()))

        assert "has no router" in no_target(alone, "switch", {"to": "rules"}).reason

    def test_it_is_proven_by_who_answers_not_by_what_the_router_says(self) -> None:
        here = rig()
        ctx = context(here)
        body: Json = {"to": "rules"}
        (action,) = planned(ctx, "switch", body).actions
        assert read(ctx, "switch", body, action).where == "before"

        act(ctx, "switch", body, action)

        assert read(ctx, "switch", body, action).where == "reached"
        liar = replace(ctx, ports=replace(ctx.ports, routing=Lying(here.world)))
        doubted = read(liar, "switch", body, action)
        assert (doubted.where, doubted.detail) == (
            "pending",
            "the router says rules-v1, but 2 answers",
        )

    def test_it_stands_until_it_is_taken_back(self) -> None:
        ctx = context(rig())
        (action,) = planned(ctx, "switch", {"to": "rules"}).actions
        (back,) = reversed_plan((action,), "back").actions

        assert facts(ctx, "switch", action) == ["switch stands: 100% to rules-v1"]
        assert facts(ctx, "switch", action, "unknown") == []
        assert facts(ctx, "switch", back) == ["switch ended: rules-v1"]


class Lying(FakeRouting):
    """A router that says yes, while the replicas still answer."""

    def answered_by(self) -> str | None:
        return "2"


class TestDrain:
    def test_it_adds_to_what_is_drained(self) -> None:
        here = rig()
        here.world.look().drained = []

        (action,) = planned(context(here), "drain", {"replicas": ["us-1"]}).actions

        assert action.after == {"to": "primary", "share": 100, "drained": ["us-1"]}
        assert action.summary == "send no requests to us-1"

    def test_one_replica_must_be_left(self) -> None:
        here = rig()
        here.world.look().drained = ["eu-1"]

        found = no_target(context(here), "drain", {"replicas": ["us-1"]})

        assert found.reason == "that would leave no replica to answer"

    def test_hooks_may_stand_for_a_router(self) -> None:
        hooks = {"drain": ["d"], "undrain": ["u"], "drained": ["l"]}
        ctx = without_router(context(rig()), **hooks)

        (action,) = planned(ctx, "drain", {"replicas": ["us-1"]}).actions

        assert action.after == {"to": "primary", "share": 100, "drained": ["us-1"]}
        assert "has no router" in no_target(ctx, "switch", {"to": "rules"}).reason

    def test_without_both_nothing_can_be_drained(self) -> None:
        ctx = without_router(context(rig()))

        said = no_target(ctx, "drain", {"replicas": ["us-1"]}).reason

        assert said == (
            f"{SERVICE} has no router (serving.routes_through) and no hooks that drain "
            "(serving.hooks)"
        )

    @pytest.mark.parametrize("name", ["drain", "restart"])
    def test_only_replicas_that_are_there(self, name: str) -> None:
        ctx = context(rig())

        said = no_target(ctx, name, {"replicas": ["eu-1", "mars"]}).reason

        assert said == "no replica is called mars (there are eu-1, us-1)"
        assert no_target(ctx, name, {"replicas": []}).reason == "no replica is named"

    def test_each_drained_replica_is_told_and_its_end_too(self) -> None:
        ctx = context(rig())
        (action,) = planned(ctx, "drain", {"replicas": ["us-1"]}).actions
        (back,) = reversed_plan((action,), "back").actions

        assert facts(ctx, "drain", action) == ["drain stands: us-1"]
        assert facts(ctx, "drain", back) == ["drain ended: us-1"]
        assert facts(ctx, "drain", action, "failed") == []


class TestHold:
    def test_each_held_thing_is_an_action_that_needs_no_proof(self) -> None:
        plan = planned(context(rig()), "hold", {"what": ["deploy", "training"]})

        assert [(one.target, one.settle) for one in plan.actions] == [
            ("deploy", "idempotent"),
            ("training", "idempotent"),
        ]
        assert [one.verify.consecutive for one in plan.actions if one.verify] == [0, 0]

    def test_what_stands_already_is_left_out(self) -> None:
        here = holding(rig())

        plan = planned(context(here), "hold", {"what": ["deploy", "training"]})

        assert [one.target for one in plan.actions] == ["deploy"]

    def test_a_hold_whose_time_is_over_is_set_again(self) -> None:
        here = rig()
        over = StandingSet(sort="hold", what="deploy", until="2026-11-22T02:00:00Z")
        here.app.store.append([draft(f"service:{SERVICE}", over, here.clock.now())])

        assert planned(context(here), "hold", {"what": ["deploy"]}).actions

    def test_it_lives_in_the_ledger_with_its_window(self) -> None:
        ctx = context(rig())
        body: Json = {
            "what": ["training"],
            "until": "2026-12-01T00:00:00Z",
            "window": {"from": "2026-11-22T00:00:00Z", "to": "2026-11-22T03:00:00Z"},
        }
        (action,) = planned(ctx, "hold", body).actions

        assert act(ctx, "hold", body, action) == action.after
        assert facts(ctx, "hold", action) == ["hold stands: training"]
        (back,) = reversed_plan((action,), "back").actions
        assert facts(ctx, "hold", back) == ["hold ended: training"]


ONE: Json = {"replicas": ["eu-1"]}


class TestRestart:
    def test_a_later_start_is_the_proof(self) -> None:
        here = rig()
        ctx = context(here)
        (action,) = planned(ctx, "restart", ONE).actions
        assert (action.settle, action.undoable) == ("readable", False)
        assert read(ctx, "restart", ONE, action).where == "before"

        act(ctx, "restart", ONE, action)

        found = read(ctx, "restart", ONE, action)
        assert found.where == "reached"
        assert found.yields == {"replicas": {"eu-1": {"version": "2"}}}

    def test_started_but_not_ready_is_pending(self) -> None:
        here = rig()
        ctx = context(here)
        (action,) = planned(ctx, "restart", ONE).actions
        act(ctx, "restart", ONE, action)
        here.world.look().served["eu-1"] = None

        assert read(ctx, "restart", ONE, action).where == "pending"

    def test_silence_is_unreadable(self) -> None:
        here = rig()
        ctx = context(here)
        (action,) = planned(ctx, "restart", ONE).actions
        here.world.look().broken["eu-1"] = "it is gone"

        assert read(ctx, "restart", ONE, action).where == "unreadable"

    def test_where_no_start_can_be_known_it_cannot_be_settled_by_reading(self) -> None:
        here = rig()
        here.world.look().broken["eu-1"] = "it is gone"

        (action,) = planned(context(here), "restart", ONE).actions

        assert (action.before, action.settle) == (None, "none")

    def test_a_hook_that_fails_is_the_port_s_error(self) -> None:
        here = rig()
        ctx = context(here)
        (action,) = planned(ctx, "restart", ONE).actions

        def refuse(_: str) -> None:
            raise UnreachableError("no such hook")

        here.world.before = refuse
        with pytest.raises(UnreachableError):
            act(ctx, "restart", ONE, action)


def test_a_balancer_counts_as_one_replica() -> None:
    ctx: StepContext = context(rig())
    serving = ctx.service.serving.model_copy(update={"replicas": [], "url": "http://all"})
    alone = replace(ctx, service=ctx.service.model_copy(update={"serving": serving}))

    assert alone.replicas == ("balancer",)
