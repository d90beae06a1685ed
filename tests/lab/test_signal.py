"""Simulated signals: the same for the same seed, consistent, right on average, and quick."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from mlrespond.lab.signal import SimulatedSignals
from mlrespond.lab.signal_chance import drawn
from mlrespond.lab.signal_effect import Effect, Trait
from mlrespond.lab.signal_label import MATURE_S
from mlrespond.model.reading import LabelCounts, Profile, Route, Window
from mlrespond.testing.fake_signals import Signals

NOW = datetime(2026, 11, 25, 14, 3, 20, tzinfo=UTC)
BOTH = {"eu-1": "2", "us-1": "2"}
PLAIN = Trait(errors=0.02, invalid=0.01, accuracy=0.9)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def signals(
    seed: int = 1, *effects: Effect, now: datetime = NOW, phi: float = 1.3
) -> SimulatedSignals:
    traits = {"1": PLAIN, "2": PLAIN, "3": PLAIN}
    return SimulatedSignals(seed, lambda: now, BOTH, traits=traits, effects=effects, phi=phi)


def busy(seed: int = 1) -> SimulatedSignals:
    """Return signals of a service to which much has happened, never on the edge of a bucket."""
    found = signals(seed)
    found.observe(ago(903.7), {"eu-1": "3", "us-1": "2"})
    found.observe(ago(700.1), {"eu-1": "3", "us-1": "3"}, Route(to="primary", drained=("eu-1",)))
    found.observe(ago(412.3), {"eu-1": "3", "us-1": "3"}, Route(to="rules-v1", share=37))
    found.observe(ago(205.9), BOTH, Route(to="primary"), {"eu-1": 2, "us-1": 1})
    return found


def value(of: SimulatedSignals, query: str, at: datetime = NOW) -> float:
    return sum(sample.value for sample in of.instant(query, at))


def counted(profile: Profile) -> Counter[str]:
    """Return all counts of a profile that add up over parts of a window."""
    counts = Counter({"n": profile.n, **profile.by_version})
    for name, (true, said) in profile.flags.items():
        counts.update({name: true, f"{name} said": said})
    for one in profile.features:
        counts.update({f"{one.name} null": one.nulls, f"{one.name} n": one.n, **one.categories})
    return counts


def parts(since: float, until: float, cuts: int, seed: int) -> list[Window]:
    """Return a window cut into parts at random times, in seconds before now."""
    chance = drawn("cuts", seed)
    inner = sorted((chance.uniform(until, since) for _ in range(cuts)), reverse=True)
    times = [ago(one) for one in (since, *inner, until)]
    return [Window(since=one, until=other) for one, other in pairwise(times)]


def test_they_are_the_signals_that_the_fakes_take() -> None:
    accepted: Signals = signals()

    assert accepted.cases()


def test_the_same_seed_gives_the_same_signals_in_any_order_of_asking() -> None:
    one, other = busy(4), busy(4)
    window, wide = (Window(since=ago(seconds), until=ago(3)) for seconds in (333.3, 1500))

    first = one.profile(window, None), one.profile(wide, "3"), one.labels(wide, None)
    value(other, "latency|.*|.*|10m")
    turned = other.labels(wide, None), other.profile(wide, "3"), other.profile(window, None)

    assert first == (turned[2], turned[1], turned[0])
    assert busy(5).profile(window, None) != first[0]


def test_asking_later_does_not_change_the_past() -> None:
    at = [NOW]
    of = SimulatedSignals(3, lambda: at[0], BOTH)
    before = of.profile(Window(since=ago(300), until=NOW), None), of.instant("errors|2|.*|2m", NOW)

    at[0] += timedelta(seconds=47.3)
    of.observe(at[0], {"eu-1": "1", "us-1": "2"})
    at[0] += timedelta(seconds=100)

    after = of.profile(Window(since=ago(300), until=NOW), None), of.instant("errors|2|.*|2m", NOW)
    assert before == after


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("version", [None, "2", "3", "rules-v1"])
def test_profiles_of_parts_add_up_to_the_whole(seed: int, version: str | None) -> None:
    of = busy(seed)

    whole = counted(of.profile(Window(since=ago(1300.7), until=ago(11.1)), version))

    pieces = parts(1300.7, 11.1, 7, seed)
    assert sum((counted(of.profile(one, version)) for one in pieces), Counter()) == +whole


@pytest.mark.parametrize("seed", range(4))
def test_labels_of_parts_add_up_to_the_whole(seed: int) -> None:
    of = busy(seed)
    of = signals(seed) if seed % 2 else of

    def counts(found: LabelCounts) -> tuple[int, ...]:
        return found.predicted, found.mature, found.labelled, found.correct

    whole = counts(of.labels(Window(since=ago(4000), until=ago(600)), None))

    found = [counts(of.labels(one, None)) for one in parts(4000, 600, 6, seed)]
    assert tuple(map(sum, zip(*found, strict=True))) == whole


@pytest.mark.parametrize("seed", range(4))
def test_metrics_of_parts_add_up_to_the_whole(seed: int) -> None:
    of = busy(seed)
    chance = drawn("metrics", seed)
    cut = round(chance.uniform(100, 1100), 2)

    def found(query: str, at: datetime) -> Counter[str]:
        return Counter({str(one.labels): round(one.value) for one in of.instant(query, at)})

    for what in ("errors", "requests", "latency"):
        for version in (".*", "3"):
            asked = f"{what}|{version}|.*"
            late = found(f"{asked}|{cut}s", NOW)
            early = found(f"{asked}|{1200 - cut}s", ago(cut))
            assert found(f"{asked}|1200s", NOW) == late + early


def test_metrics_and_the_log_tell_the_same() -> None:
    of, window = signals(2), Window(since=ago(600), until=NOW)

    profile = of.profile(window, None)

    assert value(of, "requests|.*|.*|10m") == profile.n
    assert value(of, "errors|.*|.*|10m") == profile.n - profile.flags["ok"][0]
    assert of.instant("latency|.*|.*|10m", NOW)[-1].value == profile.n
    assert profile.score is not None
    assert profile.score.nulls == profile.n - profile.flags["valid"][0]


def test_histograms_are_cumulative() -> None:
    samples = signals().instant("latency|2|eu-1|5m", NOW)

    values = [one.value for one in samples]
    assert values == sorted(values)
    assert [one.labels["le"] for one in samples][-3:] == ["2.5", "5.0", "+Inf"]


def test_nothing_is_seen_of_the_time_to_come() -> None:
    of = signals()
    later = NOW + timedelta(seconds=60)

    profile = of.profile(Window(since=ago(60), until=later), None)

    assert profile.n == of.profile(Window(since=ago(60), until=NOW), None).n
    assert profile.newest is not None
    assert ago(1) < profile.newest < NOW
    assert of.profile(Window(since=NOW, until=later), None).n == 0
    assert value(of, "requests|.*|.*|60s", later) == value(of, "requests|.*|.*|60s")


def test_a_version_that_never_served_has_no_data_and_one_that_stopped_has_nought() -> None:
    of = signals()
    of.observe(ago(300), {"eu-1": "3", "us-1": "3"})

    assert of.instant("requests|9|.*|30s", NOW) == ()
    assert of.instant("latency|9|.*|30s", NOW) == ()
    assert [one.value for one in of.instant("requests|2|.*|30s", NOW)] == [0]
    assert of.instant("requests|3|.*|30s", ago(400)) == ()


def test_rows_are_those_of_the_version_that_served_at_that_moment() -> None:
    of = signals()
    of.observe(ago(61.3), {"eu-1": "3", "us-1": "2"})

    before = of.profile(Window(since=ago(120), until=ago(61.3)), None)
    after = of.profile(Window(since=ago(61.3), until=NOW), None)

    assert set(before.by_version) == {"2"}
    assert after.by_version["3"] / after.n == pytest.approx(0.5, abs=0.05)
    assert after.by_version["3"] == value(of, "requests|3|eu-1|2m")


def test_a_fallback_answers_its_share_and_shows_in_the_log_only() -> None:
    of = signals()
    of.observe(ago(300), BOTH, Route(to="rules-v1", share=25))

    profile = of.profile(Window(since=ago(300), until=NOW), None)

    assert profile.by_version["rules-v1"] / profile.n == pytest.approx(0.25, abs=0.02)
    assert value(of, "requests|.*|.*|5m") == profile.by_version["2"]


def test_a_drained_replica_gets_nothing() -> None:
    of = signals()
    of.observe(ago(60), BOTH, Route(to="primary", drained=("us-1",)))

    assert value(of, "requests|.*|us-1|1m") == 0
    assert value(of, "requests|.*|eu-1|1m") > 2000


@pytest.mark.parametrize("seed", range(5))
def test_about_fifty_requests_come_a_second_more_by_day_than_by_night(seed: int) -> None:
    rates = []
    of = signals(seed, now=datetime(2026, 11, 26, tzinfo=UTC))
    for hour in range(24):
        at = datetime(2026, 11, 25, hour, 2, tzinfo=UTC)
        rates.append(value(of, "requests|.*|.*|2m", at) / 120)

    assert statistics.fmean(rates) == pytest.approx(50, rel=0.06)
    assert 55 < statistics.fmean(rates[13:18]) < 75
    assert 25 < statistics.fmean(rates[1:6]) < 45


def share(of: SimulatedSignals, bad: Callable[[Profile], tuple[int, int]]) -> tuple[int, int]:
    return bad(of.profile(Window(since=ago(30), until=NOW), None))


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (lambda found: (found.n - found.flags["ok"][0], found.n), 0.02),
        (lambda found: (found.flags["valid"][1] - found.flags["valid"][0], found.n), 0.01 * 0.98),
    ],
    ids=["errors", "invalid"],
)
def test_shares_are_right_over_many_seeds(
    bad: Callable[[Profile], tuple[int, int]], expected: float
) -> None:
    found = [share(signals(seed, phi=1.0), bad) for seed in range(300)]

    total, rows = (sum(one) for one in zip(*found, strict=True))
    deviation = (rows * expected * (1 - expected)) ** 0.5
    assert abs(total - rows * expected) < 4 * 1.2 * deviation
    z2 = [(k - n * expected) ** 2 / (n * expected * (1 - expected)) for k, n in found]
    assert 0.75 < statistics.fmean(z2) < 1.8  # the true shares differ a little by time


@pytest.mark.parametrize(("phi", "low", "high"), [(1.3, 1.1, 2.6), (5.0, 3.5, 7.5)])
def test_errors_come_in_bursts_that_phi_sets(phi: float, low: float, high: float) -> None:
    expected = 0.02
    found = []
    for seed in range(120):
        of = signals(seed, phi=phi)
        found.append((value(of, "errors|.*|.*|60s"), value(of, "requests|.*|.*|60s")))

    z2 = [(k - n * expected) ** 2 / (n * expected * (1 - expected)) for k, n in found]
    assert low < statistics.fmean(z2) < high


def test_labels_confirm_as_many_decisions_as_the_version_is_accurate() -> None:
    found = [
        signals(seed).labels(Window(since=ago(4200), until=ago(3900)), "2") for seed in range(30)
    ]

    correct, labelled = (
        sum(one) for one in zip(*((x.correct, x.labelled) for x in found), strict=True)
    )
    # what is no probability counts as wrong
    assert correct / labelled == pytest.approx(0.9 * 0.99, abs=0.004)


def test_labels_come_late_and_nearly_all_of_them_by_maturity() -> None:
    of = signals()

    young = of.labels(Window(since=ago(MATURE_S), until=NOW), None)
    old = of.labels(Window(since=ago(MATURE_S + 310), until=ago(MATURE_S + 10)), None)
    across = of.labels(Window(since=ago(MATURE_S + 60), until=ago(MATURE_S - 60)), None)

    assert (young.mature, young.labelled) == (0, 0)
    assert young.predicted > 0
    assert old.mature == old.predicted
    assert 0.93 < old.labelled / old.mature < 0.99
    assert 0.4 < across.mature / across.predicted < 0.6


def test_a_version_trained_after_people_changed_is_as_good_as_before() -> None:
    of = signals(1, Effect(before_s=7200, harm=0.2, habits=True))
    of.observe(ago(5400), {"eu-1": "2", "us-1": "4"})
    window = Window(since=ago(5000), until=ago(2400))

    found = {version: of.labels(window, version) for version in ("2", "4")}

    accuracy = {name: one.correct / one.labelled for name, one in found.items()}
    assert accuracy["2"] == pytest.approx(0.7, abs=0.02)
    assert accuracy["4"] > 0.91


def test_a_fallback_does_not_mind_inputs_that_it_does_not_look_at() -> None:
    broken = Effect(before_s=7200, nulls={"amount": 0.5}, harm=0.3)
    of = signals(1, broken)
    of.observe(ago(5400), BOTH, Route(to="rules-v1", share=50))
    window = Window(since=ago(5000), until=ago(2400))

    found = {name: of.labels(window, name) for name in ("2", "rules-v1")}

    accuracy = {name: one.correct / one.labelled for name, one in found.items()}
    assert accuracy["2"] < 0.65
    assert 0.78 < accuracy["rules-v1"] < 0.9


def test_restarting_cures_a_bad_process_only() -> None:
    for cures in (True, False):
        of = signals(1, Effect(before_s=300, errors={"eu-1": 0.5}, restart_cures=cures))
        of.observe(ago(100), BOTH, starts={"eu-1": 2, "us-1": 1})
        before = value(of, "errors|.*|eu-1|100s", ago(100))
        after = value(of, "errors|.*|eu-1|100s")
        assert before > 500
        assert (after < 200) is cures


def test_golden_answers_never_change_and_fit_the_version() -> None:
    bad = Trait(
        errors=0.0,
        invalid=0.1,
        accuracy=0.6,
        wrong=frozenset(range(20)),
        void=frozenset(range(18, 24)),
    )
    of = SimulatedSignals(1, lambda: NOW, BOTH, traits={"3": bad})
    cases = of.cases()

    answers = [of.answer("3", dict(case.row)) for case in cases]

    assert len(cases) == 60
    right = [answer == case.expected for answer, case in zip(answers, cases, strict=True)]
    assert right == [False] * 24 + [True] * 36
    assert answers[18:24] == [None] * 6
    assert answers == [of.answer("3", case.row) for case in cases]


def test_other_rows_are_answered_too() -> None:
    of = signals()

    answers = Counter(str(of.answer("2", {"amount": at})) for at in range(400))

    assert set(answers) <= {"allow", "block", "None"}  # a request fails now and then
    assert answers["None"] < 20
    assert 200 < answers["allow"] < 360


def test_features_are_those_of_the_lab() -> None:
    profile = signals().profile(Window(since=ago(60), until=NOW), None)

    assert [one.name for one in profile.features] == [
        "amount",
        "country",
        "hour",
        "prior_orders",
        "account_age_days",
    ]
    assert {one.n for one in profile.features} == {profile.n}


def test_no_rows_are_a_profile_of_none() -> None:
    profile = signals().profile(Window(since=ago(60), until=NOW), "9")

    assert (profile.n, profile.newest, profile.by_version, profile.flags) == (0, None, {}, {})
