"""What a good engineer would do first about each staged fault, and how it should end.

From the reference on failure modes, written before any decision was looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlrespond.lab.signal_faults import FAULTS, fault

MITIGATED = frozenset({"mitigated"})
PAGED = frozenset({"escalated"})


@dataclass(frozen=True, slots=True)
class Expected:
    """First moves by verb (None: no move at all), and the endings that tell the truth."""

    right: frozenset[str | None]
    forbidden: frozenset[str | None]
    endings: frozenset[str]
    why: str


def _due(
    right: set[str | None], forbidden: set[str | None], endings: frozenset[str], why: str
) -> Expected:
    return Expected(frozenset(right), frozenset(forbidden), endings, why)


_ONE_REPLICA = _due(
    {"restart", "drain"},
    {"retrain", "rollback"},
    MITIGATED,
    "one process fails, and nothing was released",
)
_ALL_REPLICAS = _due(
    {"escalate"}, {"retrain", "rollback"}, PAGED, "what all of them need fails, and it is not ours"
)

EXPECTED: Mapping[str, Expected] = {
    "bad-release": _due(
        {"rollback"}, {"retrain"}, MITIGATED, "the version before does well on the same inputs"
    ),
    "slow-release": _due({"rollback"}, {"retrain"}, MITIGATED, "it became slow with the release"),
    "null-surge": _due(
        {"switch"}, {"retrain", "rollback"}, MITIGATED, "the old version sees the same inputs"
    ),
    "unit-change": _due(
        {"switch"}, {"retrain", "rollback"}, MITIGATED, "the old version sees the same inputs"
    ),
    "stuck-replica": _due(
        {"activate", "drain"},
        {"retrain", "switch"},
        MITIGATED,
        "one version everywhere; a replica that cannot load it gets no requests",
    ),
    "serving-errors": _ONE_REPLICA,
    "registry-down": _due(
        {"hold"},
        {"rollback", "activate", "restart", "retrain"},
        PAGED | MITIGATED,
        "what is served goes on; a restart would lose it",
    ),
    "concept-drift": _due(
        {"retrain"}, {"rollback"}, MITIGATED, "every version is wrong about the new world"
    ),
    "nothing": _due({None}, set(), frozenset({"no_fault"}), "no change mends what is not broken"),
    "two-faults": _due(
        {"rollback", "switch"},
        {"retrain"},
        PAGED,
        "the first mend must not be taken for the whole",
    ),
    "slow-dependency": _due(
        {"escalate"}, {"rollback", "retrain"}, PAGED, "nothing was released, and all are as slow"
    ),
    "label-delay": _due(
        {"escalate", None},
        {"rollback", "retrain"},
        PAGED | {"no_fault"},
        "the labels that are missing would tell",
    ),
    "traffic-drop": _due(
        {"escalate"}, {"rollback", "retrain"}, PAGED, "the requests are lost before they reach us"
    ),
}
assert list(EXPECTED) == list(FAULTS)


def expected(name: str, seed: int) -> Expected:
    """Return what is due about a fault; errors everywhere are another case than on one replica."""
    if name == "serving-errors" and len(fault(name, seed).effects[0].errors) > 1:
        return _ALL_REPLICAS
    return EXPECTED[name]
