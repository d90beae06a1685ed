"""`rollback` and `activate`: where to, what is rejected and why, and proof at the data plane."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.rig import SERVICE, Rig, rig, watched
from tests.usecases.written import BAD_HISTORY, bad_world
from tests.verbs.seen import Counting, act, context, done, facts, no_target, planned, read

from mlrespond.errors import AccessRefusedError, UnreachableError
from mlrespond.model.json import Json
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import VersionQuarantined, VersionSuspected
from mlrespond.testing.fake_fleet import FakeRegistry
from mlrespond.testing.steady import Quality, SteadySignals
from mlrespond.verbs.moving import SUSPECT_TAG


def bad() -> Rig:
    return rig(world=bad_world(), history=BAD_HISTORY)


def know(here: Rig, *bodies: object) -> Rig:
    """Tell the ledger."""
    now = here.clock.now()
    here.app.store.append([draft(f"service:{SERVICE}", one, now) for one in bodies])  # type: ignore[arg-type]  # bodies
    return here


class Guarded(FakeRegistry):
    """A registry that does not know us."""

    def wanted(self) -> str | None:
        raise AccessRefusedError("401 who are you?")


class TestPlan:
    def test_the_registry_comes_first_then_each_replica_from_what_it_serves(self) -> None:
        here = bad()
        here.world.look().served["us-1"] = "1"

        plan = planned(context(here), "rollback", {})

        assert [(one.kind, one.target, one.before, one.after) for one in plan.actions] == [
            ("alias", "registry", "3", "2"),
            ("activate", "eu-1", "3", "2"),
            ("activate", "us-1", "1", "2"),
        ]
        assert all(one.undoable for one in plan.actions)
        assert plan.leases == (
            f"registry/{SERVICE}",
            f"replica/{SERVICE}/eu-1",
            f"replica/{SERVICE}/us-1",
        )

    def test_what_is_so_already_is_left_out(self) -> None:
        here = bad()
        here.world.look().wanted = "2"
        here.world.look().served["eu-1"] = "2"

        plan = planned(context(here), "activate", {"version": "2"})

        assert [one.target for one in plan.actions] == ["us-1"]

    def test_a_region_may_go_first(self) -> None:
        plan = planned(context(bad()), "rollback", {"order": ["us"]})

        assert [one.target for one in plan.actions] == ["registry", "us-1", "eu-1"]

    def test_one_replica_alone(self) -> None:
        here = context(bad())

        plan = planned(here, "activate", {"version": "2", "replicas": ["us-1"]})

        assert [one.target for one in plan.actions] == ["registry", "us-1"]
        assert "no replica is called mars" in (
            no_target(here, "activate", {"version": "2", "replicas": ["mars"]}).reason
        )

    def test_a_replica_that_is_silent_cannot_be_undone(self) -> None:
        here = bad()
        here.world.look().broken["us-1"] = "it is gone"

        plan = planned(context(here), "rollback", {})

        assert [one.undoable for one in plan.actions] == [True, True, False]

    def test_a_registry_that_is_down_is_no_target(self) -> None:
        here = bad()
        here.world.look().broken["registry"] = "it is down"

        assert "the registry does not answer" in no_target(context(here), "rollback", {}).reason

    @pytest.mark.parametrize(
        ("name", "body"),
        [
            ("rollback", {"to": "2"}),
            ("activate", {"version": "2"}),
            ("activate", {"version": "wanted"}),
        ],
    )
    def test_a_registry_that_refuses_us_is_not_a_lack_of_target(
        self, name: str, body: Json
    ) -> None:
        here = bad()
        ctx = context(here)
        ports = replace(ctx.ports, registry=Guarded(here.world))

        with pytest.raises(AccessRefusedError, match="does not let us in: 401"):
            planned(replace(ctx, ports=ports), name, body)

    def test_the_same_world_makes_the_same_plan(self) -> None:
        here = bad()

        first, second = (planned(context(here), "rollback", {}) for _ in range(2))

        assert first.digest == second.digest


class TestWhereTo:
    def test_last_healthy_is_the_newest_that_served_well_for_long_enough(self) -> None:
        plan = planned(context(bad()), "rollback", {})

        assert plan.yields["after"] == "2"
        assert plan.yields["before"] == "3"

    def test_the_rejected_are_listed_with_their_reasons(self) -> None:
        history = ((-9000.0, "1"), (-8400.0, "2"), (-1200.0, "3"))
        here = rig(world=bad_world(), history=history)
        know(here, VersionQuarantined(version="2", reason="it leaked"))

        found = no_target(context(here), "rollback", {})

        rejected = {one.candidate: one.reason for one in found.rejected}
        assert rejected["3"] == "it is served now"
        assert rejected["2"] == "quarantined: it leaked"
        assert rejected["1"] == "seen healthy for 600 s, less than 3600 s"

    def test_looks_that_were_brought_in_late_count_at_their_own_time(self) -> None:
        here = know(bad(), VersionQuarantined(version="2", reason="it leaked"))

        watched(here.app, here.clock, -20000, -16000, "1")

        assert planned(context(here), "rollback", {}).yields["after"] == "1"

    def test_an_empty_ledger_has_no_target(self) -> None:
        here = rig(world=bad_world(), history=())

        found = no_target(context(here), "rollback", {})

        assert "no version was seen serving before" in found.reason or found.rejected

    def test_one_that_does_not_load_or_fails_its_golden_cases_is_passed_over(self) -> None:
        signals = SteadySignals(qualities={"2": Quality(0.0, 0.5), "3": Quality(0.2, 0.3)})
        history = ((-20000.0, "1"), (-9000.0, "2"), (-1200.0, "3"))
        here = rig(world=bad_world(), history=history, signals=signals)

        plan = planned(context(here), "rollback", {"preflight": ["load", "golden"]})

        assert plan.yields["after"] == "1"
        assert [one.reason for one in plan.rejected if one.candidate == "2"] == [
            "it gets 20 of 40 golden cases right, less than 90%"
        ]
        here.world.look().versions.remove("1")
        found = no_target(context(here), "rollback", {"preflight": ["load", "golden"]})
        assert "it does not load on" in found.reason

    @pytest.mark.parametrize("allowed", [True, False])
    def test_a_target_is_loaded_only_where_that_is_allowed(self, *, allowed: bool) -> None:
        ctx = context(bad())
        serving = ctx.service.serving.model_copy(update={"load_to_ask": allowed})
        counting = Counting(bad_world(), SteadySignals())
        ctx = replace(
            ctx,
            service=ctx.service.model_copy(update={"serving": serving}),
            ports=replace(ctx.ports, serving=counting),
        )

        plan = planned(ctx, "rollback", {"preflight": ["load", "golden"]})

        assert plan.yields["after"] == "2"
        assert bool(counting.loaded) == allowed

    def test_before_release(self) -> None:
        plan = planned(context(bad()), "rollback", {"to": "before_release"})

        assert plan.yields["after"] == "2"

    def test_a_named_version_unless_it_is_quarantined(self) -> None:
        here = bad()
        assert planned(context(here), "rollback", {"to": "1"}).yields["after"] == "1"

        know(here, VersionQuarantined(version="1", reason="it leaked"))

        assert "quarantined: it leaked" in no_target(context(here), "rollback", {"to": "1"}).reason

    def test_activate_takes_what_the_registry_wants(self) -> None:
        here = rig(history=())
        here.world.look().served["us-1"] = "1"

        plan = planned(context(here), "activate", {"version": "wanted"})

        assert [(one.target, one.after) for one in plan.actions] == [("us-1", "2")]
        here.world.look().wanted = None
        assert "the registry wants no version" in (
            no_target(context(here), "activate", {"version": "wanted"}).reason
        )

    @pytest.mark.parametrize("kind", [VersionSuspected, VersionQuarantined])
    def test_activate_refuses_a_version_that_was_judged_bad(
        self, kind: type[VersionSuspected | VersionQuarantined]
    ) -> None:
        here = know(rig(history=()), kind(version="1", reason="it leaked"))

        found = no_target(context(here), "activate", {"version": "1"})

        assert "it leaked" in found.reason
        assert [one.candidate for one in found.rejected] == ["1"]

    def test_a_version_that_is_not_there_is_no_target(self) -> None:
        found = no_target(context(rig()), "activate", {"version": "9"})

        assert "does not load" in found.reason


BODY: Json = {"version": "1"}


class TestActAndRead:
    def test_a_replica_that_says_yes_is_read_as_what_it_serves(self) -> None:
        here = rig()
        here.world.look().stuck = ["us-1"]
        ctx = context(here)
        _, eu, us = planned(ctx, "activate", BODY).actions

        for one in (eu, us):
            act(ctx, "activate", BODY, one)

        assert read(ctx, "activate", BODY, eu).where == "reached"
        assert read(ctx, "activate", BODY, us).where == "before"
        assert read(ctx, "activate", BODY, eu).yields == {"replicas": {"eu-1": {"version": "1"}}}

    def test_a_third_version_is_elsewhere_and_silence_unreadable(self) -> None:
        here = bad()
        ctx = context(here)
        alias, eu, _ = planned(ctx, "rollback", {}).actions
        here.world.look().wanted = "1"
        here.world.look().served["eu-1"] = "1"

        assert read(ctx, "rollback", {}, alias).where == "elsewhere"
        assert read(ctx, "rollback", {}, alias).detail == "the registry wants 1"
        assert read(ctx, "rollback", {}, eu).where == "elsewhere"
        here.world.look().broken |= {"eu-1": "it is gone", "registry": "it is down"}
        assert read(ctx, "rollback", {}, alias).where == "unreadable"
        assert read(ctx, "rollback", {}, eu).detail == "eu-1: it is gone"

    def test_a_rollback_tags_what_it_leaves_and_lives_with_a_tag_that_fails(self) -> None:
        here = bad()
        ctx = context(here)
        alias = planned(ctx, "rollback", {}).actions[0]

        act(ctx, "rollback", {}, alias)

        assert here.world.look().tags == {f"3:{SUSPECT_TAG}": "INC-0001"}
        assert here.world.look().wanted == "2"

    def test_what_cannot_be_reached_is_the_port_s_own_error(self) -> None:
        here = bad()
        ctx = context(here)
        alias = planned(ctx, "rollback", {}).actions[0]
        here.world.look().broken["registry"] = "it is down"

        with pytest.raises(UnreachableError, match="it is down"):
            act(ctx, "rollback", {}, alias)

    def test_the_last_look_goes_to_the_ledger_with_its_objectives(self) -> None:
        here = rig()

        found = done(context(here), "activate", BODY)

        (fact,) = found.facts
        assert fact.line() == "registry wants 2, serving 2 on eu-1, us-1"
        assert found.yields["replicas"] == {"eu-1": {"version": "2"}, "us-1": {"version": "2"}}


class TestFacts:
    def test_a_version_is_suspect_once_it_was_left(self) -> None:
        ctx = context(bad())
        alias, eu, _ = planned(ctx, "rollback", {}).actions

        assert facts(ctx, "rollback", alias) == ["version 3 is suspect: rolled back in INC-0001"]
        assert facts(ctx, "rollback", alias, "reconciled")
        assert facts(ctx, "rollback", alias, "unknown") == []
        assert facts(ctx, "rollback", eu) == []

    def test_neither_an_undo_nor_a_promotion_suspects_anything(self) -> None:
        ctx = context(bad())
        rolled = planned(ctx, "rollback", {}).actions[0]
        moved = planned(ctx, "activate", {"version": "2"}).actions[0]

        assert facts(ctx, "rollback", replace(rolled, undo=True)) == []
        assert facts(ctx, "activate", moved) == []
