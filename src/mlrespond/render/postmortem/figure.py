"""How figures are written: shares in percent, values as they are, intervals with both ends."""

from __future__ import annotations

from mlrespond.model.reading import FeatureProfile
from mlrespond.usecases.postmortem.metric import Metric

_SHARES = frozenset({"ratio", "latency", "cost", "length", "judge", "golden", "input", "estimate"})
_DIGITS = 4


def amount(metric: Metric, key: str) -> str:
    """Return one figure of a verdict, or nothing where it has none."""
    found = metric.figures.get(key)
    if found is None:
        return ""
    if key in {"n", "n_base"}:
        return f"{found:,.0f}"
    return share_of(found) if metric.kind in _SHARES else f"{found:.{_DIGITS}g}"


def share_of(value: float) -> str:
    """Return a share from 0 to 1 in percent."""
    return f"{value * 100:.{_DIGITS}g}%"


def span_of(metric: Metric) -> str:
    """Return the interval of the difference, above 0 is worse."""
    if not {"low", "high"} <= set(metric.figures):
        return ""
    return f"{amount(metric, 'low')}..{amount(metric, 'high')}"


def middle(one: FeatureProfile) -> str:
    """Return what a profile says in a few words: median and quartiles, or the commonest values."""
    if one.type == "number":
        if one.median is None:
            return "no numbers"
        ends = (one.low_quartile, one.high_quartile)
        quartiles = "" if None in ends else f" ({ends[0]:.4g}..{ends[1]:.4g})"
        return f"{one.median:.4g}{quartiles}"
    common = sorted(one.categories.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    known = max(one.n - one.nulls, 1)
    return ", ".join(f"{name} {count / known:.0%}" for name, count in common) or "no values"
