"""A fault on stage: a harness finds all that it needs, as plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from mlrespond.errors import UnreachableError
from mlrespond.lab.signal_faults import FAULTS
from mlrespond.lab.signal_service import OBJECTIVES, PREDICTIONS
from mlrespond.lab.signal_stage import Stage, stage
from mlrespond.model.json import items, record
from mlrespond.model.reading import Route, Window
from mlrespond.model.service import Predictions, Service
from mlrespond.ports.service import ServicePorts
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.fakes import fake_ports
from mlrespond.testing.world import World, WorldHolder


def play(staged: Stage) -> tuple[ServicePorts, WorldHolder, FixedClock]:
    """Set up a stage as a harness does."""
    clock = FixedClock(staged.now)
    world = World(
        wanted=staged.wanted,
        versions=staged.versions,
        served=staged.served,
        starts=staged.starts,
        broken=staged.broken,
        stuck=staged.stuck,
    )
    holder, signals = WorldHolder(world), staged.signals(clock.now)

    def observe(_: str) -> None:
        now = holder.look()
        route = Route(to=now.route, share=now.share, drained=tuple(now.drained))
        signals.observe(clock.now(), now.served, route, now.starts)

    holder.after = observe
    return fake_ports(holder, signals, clock), holder, clock


@pytest.mark.parametrize("name", FAULTS)
def test_a_stage_fills_a_world(name: str) -> None:
    staged = stage(name, 1)
    ports, _, clock = play(staged)

    served = {one: ports.serving.served(one).version for one in staged.served}

    assert served == staged.served
    assert staged.alert_labels["alertname"] == staged.alert.name
    assert staged.alert_labels["service"] == "fraud-scorer"
    assert staged.looks[-1].served == staged.served
    assert ports.metrics.instant("requests|.*|.*|30s", clock.now())[0].value > 0


def test_the_same_seed_gives_the_same_stage() -> None:
    assert stage("bad-release", 7) == stage("bad-release", 7) != stage("bad-release", 8)


def test_stages_are_at_all_hours() -> None:
    hours = {stage("nothing", seed).now.hour for seed in range(150)}

    assert len(hours) > 20


def test_rolling_back_ends_a_bad_release() -> None:
    staged = next(one for one in (stage("bad-release", seed) for seed in range(50)) if _fails(one))
    ports, _, clock = play(staged)
    clock.advance(60)
    began = clock.now()
    for replica in staged.served:
        ports.serving.activate(replica, "2")
    clock.advance(120)

    def errors(seconds: int, at: datetime) -> float:
        return ports.metrics.instant(f"errors|.*|.*|{seconds}s", at)[0].value

    assert errors(30, began) > 30
    assert errors(120, clock.now()) < errors(30, began)
    profile = ports.predictions.profile(Window(since=began, until=clock.now()))
    assert set(profile.by_version) == {"2"}


def _fails(staged: Stage) -> bool:
    return "fails" in staged.fault.did


def test_a_restart_is_seen() -> None:
    found = (stage("serving-errors", seed) for seed in range(50))
    staged = next(one for one in found if one.fault.effects[0].restart_cures)
    ports, _, clock = play(staged)
    (replica,) = staged.fault.effects[0].errors
    before = ports.metrics.instant(f"errors|.*|{replica}|20s", clock.now())[0].value

    ports.hooks.restart(replica)
    clock.advance(60)

    after = ports.metrics.instant(f"errors|.*|{replica}|20s", clock.now())[0].value
    assert after < before / 2


def test_looks_are_what_a_watcher_notes_changes_and_a_quarter_of_an_hour() -> None:
    staged = stage("slow-release", 2)

    befores = [look.before_s for look in staged.looks]
    recent = [one for one in befores if one < 6 * 3600]
    assert befores == sorted(befores, reverse=True)
    assert all(a - b < 901 for a, b in pairwise(recent))
    seen = next(one for one in staged.looks if "3" in one.served.values())
    assert staged.fault.onset_s - 60 <= seen.before_s <= staged.fault.onset_s


def test_a_version_that_served_before_is_in_the_looks() -> None:
    for seed in range(20):
        assert {look.wanted for look in stage("bad-release", seed).looks} >= {"2", "3"}
        assert stage("null-surge", seed).looks[0].wanted == "1"


def test_a_registry_that_is_down_is_not_seen_but_keeps_its_wish() -> None:
    staged = stage("registry-down", 4)
    ports, _, _ = play(staged)

    with pytest.raises(UnreachableError):
        ports.registry.wanted()

    assert staged.wanted == "2"
    assert staged.looks[0].wanted is not None
    assert staged.looks[-1].wanted is None


def test_the_alert_began_after_the_fault_and_before_now() -> None:
    staged = stage("unit-change", 3)
    now = datetime(2026, 12, 1, tzinfo=UTC)

    (fired,) = items(record(staged.webhook(now))["alerts"])

    starts = datetime.fromisoformat(str(record(fired)["startsAt"]))
    assert timedelta(0) < now - starts < timedelta(seconds=staged.fault.onset_s)


def test_the_definition_is_one_that_a_team_could_write() -> None:
    service = Service.model_validate(
        {
            "owner": "fraud-ml",
            "serving": {"kind": "fake", "model": "fraud-scorer"},
            "metrics": {"kind": "fake"},
            "golden": {"path": "golden.jsonl"},
            "objectives": OBJECTIVES,
            "predictions": PREDICTIONS,
        }
    )

    assert isinstance(service.predictions, Predictions)
    profile = stage("nothing", 1)
    names = [
        one.name
        for one in profile.signals(lambda: profile.now)
        .profile(Window(since=profile.now - timedelta(seconds=10), until=profile.now), None)
        .features
    ]
    assert list(service.predictions.features) == names
