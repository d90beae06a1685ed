"""How often verdicts err, by simulation: the promises of statistics.md 2.4 and 3.2.

Seeds are fixed. Figures are printed (`pytest -s`); what is asserted are the bounds we promise.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from math import exp, log
from random import Random
from statistics import NormalDist

import pytest
from scipy.stats import binom

from mlrespond.judgment.histogram import Histogram
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.latency import judge_latency
from mlrespond.judgment.limit import judge_share_limit
from mlrespond.judgment.look import ALPHA, alpha_per_look
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.model.reading import FeatureProfile, FeatureSpec, Profile, Window
from mlrespond.model.verdict import MetricVerdict

LOOKS = 20
EACH = 200
WINDOW = Window(
    since=datetime(2026, 11, 22, 2, tzinfo=UTC), until=datetime(2026, 11, 22, 3, tzinfo=UTC)
)


@cache
def chances(n: int, p: float) -> list[float]:
    return [float(one) for one in binom.cdf(range(n + 1), n, p)]


def events(rng: Random, n: int, p: float) -> int:
    """Draw a binomial count by inversion (Random has none before Python 3.12)."""
    return min(n, bisect(chances(n, p), rng.random()))


def watched(
    rng: Random, p: float, baseline: Counts, margin: float | None, each: int = EACH
) -> list[MetricVerdict]:
    """Look 20 times at a share that grows by `each` requests a look."""
    alpha = alpha_per_look(ALPHA, LOOKS)
    seen = accumulate(events(rng, each, p) for _ in range(LOOKS))
    return [
        judge_rate("error_ratio", Counts(k, each * look), baseline, margin=margin, alpha=alpha)
        for look, k in enumerate(seen, 1)
    ]


def simulated(
    seed: int, times: int, p_base: float, delta: float, n_base: int, margin: float | None
) -> tuple[float, float, Counter[str]]:
    """Return how often any look fails and passes, and what stopping at the first verdict says."""
    rng = Random(seed)  # noqa: S311  # a simulation that repeats, no secret
    fails = passes = 0
    stopped: Counter[str] = Counter()
    for _ in range(times):
        baseline = Counts(events(rng, n_base, p_base), n_base)
        verdicts = [one.verdict for one in watched(rng, p_base + delta, baseline, margin)]
        fails += "fail" in verdicts
        passes += "pass" in verdicts
        stopped[next((one for one in verdicts if one != "inconclusive"), "inconclusive")] += 1
    print(  # noqa: T201  # the figures are what one runs this for
        f"\np {p_base} delta {delta:+.3f} base {n_base} margin {margin}: any look fails "
        f"{fails / times:.4f}, passes {passes / times:.4f}; stops as {dict(stopped)}"
    )
    return fails / times, passes / times, stopped


@pytest.mark.parametrize(
    ("p", "n_base", "margin"),
    [
        (0.002, 20_000, None),
        (0.01, 5000, 0.005),
        (0.02, 20_000, 0.02),
        (0.05, 500, 0.01),
        (0.2, 2000, 0.02),
        (0.5, 20_000, 0.01),
    ],
)
def test_twenty_looks_at_what_did_not_change_rarely_fail(
    p: float, n_base: int, margin: float | None
) -> None:
    fails, _, _ = simulated(1, 1000, p, 0.0, n_base, margin)

    assert fails <= 0.025


@pytest.mark.parametrize(
    ("p", "n_base", "margin"),
    [
        (0.005, 20_000, 0.005),
        (0.02, 20_000, 0.02),
        (0.02, 1000, 0.02),
        (0.05, 2000, 0.01),
        (0.2, 5000, 0.02),
    ],
)
def test_twenty_looks_at_what_is_worse_by_the_margin_rarely_pass(
    p: float, n_base: int, margin: float
) -> None:
    _, passes, _ = simulated(2, 1000, p, margin, n_base, margin)

    assert passes <= 0.025


@pytest.mark.parametrize(("p", "n_base"), [(0.005, 20_000), (0.05, 5000), (0.1, 1000)])
def test_the_default_margin_keeps_the_promise_too(p: float, n_base: int) -> None:
    """What is worse by half of the true share, or a point, is as good as never called as good."""
    _, passes, _ = simulated(3, 1000, p, max(0.01, p / 2), n_base, None)

    assert passes <= 0.025


def test_a_single_look_keeps_the_promise() -> None:
    rng = Random(4)  # noqa: S311  # a simulation that repeats, no secret
    wrong: Counter[str] = Counter()
    for _ in range(6000):
        baseline = Counts(events(rng, 3000, 0.02), 3000)
        for delta, verdict in ((0.0, "fail"), (0.02, "pass")):
            current = Counts(events(rng, 1000, 0.02 + delta), 1000)
            found = judge_rate("error_ratio", current, baseline, margin=0.02, alpha=ALPHA)
            wrong[verdict] += found.verdict == verdict

    print(f"\nsingle look: {dict(wrong)} of 6000")  # noqa: T201  # see above
    assert wrong["fail"] / 6000 <= 0.025
    assert wrong["pass"] / 6000 <= 0.03


def test_a_limit_that_is_just_kept_is_rarely_called_broken_or_shown_to_be_kept() -> None:
    """The share is the limit itself: 20 looks, so either verdict is an error."""
    rng = Random(9)  # noqa: S311  # a simulation that repeats, no secret
    wrong: Counter[str] = Counter()
    alpha = alpha_per_look(ALPHA, LOOKS)
    for _ in range(1000):
        seen = accumulate(events(rng, 50, 0.01) for _ in range(LOOKS))
        found = {
            judge_share_limit(
                "errors",
                Counts(k, 50 * look),
                max_share=0.01,
                min_share=None,
                alpha=alpha,
                kind="ratio",
            ).verdict
            for look, k in enumerate(seen, 1)
        }
        wrong.update(found - {"inconclusive"})

    print(f"\nlimit: {dict(wrong)} of 1000")  # noqa: T201  # see above
    assert wrong["fail"] / 1000 <= 0.025
    assert wrong["pass"] / 1000 <= 0.025


def test_what_recovered_is_seen_and_what_did_not_is_not() -> None:
    """p 0.02, margin 0.02, 20 looks at 200 requests: the table of statistics.md 2.4."""
    recovered = simulated(5, 200, 0.02, 0.0, 20_000, 0.02)[2]
    twice = simulated(6, 200, 0.02, 0.04, 20_000, 0.02)[2]

    assert recovered["pass"] >= 180
    assert twice["fail"] >= 180
    assert recovered["fail"] + twice["pass"] <= 5


def test_latency_that_did_not_change_rarely_fails_and_twice_the_slow_ones_rarely_pass() -> None:
    rng = Random(7)  # noqa: S311  # a simulation that repeats, no secret
    wrong: Counter[str] = Counter()
    for _ in range(500):
        baseline = buckets(rng, 20_000, 0.01)
        for slow, verdict in ((0.01, "fail"), (0.02, "pass")):
            found = judge_latency(
                "latency_p99",
                buckets(rng, 4000, slow),
                baseline,
                quantile=0.99,
                margin=None,
                alpha=ALPHA,
                max_s=None,
            )
            wrong[verdict] += found.verdict == verdict

    print(f"\nlatency: {dict(wrong)} of 500")  # noqa: T201  # see above
    assert wrong["fail"] / 500 <= 0.025
    assert wrong["pass"] / 500 <= 0.025


def buckets(rng: Random, n: int, slow: float) -> Histogram:
    k = events(rng, n, slow)
    return ((0.1, (n - k) // 2), (0.25, n - k - (n - k) // 2), (0.5, k), (float("inf"), 0))


Quantiles = Callable[[float], float]
NUMBERS: dict[str, tuple[Quantiles, float, float]] = {
    "normal": (NormalDist(50, 10).inv_cdf, 0.0, 0.001),
    "centred": (NormalDist().inv_cdf, 0.02, 0.01),
    "uniform": (lambda u: u, 0.3, 0.05),
    "exponential": (lambda u: -20 * log(1 - u), 0.05, 0.0),
    "amount": (lambda u: exp(3 + NormalDist().inv_cdf(u)), 0.001, 0.02),
    "heavy": (lambda u: exp(3 + 2 * NormalDist().inv_cdf(u)), 0.0, 0.2),
    "years": (lambda u: float(18 + int(72 * u)), 0.1, 0.0),
    "degrees": (NormalDist(15, 8).inv_cdf, 0.01, 0.002),
    "count": (lambda u: float(int(-2 * log(1 - u))), 0.0, 0.01),
    "zeros": (lambda u: 0.0 if u < 0.6 else exp(NormalDist().inv_cdf((u - 0.6) / 0.4)), 0.02, 0.0),
    "constant": (lambda _: 7.0, 0.0, 0.0),
    "half_null": (NormalDist(100, 30).inv_cdf, 0.5, 0.01),
    "share": (lambda u: u * u, 0.005, 0.1),
    "score": (lambda u: u**0.2, 0.0, 0.0),
}
WORDS = {
    "two": [1.0, 1.0],
    "few": [0.5, 0.3, 0.15, 0.05],
    "rare": [0.97, 0.02, 0.007, 0.003],
    "fifty": [1 / rank for rank in range(1, 51)],
    "many": [1.0] * 300,
    "tail": [1 / rank for rank in range(1, 1001)],
}
SPECS = {
    **{name: FeatureSpec(type="number", min=0) for name in NUMBERS},
    **{name: FeatureSpec(type="category") for name in WORDS},
}


def quartiles(rng: Random, n: int) -> list[float]:
    """Draw the three sample quartiles of n uniform numbers, exactly: spacings are gamma."""
    ranks = [round(n * share) for share in (0.25, 0.5, 0.75)]
    steps = [high - low for low, high in zip([0, *ranks], [*ranks, n + 1], strict=True)]
    sums = list(accumulate(rng.gammavariate(step, 1) for step in steps))
    return [one / sums[-1] for one in sums[:3]]


def numbers(rng: Random, name: str, n: int) -> FeatureProfile:
    quantile, nulls, outside = NUMBERS[name]
    null = events(rng, n, nulls)
    low, median, high = (quantile(u) for u in quartiles(rng, n - null))
    return FeatureProfile(
        name=name,
        type="number",
        n=n,
        nulls=null,
        out_of_range=events(rng, n - null, outside),
        mismatched=0,
        low_quartile=low,
        median=median,
        high_quartile=high,
        distinct={"count": 12, "constant": 1}.get(name, n),
    )


def categories(rng: Random, name: str, n: int) -> FeatureProfile:
    weights = WORDS[name]
    drawn = Counter(rng.choices([str(one) for one in range(len(weights))], weights, k=n))
    return FeatureProfile(name=name, type="category", n=n, categories=drawn, distinct=len(drawn))


def profile(rng: Random, n: int) -> Profile:
    features = (
        *(numbers(rng, name, n) for name in NUMBERS),
        *(categories(rng, name, n) for name in WORDS),
    )
    return Profile(window=WINDOW, n=n, features=features)


@pytest.mark.parametrize(
    ("n", "n_base", "times"),
    [(50, 50, 500), (50, 5000, 150), (500, 500, 300), (500, 5000, 150), (5000, 5000, 80)],
)
def test_twenty_unchanged_features_rarely_raise_any_alarm(n: int, n_base: int, times: int) -> None:
    assert len(SPECS) == 20
    rng = Random(n + n_base)  # noqa: S311  # a simulation that repeats, no secret

    alarms: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for _ in range(times):
        found = judge_inputs(profile(rng, n), profile(rng, n_base), SPECS, ALPHA)
        alarms["any"] += any(one.verdict == "fail" for one in found)
        alarms.update(one.name for one in found if one.verdict == "fail")
        verdicts.update(one.verdict for one in found)

    print(f"\n{n} against {n_base}: {dict(alarms)} of {times}; {dict(verdicts)}")  # noqa: T201  # see above
    assert alarms["any"] / times <= 0.05
