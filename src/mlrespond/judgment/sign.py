"""Signs: what findings show, do not show, or leave unknown; the words that failure modes are of.

Logic is Kleene's, of three values: what is not known stays so, and taking a finding away can make
a sign unknown, but never turn it round. Source: Kleene, Introduction to Metamathematics, §64.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlrespond.model.finding import Finding, FindingKind
from mlrespond.model.word import VerdictWord

PLAIN: Mapping[FindingKind, str] = {
    "registry": "registry_down",
    "mixed_versions": "mixed_versions",
    "wanted_not_served": "wanted_not_served",
    "unapproved": "unapproved",
    "replica_silent": "replica_silent",
    "release": "release",
    "started": "restarted",
    "error_ratio": "errors_up",
    "latency": "latency_up",
    "latency_easing": "latency_easing",
    "golden": "golden_down",
    "golden_previous": "golden_previous_down",
    "replay": "replay_worse",
    "replay_previous": "replay_previous_down",
    "validity": "validity_down",
    "volume": "volume_off",
    "nulls": "nulls_up",
    "out_of_range": "out_of_range",
    "unit": "unit_changed",
    "unseen": "unseen_categories",
    "mismatched": "wrong_types",
    "frozen": "values_frozen",
    "drift": "inputs_drifted",
    "clock": "clock_off",
    "freshness": "telemetry_stale",
    "quality": "quality_down",
    "quality_immature": "labels_immature",
    "quality_released": "released_quality_bad",
    "dependency": "dependency_down",
}
DERIVED: Mapping[str, tuple[str, tuple[FindingKind, ...]]] = {
    "errors_on_one": (
        "Some replicas fail more than the others, and not all fail more than before",
        ("error_ratio_replica",),
    ),
    "errors_everywhere": ("More requests fail, and not on one replica alone", ("error_ratio",)),
    "latency_on_one": (
        "Some replicas are slower than the others, and not all are slower than before",
        ("latency_replica",),
    ),
    "new_is_worse": (
        "Replicas that serve the wanted version do worse than those that do not",
        ("error_ratio_replica", "latency_replica"),
    ),
    "all_silent": ("No replica answers", ("replica_silent",)),
    "golden_previous_ok": (
        "The version before gets the golden cases right",
        ("golden_previous",),
    ),
    "previous_ok": (
        "The version before does well now, on golden cases or on recent inputs",
        ("golden_previous", "replay_previous"),
    ),
    "release_in_doubt": (
        "A version was released, and it was not seen to do well at first",
        ("release", "released"),
    ),
    "release_quality_in_doubt": (
        "A version was released, and labels do not show that it did well at first",
        ("release", "quality_released"),
    ),
}
TOLD: Mapping[str, str] = {
    "rate_limited": "A provider turns requests away",
    "upstream_changed": "What it builds on is another than before",
    "memory_high": "Processes take too much memory",
    "cost_up": "An answer costs too much",
    "cache_cold": "Caches do not have what is asked for",
    "features_old": "Features are too old",
    "artefact_bad": "A file that it reads is broken, or too large",
    "exposure_concentrated": "A few things are shown to nearly everybody",
    "clock_off": "A clock or a time zone is off",
}
INPUTS: tuple[str, ...] = (
    "nulls_up",
    "unit_changed",
    "out_of_range",
    "unseen_categories",
    "wrong_types",
)
HAPPENED: frozenset[FindingKind] = frozenset({"release", "released", "started", "latency_easing"})
CIRCUMSTANCES: frozenset[str] = frozenset(
    {
        "release",
        "release_in_doubt",
        "release_quality_in_doubt",
        "restarted",
        "latency_easing",
        "golden_previous_ok",
        "previous_ok",
    }
)
"""Signs that are no fault by themselves: alone they make no suspect."""
_RANK: Mapping[VerdictWord, int] = {"pass": 0, "inconclusive": 1, "fail": 2}
_NOT: Mapping[VerdictWord, VerdictWord] = {
    "pass": "fail",
    "fail": "pass",
    "inconclusive": "inconclusive",
}


def either(words: Iterable[VerdictWord]) -> VerdictWord:
    """Return whether at least one shows; of nothing, that none does."""
    return max(words, key=_RANK.__getitem__, default="pass")


def both(words: Iterable[VerdictWord]) -> VerdictWord:
    """Return whether all show; of nothing, that they do."""
    return min(words, key=_RANK.__getitem__, default="fail")


def negated(word: VerdictWord) -> VerdictWord:
    """Return whether it does not show."""
    return _NOT[word]


def signs(findings: Sequence[Finding]) -> Mapping[str, VerdictWord]:
    """Return each sign that was looked for: fail shows it, pass does not, else it is not known."""
    of: dict[FindingKind, list[VerdictWord]] = {}
    found: dict[str, VerdictWord] = {}
    for one in findings:
        of.setdefault(one.kind, []).append(one.verdict)
        sign = one.sign or PLAIN.get(one.kind)
        if sign is not None:
            found[sign] = either([found.get(sign, "pass"), one.verdict])

    def known(sign: str) -> VerdictWord:
        return found.get(sign, "inconclusive")

    errors_on_one = _on_one(of.get("error_ratio_replica"), of.get("error_ratio_own"))
    return {
        **found,
        "errors_on_one": errors_on_one,
        "errors_everywhere": both([known("errors_up"), negated(errors_on_one)]),
        "latency_on_one": _on_one(of.get("latency_replica"), of.get("latency_own")),
        "new_is_worse": _new_is_worse(findings),
        "all_silent": both(of["replica_silent"]) if "replica_silent" in of else "inconclusive",
        "golden_previous_ok": negated(known("golden_previous_down")),
        "previous_ok": either(
            [negated(known("golden_previous_down")), negated(known("replay_previous_down"))]
        ),
        "release_in_doubt": both([known("release"), _seen(of.get("released"))]),
        "release_quality_in_doubt": both([known("release"), known("released_quality_bad")]),
    }


def kinds_of(sign: str) -> tuple[FindingKind, ...]:
    """Return the kinds of finding that tell of a sign."""
    if sign in DERIVED:
        return DERIVED[sign][1]
    return tuple(kind for kind, plain in PLAIN.items() if plain == sign)


def known_signs() -> tuple[str, ...]:
    """Return every sign that the product's own checks, or an objective, may tell of."""
    return tuple(dict.fromkeys((*PLAIN.values(), *DERIVED, *TOLD)))


def _seen(words: Sequence[VerdictWord] | None) -> VerdictWord:
    return either(words) if words else "inconclusive"


def _on_one(each: Sequence[VerdictWord] | None, own: Sequence[VerdictWord] | None) -> VerdictWord:
    """Tell a fault of some replicas from one of all.

    Some do worse than the others at the same time, and at least one does as well as it did before.
    If all do worse than before, it is no fault of one; and else it is not known yet.
    """
    as_before = either([negated(one) for one in own]) if own else "inconclusive"
    return both([_seen(each), as_before])


def _new_is_worse(findings: Sequence[Finding]) -> VerdictWord:
    """Tell, while replicas differ, whether those that have the wanted version do worse."""
    told = [one for one in findings if one.kind == "replica_behind"]
    behind = {one.replica for one in told if one.verdict == "fail"}
    if not behind or any(one.verdict == "inconclusive" for one in told):
        return "inconclusive"
    new = [
        one.verdict
        for one in findings
        if one.kind in {"error_ratio_replica", "latency_replica"} and one.replica not in behind
    ]
    return either(new) if new else "inconclusive"
