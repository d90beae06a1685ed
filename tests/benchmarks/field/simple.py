"""Rules that need no diagnosis, to stand beside one: two that look at nothing, two at one thing.

Simple rules match or beat elaborate ones on older benchmarks of root causes, so they belong here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mlrespond.model.json import Record, number

RULES = ("always roll back", "always escalate", "most alerts", "largest shift")
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "rollback": ("error_ratio", "latency", "validity", "golden"),
    "switch": ("nulls", "unit", "unseen", "out_of_range", "mismatched", "frozen", "clock"),
    "retrain": ("quality", "drift", "score"),
    "restart": ("error_ratio_replica", "latency_replica", "replica_silent"),
    "escalate": ("volume", "freshness", "registry", "dependency", "objective"),
    "activate": ("mixed_versions", "wanted_not_served", "unapproved"),
}
_MOVE = {kind: move for move, kinds in _GROUPS.items() for kind in kinds}


def simple_moves(findings: Sequence[Record]) -> Mapping[str, str]:
    """Return the first move of each simple rule, of the same findings."""
    failed = [one for one in findings if one["verdict"] == "fail" and one["kind"] in _MOVE]
    counted = Counter(_MOVE[str(one["kind"])] for one in failed).most_common(1)
    largest = max(failed, key=_shift, default=None)
    return {
        "always roll back": "rollback",
        "always escalate": "escalate",
        "most alerts": counted[0][0] if counted else "none",
        "largest shift": _MOVE[str(largest["kind"])] if largest else "none",
    }


def _shift(one: Record) -> float:
    return abs(number(one.get("value")) or 0.0)
