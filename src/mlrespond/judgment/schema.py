"""Whether the columns are still there: a renamed one looks like nulls, and is mended otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mlrespond.model.reading import FeatureSpec, Profile
from mlrespond.model.verdict import MetricVerdict, Reason
from mlrespond.model.word import VerdictWord

_TOLD: Final = 5


def judge_schema(
    current: Profile, baseline: Profile, features: Mapping[str, FeatureSpec]
) -> Iterator[MetricVerdict]:
    """Yield a verdict on each feature's column, `schema:NAME`, where the present's are told.

    Exact: a column that was there and is not is a fail, and the verdict names the new ones. One
    that was not there before either is inconclusive: the service's definition may be wrong.
    """
    if not current.columns:
        return
    new = [one for one in current.columns if baseline.columns and one not in baseline.columns]
    for name in features:
        word, reason, said = _column(name, current, baseline, new)
        yield MetricVerdict(
            name=f"schema:{name}",
            kind="input",
            verdict=word,
            reason=reason,
            said=f"column `{name}` {said}",
            n=current.n,
            n_base=baseline.n,
            feature=name,
        )


def _column(
    name: str, current: Profile, baseline: Profile, new: list[str]
) -> tuple[VerdictWord, Reason, str]:
    if name in current.columns:
        return "pass", "within_limit", "is there"
    if baseline.columns and name not in baseline.columns:
        return "inconclusive", "not_comparable", "is in no row, of then or now"
    told = f"; new: {', '.join(new[:_TOLD])}" if new else ""
    return "fail", "beyond_limit", f"is gone{told}"
