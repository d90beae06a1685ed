"""Each runbook of the library, from the onset to each ending that it can come to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests.rig import ANA, ROOT, SERVICE, Rig
from tests.usecases.people import Heard, Once
from tests.usecases.plain import half, plain, released, run

from mlrespond.engine.ledger import Ledger
from mlrespond.model.evaluate import holds
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import VersionQuarantined
from mlrespond.testing.world import World
from mlrespond.usecases.acts import ask_to_stop, incident_of
from mlrespond.usecases.context import read_ledger
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.runner import Ended

STARTER = ROOT / "src/mlrespond/render/starter/my-first.yaml"
LIBRARY = [*sorted((ROOT / "runbooks").glob("*.yaml")), STARTER]


def verbs(here: Rig) -> list[str]:
    return [one.split()[0] for one in here.effects() if not one.startswith("tag")]


def ledger(here: Rig) -> Ledger:
    return read_ledger(here.app, "fraud-scorer")[0]


class TestNoFault:
    @pytest.mark.parametrize(
        "runbook",
        [
            "bad-release",
            "first-look",
            "input-data-broken",
            "latency-regression",
            "partial-rollout",
            "registry-outage",
            "serving-errors",
            "stale-model-retrain",
        ],
    )
    def test_where_nothing_is_wrong_nothing_is_done(self, runbook: str) -> None:
        here = plain()

        driven = run(here, runbook, "all")

        assert here.ending() == "no_fault"
        assert here.effects() == []
        assert exit_code(driven) is ExitCode.DONE


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("ending", "pages"),
    [
        ("mitigated", False),
        ("no_fault", False),
        ("not_ours", False),
        ("escalated", False),
        ("stopped", False),
        ("denied", True),
        ("failed", True),
        ("not_mitigated", True),
        ("unknown", True),
    ],
)
def test_somebody_is_paged_at_the_end_only_if_nobody_knows(
    path: Path, ending: str, *, pages: bool
) -> None:
    written = yaml.safe_load(path.read_text())

    (final,) = written["finally"]

    assert "escalate" in final
    assert holds(final["when"], {"run": {"ending": ending}}) is pages


class TestBadRelease:
    def test_mitigated(self) -> None:
        here = plain(released(), bad=True)

        driven = run(here, "bad-release", "back")

        assert here.ending() == "mitigated"
        assert verbs(here) == ["want", "activate", "activate"]
        assert here.world.look().served == {"eu-1": "2", "us-1": "2"}
        assert ledger(here).quarantined.keys() == {"3"}
        assert exit_code(driven) is ExitCode.DONE

    def test_denied(self) -> None:
        here = plain(released(), bad=True)
        here.app = replace(here.app, approver=Once([("deny", ANA)]))

        driven = run(here, "bad-release")

        assert here.ending() == "denied"
        assert verbs(here) == ["page"]
        assert exit_code(driven) is ExitCode.FAILED

    def test_failed_when_no_version_is_fit(self) -> None:
        here = plain(released(), bad=True)
        bad = VersionQuarantined(version="2", reason="it was bad before")
        here.app.store.append([draft(f"service:{SERVICE}", bad, here.clock.now(), source="person")])

        run(here, "bad-release", "all")

        assert here.finished("back").data["reason"] == "no_target"
        assert here.ending() == "failed"
        assert verbs(here) == ["page"]

    def test_a_version_that_is_not_there_any_more_is_not_gone_back_to(self) -> None:
        here = plain(released(), bad=True)
        here.world.look().versions.remove("2")

        run(here, "bad-release", "all")

        assert here.ending() == "not_mitigated"
        assert verbs(here) == ["page"]

    def test_unknown_when_a_replica_does_not_follow(self) -> None:
        here = plain(released(), bad=True)
        here.world.look().stuck = ["us-1"]
        here.app = replace(here.app, approver=Once([("approve", ANA), ("stop", ANA)]))

        driven = run(here, "bad-release")

        assert here.outcome("back") == "unknown"
        assert here.ending() == "unknown"
        assert exit_code(driven) is ExitCode.UNKNOWN
        assert ledger(here).quarantined == {}

    def test_not_mitigated_when_it_does_not_stay_good(self) -> None:
        here = plain(released(), bad=True)

        def worse() -> None:
            here.world.look().served["us-1"] = "3"

        here.app = replace(here.app, progress=Heard("criterion_met", worse))

        run(here, "bad-release", "all")

        assert here.ending() == "not_mitigated"
        assert incident_of(here.app, "INC-0001").status == "open"
        assert verbs(here)[-1] == "page"

    def test_escalated_when_it_is_something_else(self) -> None:
        here = plain(nulls=True)

        run(here, "bad-release", "all")

        assert here.ending() == "escalated"
        assert verbs(here) == ["page"]

    def test_stopped_when_a_person_says_so(self) -> None:
        here = plain(released(), bad=True)
        stop = Heard("plan_made", lambda: ask_to_stop(here.app, "INC-0001", "not that"))
        here.app = replace(here.app, progress=stop)

        run(here, "bad-release", "all")

        assert here.ending() == "stopped"
        assert verbs(here) == [], "whoever stopped it knows: nobody is paged"

    def test_a_stale_plan_is_not_carried_out(self) -> None:
        here = plain(released(), bad=True)

        def moved() -> None:
            here.world.look().wanted = "1"

        here.app = replace(here.app, progress=Heard("question_asked", moved))

        driven = run(here, "bad-release", "all")

        assert here.finished("back").data["reason"] == "stale_plan"
        assert exit_code(driven) is ExitCode.STALE
        assert verbs(here) == ["page"]


class TestInputDataBroken:
    def test_mitigated_by_a_fallback_with_training_held_and_upstream_paged(self) -> None:
        here = plain(nulls=True)

        run(here, "input-data-broken", "all")

        assert here.ending() == "mitigated"
        assert verbs(here) == ["route", "page"]
        assert set(ledger(here).standing) == {"switch", "hold:training"}
        assert here.world.look().served == {"eu-1": "2", "us-1": "2"}

    def test_escalated_when_the_fallback_is_no_better(self) -> None:
        here = plain(nulls=True, invalid=True)

        run(here, "input-data-broken", "all")

        assert here.finished("answers").data["verdict"] == "fail"
        assert here.ending() == "escalated"

    def test_escalated_when_the_inputs_are_sound(self) -> None:
        here = plain(released(), bad=True)

        run(here, "input-data-broken", "all")

        assert here.ending() == "escalated"
        assert verbs(here) == ["page"]

    def test_escalated_when_there_is_no_such_fallback(self) -> None:
        here = plain(nulls=True)

        run(here, "input-data-broken", "all", fallback="nobody")

        assert here.finished("away").data["reason"] == "no_target"
        assert here.ending() == "escalated"


class TestLatencyRegression:
    def test_mitigated_by_leaving_the_slow_version(self) -> None:
        here = plain(released(), slow=frozenset({"3"}))

        run(here, "latency-regression", "all")

        assert here.ending() == "mitigated"
        assert verbs(here) == ["want", "activate", "activate"]

    def test_escalated_when_it_is_slow_without_a_release(self) -> None:
        here = plain(slow=frozenset({"2"}))

        run(here, "latency-regression", "all")

        assert here.ending() == "escalated"
        assert verbs(here) == ["page"]


class TestPartialRollout:
    def test_mitigated_by_going_forward(self) -> None:
        here = plain(half())

        run(here, "partial-rollout", "all")

        assert here.ending() == "mitigated"
        assert here.effects() == ["activate us-1 3"]

    def test_a_replica_that_does_not_come_along_is_restarted_then_drained(self) -> None:
        here = plain(half())
        here.world.look().stuck = ["us-1"]

        run(here, "partial-rollout", "all")

        assert verbs(here) == ["activate", "restart", "route", "page"]
        assert here.ending() == "mitigated"
        assert set(ledger(here).standing) == {"drain:us-1"}

    def test_a_wanted_version_that_is_bad_is_taken_back_not_forward(self) -> None:
        here = plain(half(), bad=True)

        run(here, "partial-rollout", "all")

        assert here.ending() == "mitigated"
        assert verbs(here) == ["want", "activate"]
        assert here.world.look().served == {"eu-1": "2", "us-1": "2"}


class TestServingErrors:
    def test_mitigated_by_restarting_the_one_replica(self) -> None:
        here = plain(failing="eu-1")

        run(here, "serving-errors", "all")

        assert here.ending() == "mitigated"
        assert here.effects() == ["restart eu-1"]

    def test_mitigated_by_a_rollback_when_a_release_fails_everywhere(self) -> None:
        here = plain(released(), bad=True)

        run(here, "serving-errors", "all")

        assert here.ending() == "mitigated"
        assert verbs(here) == ["want", "activate", "activate"]


class TestRegistryOutage:
    def test_mitigated_when_the_registry_is_back(self) -> None:
        here = plain(World(broken={"registry": "it is down"}))

        def back() -> None:
            here.world.look().broken.clear()

        here.app = replace(here.app, progress=Heard("action_sent", back))

        run(here, "registry-outage", "all")

        assert here.ending() == "mitigated"
        assert verbs(here) == ["page"]
        assert set(ledger(here).standing) == {"hold:deploy"}

    def test_escalated_when_it_stays_away(self) -> None:
        here = plain(World(broken={"registry": "it is down"}))

        run(here, "registry-outage", "all", within="5m")

        assert here.ending() == "escalated"
        assert here.world.look().served == {"eu-1": "2", "us-1": "2"}


class TestStaleModelRetrain:
    def test_mitigated_by_a_version_that_was_trained_and_promoted(self) -> None:
        here = plain(drifted=True)
        here.app = replace(here.app, approver=Once([("continue", ANA)]))

        run(here, "stale-model-retrain", "all")

        assert here.ending() == "mitigated"
        assert verbs(here) == ["freeze", "train", "want", "activate", "activate"]
        assert here.world.look().served == {"eu-1": "3", "us-1": "3"}

    def test_nothing_is_promoted_without_an_approval_of_its_own(self) -> None:
        here = plain(drifted=True)
        here.app = replace(here.app, approver=Once([("continue", ANA), ("deny", ANA)]))

        driven = run(here, "stale-model-retrain", "fresh")

        assert isinstance(driven, Ended)
        assert here.ending() == "denied"
        assert verbs(here) == ["freeze", "train", "page"]
        assert here.world.look().served == {"eu-1": "2", "us-1": "2"}

    def test_escalated_when_the_inputs_broke_instead(self) -> None:
        here = plain(nulls=True, drifted=True)

        run(here, "stale-model-retrain", "all")

        assert here.ending() == "escalated"
        assert verbs(here) == ["page"]


class TestFirstLook:
    @pytest.mark.parametrize(
        ("shows", "runbook", "does"),
        [
            ({"world": released(), "bad": True}, "release", ["want", "activate", "activate"]),
            ({"world": released(), "slow": frozenset({"3"})}, "slow", ["want", "activate"]),
            ({"nulls": True}, "inputs", ["route", "page"]),
            ({"world": half()}, "fleet", ["activate"]),
            ({"failing": "eu-1"}, "replica", ["restart"]),
        ],
    )
    def test_it_hands_over_to_the_runbook_that_fits(
        self, shows: dict[str, object], runbook: str, does: list[str]
    ) -> None:
        here = plain(**shows)  # type: ignore[arg-type]  # fields of the signals

        run(here, "first-look", "all")

        assert here.outcome(runbook) == "ok"
        assert verbs(here)[: len(does)] == does
