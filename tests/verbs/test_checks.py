"""`diagnose` and its checks: each reading is normal, abnormal or not known, and told as such."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.rig import SERVICE, Rig, rig
from tests.usecases.plain import ONSET, half, plain, released
from tests.verbs.seen import Counting, context, done, look

from mlrespond.model.finding import Finding
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, items, record
from mlrespond.model.kinds import body as body_of
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.testing.clock import START
from mlrespond.testing.steady import SteadySignals
from mlrespond.testing.world import World, WorldHolder
from mlrespond.verbs.examination import CHECKS
from mlrespond.verbs.interface import Again, StepContext
from mlrespond.verbs.scene import scene_of
from mlrespond.verbs.serving import view

ALPHA = 0.004


def found(ctx: StepContext, check: str) -> list[Finding]:
    scene = scene_of(ctx, view(ctx), 7200.0, ALPHA)
    return CHECKS[check](scene)


def verdicts(ctx: StepContext, check: str) -> dict[str, str]:
    """Return the worst verdict of each kind of finding."""
    rank = ("pass", "inconclusive", "fail")
    worst: dict[str, str] = {}
    for one in found(ctx, check):
        before = worst.get(one.kind, "pass")
        worst[one.kind] = max(before, one.verdict, key=rank.index)
    return worst


class TestFleet:
    def test_a_uniform_fleet_that_serves_what_is_wanted(self) -> None:
        ctx = context(plain())

        assert verdicts(ctx, "registry") == {
            "registry": "pass",
            "wanted_not_served": "pass",
            "unapproved": "pass",
        }
        fleet = verdicts(ctx, "fleet")
        assert (fleet["mixed_versions"], fleet["replica_silent"]) == ("pass", "pass")
        assert verdicts(ctx, "release") == {"release": "pass"}

    def test_a_registry_that_is_down_is_a_finding_not_a_crash(self) -> None:
        ctx = context(plain(World(broken={"registry": "it is down"})))

        (one,) = found(ctx, "registry")

        assert one.verdict == "fail"
        assert one.said == "the registry does not answer: registry does not answer: it is down"

    def test_what_the_registry_wants_is_not_what_is_served(self) -> None:
        world = World(wanted="3", versions=["1", "2", "3"])

        assert verdicts(context(plain(world)), "registry")["wanted_not_served"] == "fail"

    def test_mixed_versions_name_who_is_behind(self) -> None:
        ctx = context(plain(half()))

        behind = [one.replica for one in found(ctx, "fleet") if one.kind == "replica_behind"]

        assert behind == ["us-1"]
        assert verdicts(ctx, "fleet")["mixed_versions"] == "fail"

    def test_a_silent_replica_and_a_silent_fleet(self) -> None:
        one = context(plain(World(broken={"us-1": "it is gone"})))
        all_ = context(plain(World(broken={"us-1": "it is gone", "eu-1": "it is gone"})))

        fleet = [each for each in found(one, "fleet") if each.kind == "replica_silent"]
        silent = [each.replica for each in fleet if each.verdict == "fail"]
        assert silent == ["us-1"]
        assert verdicts(all_, "fleet")["mixed_versions"] == "inconclusive"

    def test_a_release_before_the_onset_is_told_with_both_versions(self) -> None:
        one, at_first = found(context(plain(released())), "release")

        assert (one.verdict, one.version) == ("fail", "3")
        assert one.said == "version 2 → 3 before the onset"
        assert (at_first.kind, at_first.version) == ("released", "3")

    def test_a_version_must_carry_the_tags_of_an_approved_one(self) -> None:
        here = plain()
        ctx = context(here)
        asked = replace(ctx, service=ctx.service.model_copy(update={"approved": {"ok": "yes"}}))

        assert verdicts(asked, "registry")["unapproved"] == "fail"
        ctx.ports.registry.tag("2", "ok", "yes")
        assert verdicts(asked, "registry")["unapproved"] == "pass"

    def test_one_after_the_onset_is_no_cause(self) -> None:
        here = plain()
        here.world.look().served = {"eu-1": "1", "us-1": "1"}

        assert verdicts(context(here), "release") == {"release": "pass"}

    def test_what_it_depends_on(self) -> None:
        ctx = context(plain(), dependencies={"feature-store": "INC-0007"})

        (one,) = found(ctx, "dependencies")

        assert one.said == "feature-store has an open incident, INC-0007"
        assert verdicts(context(plain()), "dependencies") == {"dependency": "pass"}


class TestTraffic:
    def test_errors_as_before(self) -> None:
        assert verdicts(context(plain()), "errors") == {
            "error_ratio": "pass",
            "error_ratio_replica": "pass",
            "validity": "pass",
        }

    def test_a_version_that_fails_everywhere(self) -> None:
        ctx = context(plain(released(), bad=True))

        assert verdicts(ctx, "errors")["error_ratio"] == "fail"
        assert verdicts(ctx, "errors")["error_ratio_replica"] != "fail"

    def test_a_replica_that_fails_on_its_own_is_named(self) -> None:
        ctx = context(plain(failing="eu-1"))

        alone = [
            one.replica
            for one in found(ctx, "errors")
            if one.kind == "error_ratio_replica" and one.verdict == "fail"
        ]

        assert alone == ["eu-1"]

    def test_slow_answers(self) -> None:
        assert verdicts(context(plain()), "latency")["latency"] == "pass"
        slow = context(plain(released(), slow=frozenset({"3"})))
        assert verdicts(slow, "latency")["latency"] == "fail"

    def test_a_metric_that_is_named_after_replicas_does_not_tell_them_apart(self) -> None:
        parts = "{{ version }}|replica|{{ window }}"
        errors: Json = {"kind": "ratio", "bad": f"errors|{parts}", "total": f"all|{parts}"}

        told = found(context(rig(service={"objectives": {"errors": errors}})), "errors")

        assert [one.said for one in told if one.kind == "error_ratio_replica"] == [
            "errors does not tell replicas apart"
        ]

    def test_metrics_that_are_down_are_not_known(self) -> None:
        ctx = context(plain(World(broken={"metrics": "it is down"})))

        assert verdicts(ctx, "errors")["error_ratio"] == "inconclusive"
        assert verdicts(ctx, "latency")["latency_replica"] == "inconclusive"
        assert verdicts(ctx, "latency")["latency"] == "inconclusive"


class TestData:
    def test_inputs_as_before(self) -> None:
        assert set(verdicts(context(plain()), "inputs").values()) == {"pass"}

    def test_a_surge_of_nulls_names_the_feature(self) -> None:
        failed = [
            (one.kind, one.feature)
            for one in found(context(plain(nulls=True)), "inputs")
            if one.verdict == "fail"
        ]

        assert failed == [("nulls", "amount")]

    def test_predictions_that_cannot_be_read_are_not_known(self) -> None:
        ctx = context(plain(World(broken={"predictions": "the disk is gone"})))

        assert verdicts(ctx, "inputs") == {"nulls": "inconclusive"}
        assert verdicts(ctx, "quality") == {"quality": "inconclusive"}

    def test_without_features_or_labels_nothing_is_claimed(self) -> None:
        ctx = context(rig(service={"predictions": {"kind": "fake"}}))

        assert found(ctx, "inputs") == []
        assert found(ctx, "quality") == []

    def test_labels_that_say_it_got_worse(self) -> None:
        assert verdicts(context(plain()), "quality")["quality"] == "pass"
        assert verdicts(context(plain(drifted=True)), "quality")["quality"] == "fail"


class TestGolden:
    def test_the_counterfactual_is_the_version_before(self) -> None:
        ctx = context(plain(released(), bad=True))

        kinds = {one.kind: (one.verdict, one.version) for one in found(ctx, "golden")}

        assert kinds == {"golden": ("fail", None), "golden_previous": ("pass", "2")}

    @pytest.mark.parametrize("allowed", [True, False])
    def test_a_version_is_loaded_to_be_asked_only_where_that_is_allowed(
        self, *, allowed: bool
    ) -> None:
        here = context(plain(released(), bad=True))
        serving = here.service.serving.model_copy(update={"load_to_ask": allowed})
        counting = Counting(WorldHolder(released()), SteadySignals())
        ctx = replace(
            here,
            service=here.service.model_copy(update={"serving": serving}),
            ports=replace(here.ports, serving=counting),
        )

        found(ctx, "golden")

        assert bool(counting.loaded) == allowed

    def test_without_a_golden_set_nothing_is_claimed(self) -> None:
        assert found(context(rig(service={"golden": None, "objectives": {}})), "golden") == []

    def test_a_fleet_that_is_silent_cannot_be_asked(self) -> None:
        ctx = context(plain(World(broken={"us-1": "gone", "eu-1": "gone"})))

        assert verdicts(ctx, "golden") == {"golden": "inconclusive"}


class TestDiagnosis:
    @pytest.mark.parametrize(
        ("shows", "top"),
        [
            ({"world": released(), "bad": True}, "bad_release"),
            ({"world": released(), "slow": frozenset({"3"})}, "latency_regression"),
            ({"nulls": True}, "null_surge"),
            ({"world": half()}, "partial_rollout"),
            ({"failing": "eu-1"}, "replica_fault"),
            ({"drifted": True}, "concept_drift"),
            ({"world": World(broken={"registry": "down"})}, "registry_outage"),
        ],
    )
    def test_it_names_what_is_wrong(self, shows: dict[str, object], top: str) -> None:
        ctx = context(plain(**shows))  # type: ignore[arg-type]  # fields of the signals

        seen = done(ctx, "diagnose", {})

        assert seen.yields["top"] == top
        assert record(seen.yields["likely"])[top] is True
        assert seen.verdict == "fail"

    def test_where_nothing_is_wrong_it_says_so(self) -> None:
        seen = done(context(plain()), "diagnose", {})

        assert (seen.verdict, seen.yields["top"]) == ("pass", None)

    def test_while_vital_readings_are_missing_it_does_not_say_that_all_is_well(self) -> None:
        seen = done(context(plain(World(broken={"metrics": "down"}))), "diagnose", {})

        assert seen.verdict == "inconclusive"
        assert seen.yields["top"] is None

    def test_a_retrain_is_not_suggested_while_inputs_are_unknown(self) -> None:
        here = plain(drifted=True)
        ctx = context(here)
        features: dict[str, object] = {"features": {}}
        known = ctx.service.predictions
        assert known is not None
        blind = ctx.service.model_copy(update={"predictions": known.model_copy(update=features)})

        seen = done(replace(ctx, service=blind), "diagnose", {})

        assert record(seen.yields["likely"])["concept_drift"] is False
        assert seen.yields["move"] != "retrain"

    def test_the_look_goes_to_the_ledger_once_a_round(self) -> None:
        here = plain(World(broken={"metrics": "down"}))
        body: Json = {"looks": {"every": "10s", "at_most": 2}}

        first, second = (look(context(here), "diagnose", body, n=n) for n in (1, 2))

        assert isinstance(first, Again)
        assert [type(one) for one in first.facts] == [ServiceLooked]
        assert second.facts == ()

    def test_only_the_checks_that_are_asked_for(self) -> None:
        seen = done(context(plain(nulls=True)), "diagnose", {"checks": ["registry", "fleet"]})

        kinds = {record(one)["kind"] for one in items(seen.yields["findings"])}
        assert kinds <= {
            "registry",
            "wanted_not_served",
            "unapproved",
            "mixed_versions",
            "replica_silent",
            "started",
        }
        assert seen.verdict == "pass"

    def test_what_changed_and_who_is_behind_is_yielded(self) -> None:
        seen = done(context(plain(half())), "diagnose", {})

        assert seen.yields["behind"] == ["us-1"]
        assert seen.yields["onset"] == iso(ONSET)
        assert record(record(seen.yields["changes_by_name"])["version"])["to"] == "3"

    def test_the_present_may_be_pinned(self) -> None:
        ctx = context(plain(drifted=True))
        pinned = scene_of(ctx, view(ctx), 7200.0, ALPHA, START - timedelta(minutes=1))

        assert pinned.window.since == START - timedelta(minutes=1)


def test_no_check_writes_anything() -> None:
    here: Rig = plain(released(), bad=True)
    before = here.app.store.follow(0)

    for name in CHECKS:
        found(context(here), name)

    assert here.effects() == []
    assert here.app.store.follow(0) == before
    assert all(body_of(one) for one in here.app.store.read(f"service:{SERVICE}"))
