"""`compare` and its baseline: resolved once an incident, never a suspect, done when decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.rig import Rig, definition, rig, seen
from tests.usecases.plain import ONSET, SERVICE, half, plain, released
from tests.verbs.seen import context, done, look

from mlrespond.judgment.split import split_mismatch
from mlrespond.model.incident_kind import BaselineResolved
from mlrespond.model.json import Json, dump, parse, record
from mlrespond.model.kinds import draft
from mlrespond.model.reading import Window
from mlrespond.model.service import Service
from mlrespond.model.service_kind import VersionQuarantined, VersionSuspected
from mlrespond.testing.clock import START
from mlrespond.testing.steady import SteadySignals
from mlrespond.verbs.baseline import Resolved, resolve
from mlrespond.verbs.interface import Again, StepContext
from mlrespond.verbs.measure import NoData


def bad() -> Rig:
    return plain(released(), bad=True)


def tell(here: Rig, body: object) -> Rig:
    said = draft("service:fraud-scorer", body, here.clock.now())  # type: ignore[arg-type]  # a body
    here.app.store.append([said])
    return here


def resolved(ctx: StepContext, against: str) -> Resolved:
    found = resolve(ctx, against, "3")
    assert isinstance(found, Resolved)
    return found


class TestBaseline:
    def test_before_release_is_the_version_before_and_its_last_hour(self) -> None:
        found = resolved(context(bad()), "before_release").baseline

        assert found.version == "2"
        assert found.until == START - timedelta(seconds=1900)
        assert found.until - found.since == timedelta(hours=1)
        assert found.why == "version 2, as served before the release"

    def test_without_a_release_it_is_the_time_before_the_onset(self) -> None:
        found = resolved(context(plain()), "before_release").baseline

        assert found.version is None
        assert found.until < ONSET
        assert found.why == "no release before the onset, so the time before it"

    def test_before_the_incident_leaves_out_a_guard(self) -> None:
        found = resolved(context(plain()), "before_incident").baseline

        assert ONSET - found.until == timedelta(minutes=5)

    def test_before_the_incident_ends_before_a_version_that_was_judged_bad(self) -> None:
        here = bad()
        seen(here.app, here.clock, -2400.0, "3")
        before = resolved(context(here), "before_incident").baseline
        tell(here, VersionSuspected(version="3", reason="rolled back"))

        found = resolved(context(here), "before_incident").baseline

        assert before.until == ONSET - timedelta(minutes=5)
        assert found.until <= START - timedelta(seconds=2400)
        assert found.until - found.since == timedelta(hours=1)

    def test_a_week_ago(self) -> None:
        found = resolved(context(plain()), "same_hour_last_week").baseline

        assert (found.since, found.until) == (
            ONSET - timedelta(days=7),
            START - timedelta(days=7),
        )

    def test_a_named_version_as_it_was_served_last(self) -> None:
        found = resolved(context(bad()), "2").baseline

        assert (found.version, found.why) == ("2", "version 2, as served last")

    def test_resolving_is_told_once_and_used_again_whatever_happens(self) -> None:
        here = bad()
        ctx = context(here)
        first = resolved(ctx, "before_release")
        assert isinstance(first.fact, BaselineResolved)

        known = replace(ctx.incident, baselines={"before_release": first.fact})
        later = replace(ctx, incident=known, now=ctx.now + timedelta(hours=5))
        again = resolved(later, "before_release")

        assert again.baseline == first.baseline
        assert again.fact is None

    @pytest.mark.parametrize("kind", [VersionSuspected, VersionQuarantined])
    @pytest.mark.parametrize("against", ["before_release", "2"])
    def test_a_version_that_was_judged_bad_is_never_a_baseline(
        self, kind: type[VersionSuspected | VersionQuarantined], against: str
    ) -> None:
        ctx = context(tell(bad(), kind(version="2", reason="it leaked")))

        found = resolve(ctx, against, "3")

        assert isinstance(found, NoData)

    def test_what_was_never_seen_is_no_baseline(self) -> None:
        found = resolve(context(bad()), "9", "3")

        assert isinstance(found, NoData)
        assert found.reason == "version 9 was never seen serving"

    def test_what_nobody_saw_is_told_by_the_log(self) -> None:
        found = resolve(context(rig(history=())), "before_release", "2")

        assert isinstance(found, Resolved)
        assert found.baseline.since < found.baseline.until < ONSET


METRICS: Json = {"against": "before_release", "metrics": ["error_ratio", "golden"]}


class TestLook:
    def test_a_worse_version_fails_and_says_by_how_much(self) -> None:
        found = done(context(bad()), "compare", METRICS)

        assert found.verdict == "fail"
        metrics = record(found.yields["metrics"])
        errors = record(metrics["error_ratio"])
        assert (errors["verdict"], errors["current"], errors["baseline"]) == ("fail", 0.2, 0.005)
        assert found.yields["worst"] in metrics
        assert found.yields["baseline_version"] == "2"

    def test_one_as_good_passes(self) -> None:
        found = done(context(plain(released())), "compare", METRICS)

        assert found.verdict == "pass"
        assert found.said.startswith("not worse than version 2")

    def test_the_baseline_is_a_fact_of_the_incident(self) -> None:
        found = done(context(bad()), "compare", METRICS)

        (fact,) = found.facts
        assert fact.line() == "baseline before_release: version 2, as served before the release"

    def test_looks_go_on_only_while_it_is_undecided(self) -> None:
        body: Json = {**dict(METRICS), "looks": {"every": "30s", "at_most": 3}}  # type: ignore[arg-type]  # a record
        here = plain(released())
        here.world.look().broken["metrics"] = "it is down"

        first = look(context(here), "compare", body)
        last = look(context(here), "compare", body, n=3)

        assert isinstance(first, Again)
        assert (first.wait_s, first.verdict) == (30.0, "inconclusive")
        assert first.said.startswith("look 1 of 3: error_ratio: metrics does not answer")
        assert not isinstance(last, Again)
        assert last.verdict == "inconclusive"
        assert done(context(bad()), "compare", body).verdict == "fail"

    def test_the_present_begins_at_the_same_moment_in_every_look(self) -> None:
        body: Json = {**dict(METRICS), "looks": {"every": "30s", "at_most": 3}}  # type: ignore[arg-type]  # a record
        here = plain(released())
        here.world.look().broken["metrics"] = "it is down"
        first = look(context(here), "compare", body)
        assert isinstance(first, Again)
        here.clock.advance(600)

        last = look(context(here), "compare", body, n=3, data=first.data)

        assert not isinstance(last, Again)
        assert last.yields["since"] == record(first.data)["since"]

    def test_a_look_leaves_what_the_next_one_needs_and_a_restart_reads_it_back(self) -> None:
        body: Json = {**dict(METRICS), "looks": {"every": "1s", "at_most": 40}}  # type: ignore[arg-type]  # a record
        here = plain(released())
        since = (START - timedelta(seconds=5)).isoformat()
        first = look(context(here), "compare", {**record(body), "since": since})
        assert isinstance(first, Again)
        here.clock.advance(1)

        plainly = look(context(here), "compare", body, n=2, data=first.data)
        restarted = look(context(here), "compare", body, n=2, data=parse(dump(first.data)))
        forgotten = look(context(here), "compare", body, n=2, data={"since": since})

        assert restarted == plainly
        assert isinstance(plainly, Again)
        assert isinstance(forgotten, Again)
        left = record(record(record(plainly.data)["watches"])["error_ratio"])
        assert left["information"] == 250.0
        assert left["gains"] == [[1, 250], [1, 50]]
        assert forgotten.data != plainly.data

    def test_what_is_still_needed_is_told_in_requests_and_in_time(self) -> None:
        since = (START - timedelta(seconds=2)).isoformat()
        body: Json = {"against": "before_release", "metrics": ["error_ratio"], "since": since}

        found = done(context(plain(released())), "compare", body)

        metric = record(record(found.yields["metrics"])["error_ratio"])
        assert metric["verdict"] == "inconclusive"
        assert metric["more_s"] == pytest.approx(float(str(metric["more_needed"])) / 50)
        assert "more needed, about" in found.said
        assert "at today's rate" in found.said

    def test_settling_time_is_left_out(self) -> None:
        since = START - timedelta(minutes=5)
        body: Json = {**dict(METRICS), "since": since.isoformat(), "settle": "1m"}  # type: ignore[arg-type]  # a record

        found = done(context(plain(released())), "compare", body)

        assert found.yields["since"] == "2026-11-22T02:56:00.000000Z"

    def test_no_data_is_inconclusive_never_a_pass(self) -> None:
        here = bad()
        here.world.look().broken |= {"metrics": "down", "eu-1": "gone", "us-1": "gone"}

        found = done(context(here), "compare", METRICS)

        assert found.verdict == "inconclusive"

    def test_an_objective_that_is_not_there_is_inconclusive(self) -> None:
        body: Json = {"against": "before_release", "metrics": ["happiness"]}

        found = done(context(bad()), "compare", body)

        assert found.verdict == "inconclusive"
        assert "has no objective `happiness`" in found.said

    def test_latency_and_inputs_and_cases(self) -> None:
        slow = context(plain(released(), slow=frozenset({"3"})))
        nulls = context(plain(nulls=True))
        body: Json = {"against": "before_incident", "inputs": "all"}

        assert done(slow, "compare", {**dict(METRICS), "metrics": ["latency_p99"]}).verdict == (  # type: ignore[arg-type]  # a record
            "fail"
        )
        assert done(nulls, "compare", body).verdict == "fail"
        assert done(context(plain()), "compare", body).verdict == "pass"
        golden: Json = {"against": "before_release", "cases": "golden"}
        assert done(context(bad()), "compare", golden).verdict == "fail"

    def test_one_part_against_the_others(self) -> None:
        ctx = context(plain(failing="eu-1"))
        body: Json = {
            "against": "others",
            "metrics": ["error_ratio"],
            "only": {"replica": ["eu-1"]},
        }

        assert done(ctx, "compare", body).verdict == "fail"

    def test_a_region_against_the_others(self) -> None:
        ctx = context(plain(failing="eu-1"))
        body: Json = {
            "against": "others",
            "metrics": ["error_ratio"],
            "cases": "golden",
            "only": {"region": ["eu"]},
        }

        metrics = record(done(ctx, "compare", body).yields["metrics"])

        assert record(metrics["error_ratio"])["verdict"] == "fail"
        assert record(metrics["golden"])["verdict"] == "pass"

    def test_golden_cases_are_asked_of_the_part_that_is_meant(self) -> None:
        here = plain(half(), bad=True)
        one: Json = {"against": "others", "cases": "golden", "only": {"replica": ["eu-1"]}}
        other: Json = {"against": "others", "cases": "golden", "only": {"replica": ["us-1"]}}

        found = [done(context(here), "compare", body).verdict for body in (one, other)]

        assert sorted(map(str, found)) == ["fail", "pass"]

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"metrics": ["valid"]}, "valid: predictions do not tell which replica answered"),
            ({"inputs": "all"}, "inputs: predictions do not tell which replica answered"),
            ({"inputs": ["amont"]}, "inputs: fraud-scorer has no feature `amont` (it has "),
            ({"metrics": ["untold"]}, "untold: its query has no `{{ replica }}`, so it is of all"),
        ],
    )
    def test_what_cannot_be_told_of_a_part_is_inconclusive(
        self, body: dict[str, Json], said: str
    ) -> None:
        untold: Json = {"kind": "ratio", "bad": "bad", "total": "all"}
        valid = record(SERVICE["objectives"])["valid"]
        service = definition(**{**SERVICE, "objectives": {"untold": untold, "valid": valid}})
        ctx = context(plain(released()), service=Service.model_validate(service))
        only: Json = {"replica": ["eu-1"]}

        found = done(ctx, "compare", {"against": "before_release", "only": only, **body})

        assert found.verdict == "inconclusive"
        assert said in found.said

    @pytest.mark.parametrize("only", [{"replica": ["eu-9"]}, {"region": ["mars"]}])
    def test_a_part_that_is_not_there_is_inconclusive(self, only: Json) -> None:
        found = done(context(plain()), "compare", {**dict(METRICS), "only": only})  # type: ignore[arg-type]  # a record

        assert found.verdict == "inconclusive"
        assert found.said.startswith("`only` names no replica of fraud-scorer (there are eu-1, ")

    def test_a_part_that_is_everything_leaves_no_others(self) -> None:
        body: Json = {
            "against": "others",
            "metrics": ["error_ratio"],
            "only": {"region": ["eu", "us"]},
        }

        found = done(context(plain()), "compare", body)

        assert found.verdict == "inconclusive"
        assert found.said == "`others` needs an `only` that leaves others"

    def test_a_named_subject_is_judged_though_it_is_not_served(self) -> None:
        ctx = context(plain(half(), bad=True))
        body: Json = {"against": "2", "metrics": ["golden"], "subject": "3"}

        assert done(ctx, "compare", body).verdict == "fail"

    def test_while_a_fallback_answers_only_what_counts_it_is_judged(self) -> None:
        here = plain()
        here.world.look().route = "rules-v1"

        found = done(context(here), "compare", {"against": "before_incident", "metrics": "all"})

        assert list(record(found.yields["metrics"])) == ["valid"]
        assert "valid" in record(SERVICE["objectives"])


class TestStoredBaselines:
    """Profiles kept by name, what a training told, and each part by itself."""

    def test_inputs_are_held_against_a_kept_profile(self) -> None:
        ctx = context(plain(nulls=True))
        window = Window(since=START - timedelta(days=30), until=START - timedelta(days=29))
        ctx.ports.profiles.keep("best", SteadySignals().profile(window, None))
        body: Json = {"against": "profile:best", "inputs": "all"}

        found = done(ctx, "compare", body)

        assert found.verdict == "fail"
        assert "the profile `best`" in str(found.yields["baseline"])

    @pytest.mark.parametrize(
        ("since_s", "said"),
        [(None, "no profile `best` is kept"), (-3600.0, "overlaps the incident")],
    )
    def test_a_profile_that_is_not_there_or_overlaps_is_refused(
        self, since_s: float | None, said: str
    ) -> None:
        ctx = context(plain())
        if since_s is not None:
            began = ONSET + timedelta(seconds=since_s)
            window = Window(since=began, until=ONSET + timedelta(seconds=60))
            ctx.ports.profiles.keep("best", SteadySignals().profile(window, None))

        found = done(ctx, "compare", {"against": "profile:best", "inputs": "all"})

        assert found.verdict == "inconclusive"
        assert said in found.said

    def test_ratios_are_held_against_what_the_training_told(self) -> None:
        here = bad()
        here.world.look().metrics = {"3": {"error_ratio": 0.005, "golden": 1.0}}
        body: Json = {"against": "training", "metrics": ["error_ratio", "golden"]}

        found = done(context(here), "compare", body)

        metrics = record(found.yields["metrics"])
        assert record(metrics["error_ratio"])["verdict"] == "fail"
        assert record(metrics["golden"])["verdict"] == "fail"
        assert found.yields["baseline"] == "version 3 as its training told"

    def test_a_training_that_told_nothing_is_inconclusive(self) -> None:
        found = done(
            context(plain()),
            "compare",
            {"against": "training", "metrics": ["error_ratio"], "inputs": "all"},
        )

        metrics = record(found.yields["metrics"])
        assert found.verdict == "inconclusive"
        assert "told no metric `error_ratio`" in str(record(metrics["error_ratio"])["said"])
        assert "no tag mlir.profile" in str(record(metrics["inputs"])["said"])

    def test_a_version_is_no_baseline_for_its_own_incident(self) -> None:
        found = resolve(context(bad()), "3", "3")

        assert isinstance(found, Resolved)
        assert found.baseline.until <= context(bad()).incident.onset

    def test_each_replica_by_itself(self) -> None:
        ctx = context(plain(failing="eu-1"))
        body: Json = {"against": "before_incident", "metrics": ["error_ratio"], "by": "replica"}

        metrics = record(done(ctx, "compare", body).yields["metrics"])

        told = {name: record(one)["verdict"] for name, one in metrics.items()}
        assert told == {"error_ratio[eu-1]": "fail", "error_ratio[us-1]": "pass"}

    def test_by_what_nobody_tells_is_inconclusive(self) -> None:
        ctx = context(plain())
        replicas = [
            replica.model_copy(update={"region": None}) for replica in ctx.service.serving.replicas
        ]
        serving = ctx.service.serving.model_copy(update={"replicas": replicas})
        ctx = replace(ctx, service=ctx.service.model_copy(update={"serving": serving}))
        body: Json = {"against": "before_incident", "metrics": "all", "by": "region"}

        found = done(ctx, "compare", body)

        assert found.verdict == "inconclusive"
        assert "tells of no region to judge by itself" in found.said

    def test_each_version_by_itself(self) -> None:
        here = plain(half(), bad=True)
        body: Json = {
            "against": "before_release",
            "metrics": ["error_ratio"],
            "inputs": "all",
            "by": "version",
        }

        metrics = record(done(context(here), "compare", body).yields["metrics"])

        assert record(metrics["error_ratio[3]"])["verdict"] == "fail"
        assert record(metrics["error_ratio[2]"])["verdict"] == "pass"
        assert "nulls:amount[3]" in metrics


def test_traffic_that_was_not_split_as_meant_is_not_comparable() -> None:
    assert split_mismatch(500, 1000, 0.5) == split_mismatch(80, 90, 0.5) == ""
    assert split_mismatch(10, 1000, 1.0) == ""
    assert split_mismatch(440, 1000, 0.5).startswith("440 of 1,000 requests came, where 50% of")
