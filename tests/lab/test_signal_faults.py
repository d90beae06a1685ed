"""Every fault shows its symptom and no other, and nothing shows none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from mlrespond.errors import UsageError
from mlrespond.lab.folder import REPLICAS
from mlrespond.lab.signal import SimulatedSignals
from mlrespond.lab.signal_faults import FAULTS, fault
from mlrespond.lab.signal_label import MATURE_S
from mlrespond.lab.signal_scenario import ALERTS
from mlrespond.lab.signal_stage import Stage, stage
from mlrespond.model.reading import Profile, Window

SEEDS = range(6)
MANY_SEEDS = range(6, 60)

ALWAYS = {
    "bad-release": set(),
    "slow-release": {"slow"},
    "null-surge": {"nulls"},
    "unit-change": {"amounts"},
    "stuck-replica": {"mixed"},
    "serving-errors": {"errors"},
    "registry-down": {"registry"},
    "concept-drift": {"labels"},
    "nothing": set(),
    "two-faults": {"nulls"},
    "slow-dependency": {"slow"},
    "label-delay": {"unlabelled"},
    "traffic-drop": {"traffic"},
}
AT_TIMES = {
    "bad-release": {"errors", "invalid", "golden"},
    "two-faults": {"errors", "invalid", "golden"},
    "label-delay": {"labels"},  # the few that come are the wrong ones
}


class Observed:
    """What a person with all signals would see five minutes later."""

    def __init__(self, staged: Stage) -> None:
        self.stage = staged
        self.now = staged.now
        self.signals: SimulatedSignals = staged.signals(lambda: self.now)
        self.now = staged.now + timedelta(minutes=5)

    def ago(self, seconds: float) -> datetime:
        return self.now - timedelta(seconds=seconds)

    def profile(self, since_s: float, until_s: float) -> Profile:
        return self.signals.profile(Window(since=self.ago(since_s), until=self.ago(until_s)), None)

    def symptoms(self) -> set[str]:
        return set(self._symptoms())

    def _symptoms(self) -> Iterator[str]:
        onset_s = min(self.stage.fault.onset_s, 3600) + 300
        now, before = self.profile(300, 0), self.profile(onset_s + 600, onset_s)
        for name in REPLICAS:
            if self._errors(name):
                yield "errors"
        if self._slow() > 0.05:
            yield "slow"
        true, said = now.flags["valid"]
        if said - true > surely_more(0.02, said):
            yield "invalid"
        for one, usual in zip(now.features, before.features, strict=True):
            if one.nulls > surely_more(0.1, one.n):
                yield "nulls"
            if one.name == "amount":
                assert one.median
                assert usual.median
                if not 1 / 3 < one.median / usual.median < 3:
                    yield "amounts"
        if now.n / 300 < 0.6 * before.n / 600:
            yield "traffic"
        yield from self._versions()
        yield from self._labels()
        if self.stage.broken:
            yield from self.stage.broken

    def _versions(self) -> Iterator[str]:
        served = set(self.stage.served.values())
        if len(served) > 1:
            yield "mixed"
        cases = self.signals.cases()
        for version in served:
            assert version
            right = sum(self.signals.answer(version, one.row) == one.expected for one in cases)
            if right / len(cases) < 0.95:
                yield "golden"

    def _labels(self) -> Iterator[str]:
        late, early = (
            self.signals.labels(Window(since=self.ago(since), until=self.ago(since - 600)), None)
            for since in (MATURE_S + 900, 9 * 3600)
        )
        if late.labelled < 0.8 * late.mature:
            yield "unlabelled"
        if late.labelled and early.correct / early.labelled - late.correct / late.labelled > 0.05:
            yield "labels"

    def _errors(self, replica: str) -> bool:
        failed, total = (
            self.signals.instant(f"{what}|.*|{replica}|5m", self.now)[0].value
            for what in ("errors", "requests")
        )
        return failed > surely_more(0.02, total)

    def _slow(self) -> float:
        samples = self.signals.instant("latency|.*|.*|5m", self.now)
        counts = {one.labels["le"]: one.value for one in samples}
        return 1 - counts["0.1"] / counts["+Inf"]


def surely_more(share: float, n: float) -> float:
    return float(n * share + 4 * (n * share) ** 0.5)


def check(name: str, seed: int) -> None:
    found = Observed(stage(name, seed)).symptoms()

    assert ALWAYS[name] <= found
    assert found <= ALWAYS[name] | AT_TIMES.get(name, set())
    if "bad-release" in fault(name, seed).truth:
        assert found & AT_TIMES["bad-release"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_shows_its_symptom_and_no_other(name: str, seed: int) -> None:
    check(name, seed)


@pytest.mark.long
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_shows_its_symptom_and_no_other_with_many_seeds(name: str) -> None:
    for seed in MANY_SEEDS:
        check(name, seed)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_drawn_within_its_ranges(name: str) -> None:
    for seed in range(200):
        found = fault(name, seed)

        assert found == fault(name, seed)
        assert 10 <= found.alert.before_s <= 90
        assert found.onset_s % 20 == 0
        assert found.onset_s - found.alert.before_s > 25
        assert found.alert.name in ALERTS
        befores = [one.before_s for one in found.moves]
        assert befores == sorted(befores, reverse=True)
        assert befores[-1] >= 0


@pytest.mark.parametrize("name", ["bad-release", "slow-release", "stuck-replica", "two-faults"])
def test_releases_are_minutes_old(name: str) -> None:
    for seed in range(100):
        found = fault(name, seed)

        assert found.versions == ("1", "2", "3")
        assert found.onset_s == max(x.before_s for x in found.moves if "3" in x.served.values())
        assert 40 <= found.onset_s <= 260
        assert found.moves[-1].wanted == "3"


@pytest.mark.parametrize(
    "name",
    [
        *("null-surge", "unit-change", "serving-errors", "registry-down", "concept-drift"),
        *("slow-dependency", "label-delay", "traffic-drop"),
    ],
)
def test_otherwise_nothing_was_released_for_an_hour_and_a_half(name: str) -> None:
    for seed in range(100):
        changes = [one for one in fault(name, seed).moves if one.wanted is not None]

        assert changes[-1].before_s > 90 * 60
        assert set(changes[-1].served.values()) == {"2"}


def test_seeds_mix_the_symptoms_of_bad_releases() -> None:
    found = {frozenset(Observed(stage("bad-release", seed)).symptoms()) for seed in range(40)}

    assert {frozenset({"golden"}), frozenset({"errors"})} <= found
    assert any({"golden", "errors"} <= one for one in found)
    assert any("invalid" in one for one in found)


def test_serving_errors_hit_one_replica_or_all_of_them() -> None:
    hit = {len(fault("serving-errors", seed).effects[0].errors) for seed in range(40)}

    assert hit == {1, len(REPLICAS)}


def test_a_harmless_release_comes_in_some_seeds_of_nothing() -> None:
    wanted = [fault("nothing", seed).moves[-1].wanted for seed in range(60)]

    assert 15 < wanted.count("3") < 45
    assert all(fault("nothing", seed).truth == () for seed in range(60))


def test_drift_is_gradual() -> None:
    seen = Observed(stage("concept-drift", 3))
    onset_s = seen.stage.fault.onset_s

    def accuracy(before_s: float) -> float:
        since = seen.stage.now - timedelta(seconds=before_s)
        window = Window(since=since, until=since + timedelta(minutes=10))
        counts = seen.signals.labels(window, None)
        return counts.correct / counts.labelled

    course = [accuracy(onset_s * part) for part in (1.1, 0.8, 0.6)] + [accuracy(MATURE_S + 660)]

    assert course == sorted(course, reverse=True)
    assert 0.06 < course[0] - course[-1] < 0.28


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        fault("sharks", 1)

    assert "bad-release" in refused.value.hint
