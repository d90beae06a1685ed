"""`retrain`: freezes, checks what it froze, trains once, compares; it never promotes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.marks import RUN
from tests.rig import SERVICE, Rig, rig
from tests.usecases.plain import plain
from tests.verbs.seen import act, context, facts, no_target, planned, read

from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.model.kinds import draft
from mlrespond.model.reading import PipelineRun, Window
from mlrespond.model.run_kind import ActionSettled
from mlrespond.model.service_kind import StandingCleared, StandingSet, VersionQuarantined
from mlrespond.testing.clock import START
from mlrespond.testing.fake_outside import FakePipeline
from mlrespond.testing.steady import Quality, SteadySignals
from mlrespond.verbs.interface import Past, StepContext
from mlrespond.verbs.retrain import RetrainBody
from mlrespond.verbs.table import verb
from mlrespond.verbs.training import KEY_TAG, training_window

BODY: Json = {"window": "2h", "mature_only": False}


def ago(seconds: float) -> datetime:
    return START - timedelta(seconds=seconds)


def tell(here: Rig, body: object, seconds: float = 0.0) -> Rig:
    said = draft(f"service:{SERVICE}", body, ago(seconds))  # type: ignore[arg-type]  # a body
    here.app.store.append([said])
    return here


def window(here: Rig, body: Json = None) -> Window:
    ctx = context(here)
    return training_window(ctx, RetrainBody.model_validate(body or BODY))


class TestPlan:
    def test_it_freezes_then_trains_under_one_key_and_promotes_nothing(self) -> None:
        plan = planned(context(rig()), "retrain", BODY)

        assert [(one.kind, one.settle, one.undoable) for one in plan.actions] == [
            ("freeze", "keyed", False),
            ("train", "keyed", False),
        ]
        assert plan.yields == {"key": f"{RUN}:go"}
        assert plan.leases == (f"training/{SERVICE}",)
        assert "2026-11-22T01:00:00Z to 2026-11-22T03:00:00Z" in plan.actions[0].summary

    def test_under_a_hold_of_training_it_refuses(self) -> None:
        here = tell(rig(), StandingSet(sort="hold", what="training", until="resolved"))

        assert no_target(context(here), "retrain", BODY).reason == (
            "training is held until resolved"
        )

    def test_a_hold_whose_own_time_is_over_holds_nothing(self) -> None:
        until = iso(ago(60))
        here = tell(rig(), StandingSet(sort="hold", what="training", until=until), 3000)

        assert planned(context(here), "retrain", BODY).actions

    def test_a_hold_of_deploys_is_none_of_its_business(self) -> None:
        here = tell(rig(), StandingSet(sort="hold", what="deploy", until="resolved"))

        assert planned(context(here), "retrain", BODY).actions

    def test_a_service_without_a_pipeline_cannot(self) -> None:
        here = rig(service={"retrain": None})

        assert "has no pipeline" in no_target(context(here), "retrain", BODY).reason

    def test_no_time_left_is_no_target(self) -> None:
        body: Json = {
            "window": {"from": "2026-11-22T03:00:00Z", "to": "2026-11-22T02:00:00Z"},
        }

        assert no_target(context(rig()), "retrain", body).reason == "no time is left to train on"


class TestWindow:
    def test_a_stretch_is_taken_as_it_is(self) -> None:
        body: Json = {
            "window": {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"},
            "exclude": "none",
        }

        assert iso(window(rig(), body).since) == "2026-11-20T00:00:00.000000Z"

    def test_what_has_no_mature_labels_is_left_out(self) -> None:
        body: Json = {"window": "2h"}

        assert window(plain(), body).until == ago(600)
        assert window(plain(), {"window": "2h", "mature_only": False}).until == START

    def test_the_time_of_a_quarantined_version_is_left_out(self) -> None:
        here = rig(history=((-9000.0, "2"), (-6000.0, "3"), (-3600.0, "2")))
        tell(here, VersionQuarantined(version="3", reason="it was bad"))

        assert window(here).since == ago(3600)
        assert window(here, {"window": "2h", "exclude": "none"}).since == ago(7200)

    def test_the_time_of_a_hold_that_is_over_is_left_out(self) -> None:
        here = tell(rig(), StandingSet(sort="hold", what="training"), 5000)
        tell(here, StandingCleared(sort="hold", what="training"), 3000)

        assert window(here).since == ago(3000)

    def test_a_hold_may_name_another_time(self) -> None:
        named = StandingSet(
            sort="hold", what="training", window_from=ago(7000), window_to=ago(4000)
        )
        here = tell(tell(rig(), named, 1000), StandingCleared(sort="hold", what="training"), 500)

        assert window(here).since == ago(4000)

    def test_what_ended_before_the_window_takes_nothing_from_it(self) -> None:
        here = tell(rig(), StandingSet(sort="hold", what="training"), 90000)
        tell(here, StandingCleared(sort="hold", what="training"), 80000)

        assert window(here).since == ago(7200)


class TestTraining:
    def test_the_same_key_starts_one_training(self) -> None:
        here = rig()
        ctx = context(here)
        freeze, train = planned(ctx, "retrain", BODY).actions

        for one in (freeze, freeze, train, train):
            act(ctx, "retrain", BODY, one)

        assert here.effects() == [
            f"freeze {RUN}:go",
            f"train {RUN}:go snapshot-1",
        ]

    def test_an_incident_of_the_same_name_in_another_timeline_trains_afresh(self) -> None:
        here = rig()
        ctx = context(here)
        later = replace(ctx.incident, opened_at=ctx.incident.opened_at + timedelta(hours=1))
        _, train = planned(ctx, "retrain", BODY).actions

        act(ctx, "retrain", BODY, train)
        act(replace(ctx, incident=later), "retrain", BODY, train)

        assert len(here.world.look().trainings) == 2

    def test_a_new_round_trains_afresh(self) -> None:
        here = rig()
        ctx = context(here)
        _, train = planned(ctx, "retrain", BODY).actions

        act(ctx, "retrain", BODY, train)
        act(replace(ctx, round=2), "retrain", BODY, train)

        assert len(here.world.look().trainings) == 2

    def test_the_version_it_registered_is_read_and_told(self) -> None:
        here = rig()
        ctx = context(here)
        _, train = planned(ctx, "retrain", BODY).actions
        assert read(ctx, "retrain", BODY, train).where == "pending"

        act(ctx, "retrain", BODY, train)

        found = read(ctx, "retrain", BODY, train)
        assert (found.where, found.seen) == ("reached", "3")
        assert facts(ctx, "retrain", train, yields=found.yields) == [
            "version 3 was trained on snapshot-1"
        ]
        assert here.world.look().wanted == "2"
        assert here.world.look().served == {"eu-1": "2", "us-1": "2"}

    @pytest.mark.parametrize(
        ("run", "where"),
        [
            (PipelineRun(state="running", detail="epoch 3"), "pending"),
            (PipelineRun(state="failed", detail="no memory"), "failed"),
            (PipelineRun(state="cancelled", detail="by ana"), "failed"),
            (PipelineRun(state="succeeded"), "failed"),
            (PipelineRun(state="succeeded", version="9"), "failed"),
        ],
    )
    def test_a_pipeline_is_followed_to_whatever_end(self, run: PipelineRun, where: str) -> None:
        here = rig()
        ctx = context(here)
        _, train = planned(ctx, "retrain", BODY).actions
        following = replace(ctx, ports=replace(ctx.ports, pipeline=Telling(here, run)))

        found = read(following, "retrain", BODY, train)

        assert found.where == where
        assert run.detail in found.detail

    def test_a_version_that_is_not_told_is_found_in_the_registry_by_its_key(self) -> None:
        here = rig()
        ctx = context(here)
        _, train = planned(ctx, "retrain", BODY).actions
        told_nothing = Telling(here, PipelineRun(state="succeeded"))
        following = replace(ctx, ports=replace(ctx.ports, pipeline=told_nothing))
        here.world.look().versions.append("3")
        ctx.ports.registry.tag("3", KEY_TAG, ctx.key)

        found = read(following, "retrain", BODY, train)

        assert (found.where, found.seen) == ("reached", "3")

    def test_a_registry_that_is_down_then_is_unreadable_not_failed(self) -> None:
        here = rig()
        ctx = context(here)
        _, train = planned(ctx, "retrain", BODY).actions
        told_nothing = Telling(here, PipelineRun(state="succeeded"))
        following = replace(ctx, ports=replace(ctx.ports, pipeline=told_nothing))
        here.world.look().broken["registry"] = "it is down"

        assert read(following, "retrain", BODY, train).where == "unreadable"

    def test_a_pipeline_that_is_down_is_unreadable_not_failed(self) -> None:
        here = rig()
        ctx = context(here)
        _, train = planned(ctx, "retrain", BODY).actions
        here.world.look().broken["pipeline"] = "it is down"

        assert read(ctx, "retrain", BODY, train).where == "unreadable"


class Telling(FakePipeline):
    """A pipeline that is as it is told to be."""

    def __init__(self, here: Rig, run: PipelineRun) -> None:
        super().__init__(here.world)
        self._run = run

    def status(self, key: str) -> PipelineRun:
        assert key
        return self._run


class TestFrozenInputs:
    def test_sound_ones_may_be_learned_from(self) -> None:
        ctx = context(plain())
        freeze, _ = planned(ctx, "retrain", BODY).actions

        found = read(ctx, "retrain", BODY, freeze)

        assert (found.where, found.detail) == ("reached", "the frozen inputs are as before")

    def test_broken_ones_are_never_learned_from(self) -> None:
        ctx = context(plain(nulls=True))
        body: Json = {"window": "20m", "mature_only": False}
        freeze, _ = planned(ctx, "retrain", body).actions

        found = read(ctx, "retrain", body, freeze)

        assert found.where == "failed"
        assert "the frozen inputs are not sound" in found.detail

    def test_inputs_that_cannot_be_checked_are_not_learned_from(self) -> None:
        here = plain()
        ctx = context(here)
        freeze, _ = planned(ctx, "retrain", BODY).actions
        here.world.look().broken["predictions"] = "the disk is gone"

        found = read(ctx, "retrain", BODY, freeze)

        assert found.where == "failed"
        assert "the inputs cannot be checked" in found.detail


class TestComparison:
    def conclude(self, ctx: StepContext, version: str) -> str | None:
        settled = ActionSettled(
            action=1, summary="train", outcome="ok", yields={"version": version}
        )
        found = verb("retrain")
        assert found.look is not None
        past = Past(n=1, data=None, started_at=ctx.now, actions=(settled,))
        concluded = found.look(ctx, found.body(BODY), past)
        return concluded.verdict

    @pytest.mark.parametrize(
        ("share", "verdict"), [(0.3, "fail"), (1.0, "pass"), (0.95, "inconclusive")]
    )
    def test_the_new_one_is_held_against_the_served_one(self, share: float, verdict: str) -> None:
        signals = SteadySignals(qualities={"1": Quality(0.0, share)})
        here = rig(signals=signals)

        assert self.conclude(context(here), "1") == verdict

    def test_what_cannot_be_asked_is_inconclusive(self) -> None:
        assert self.conclude(context(rig()), "9") == "inconclusive"
