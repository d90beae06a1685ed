"""Whether requests come as they did: their volume, and how fresh the newest record is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import inf
from typing import Final

from mlrespond.judgment.look import ALPHA
from mlrespond.judgment.proportion import score_interval, two_sided
from mlrespond.judgment.rate import Counts
from mlrespond.model.verdict import MetricVerdict, Reason
from mlrespond.model.word import VerdictWord

TWICE: Final = 2
TENFOLD: Final = 10
LEAST_REQUESTS: Final = 10
SKEW_S: Final = 60


def judge_volume(current_n: int, current_s: float, base_n: int, base_s: float) -> MetricVerdict:
    """Return whether requests come as they did: fail only if shown under a tenth or over tenfold.

    Takes requests and the seconds they came in. Between a tenth and tenfold it passes, with a
    warning under half and over twice: nights and campaigns do that. The ratio's interval is that
    of the current share of all requests given their sum (two Poisson counts; Przyborowski and
    Wilenski, Biometrika 31 (1940) 313). Traffic comes in bursts, so it is narrower than the truth;
    the limits are far enough apart for that.
    """
    verdict = MetricVerdict(
        name="volume",
        kind="input",
        verdict="inconclusive",
        reason="error",
        said="volume: no counts",
    )
    sound = Counts(0, current_n).possible and Counts(0, base_n).possible
    if not sound or not (0 < current_s < inf and 0 < base_s < inf):
        return verdict
    verdict = replace(verdict, current=current_n / current_s, n=current_n, n_base=base_n)
    if base_n == 0:
        return replace(verdict, reason="no_baseline", said="volume: no baseline")
    total = current_n + base_n
    ends = score_interval(current_n / total, total, two_sided(ALPHA))
    low, high = (share / (1 - share) * base_s / current_s for share in ends)
    ratio = current_n / current_s * base_s / base_n
    word, reason, why = _volume(ratio, low, high, few=min(current_n, base_n) < LEAST_REQUESTS)
    return replace(
        verdict,
        verdict=word,
        reason=reason,
        warn=reason == "worse_but_small",
        baseline=base_n / base_s,
        said=f"volume {current_n / current_s:.3g}/s against {base_n / base_s:.3g}/s "
        f"(x{ratio:.3g}, 95% interval x{low:.3g}..x{high:.3g}){why}",
    )


def _volume(ratio: float, low: float, high: float, *, few: bool) -> tuple[VerdictWord, Reason, str]:
    if high < 1 / TENFOLD:
        return "fail", "beyond_limit", ": no traffic"
    if low > TENFOLD:
        return "fail", "beyond_limit", ": a flood"
    if few or low < 1 / TENFOLD or high > TENFOLD:
        return "inconclusive", "too_few", ": too few to tell"
    if 1 / TWICE <= ratio <= TWICE:
        return "pass", "within_limit", ""
    return "pass", "worse_but_small", ""


def judge_freshness(newest: datetime | None, now: datetime, max_age_s: float) -> MetricVerdict:
    """Return whether the newest record is at most `max_age_s` seconds old.

    No test, a clock. Without a record, or with one from the future by more than a minute (some
    clock is wrong), it is inconclusive.
    """
    verdict = MetricVerdict(
        name="freshness",
        kind="input",
        verdict="inconclusive",
        reason="no_data",
        said="freshness: no records",
    )
    if newest is None:
        return verdict
    age_s = (now - newest).total_seconds()
    if age_s < -SKEW_S:
        said = f"freshness: the newest record is {-age_s:.0f} s ahead of the clock"
        return replace(verdict, reason="not_comparable", said=said)
    age_s = max(0.0, age_s)
    said = f"freshness: the newest record is {age_s:,.0f} s old (at most {max_age_s:,.0f})"
    verdict = replace(verdict, said=said, current=age_s, effect=age_s - max_age_s, n=1)
    if age_s > max_age_s:
        return replace(verdict, verdict="fail", reason="beyond_limit")
    return replace(verdict, verdict="pass", reason="within_limit")
