"""From findings to suspects: each mode with its evidence for and against, and a top one, or none.

Nothing is weighted: a mode is likely when its signs show, nothing that rules it out shows, and
nothing that must be normal is unknown. So a person can read back why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from mlrespond.judgment.mode import INPUTS, MODES, Mode, Signal
from mlrespond.model.finding import Change, Diagnosis, Finding, FindingKind, Suspect
from mlrespond.model.word import VerdictWord

_SIGNALS: Mapping[FindingKind, Signal] = {
    "registry": "registry_down",
    "mixed_versions": "mixed_versions",
    "wanted_not_served": "wanted_not_served",
    "replica_silent": "replica_silent",
    "release": "release",
    "error_ratio": "errors_up",
    "latency": "latency_up",
    "golden": "golden_down",
    "golden_previous": "golden_previous_down",
    "validity": "validity_down",
    "volume": "volume_off",
    "nulls": "nulls_up",
    "out_of_range": "out_of_range",
    "unit": "unit_changed",
    "unseen": "unseen_categories",
    "mismatched": "wrong_types",
    "freshness": "inputs_stale",
    "quality": "quality_down",
    "quality_immature": "labels_immature",
    "dependency": "dependency_down",
}
_SOURCES: Mapping[Signal, FindingKind] = {
    **{signal: kind for kind, signal in _SIGNALS.items()},
    "errors_on_one": "error_ratio_replica",
    "errors_everywhere": "error_ratio",
    "latency_on_one": "latency_replica",
    "new_is_worse": "error_ratio_replica",
    "all_silent": "replica_silent",
}
VITAL: frozenset[FindingKind] = frozenset(
    {"registry", "mixed_versions", "error_ratio", "latency", "golden", "validity", "nulls"}
)
_TOLD = 3
_RANK: Mapping[VerdictWord, int] = {"pass": 0, "inconclusive": 1, "fail": 2}


def signals(findings: Sequence[Finding]) -> Mapping[Signal, VerdictWord]:
    """Return each signal that was looked for: fail shows it, inconclusive is unknown."""
    found: dict[Signal, VerdictWord] = {}
    for finding in findings:
        signal = _SIGNALS.get(finding.kind)
        if signal is not None:
            found[signal] = _worse(found.get(signal), finding.verdict)
    found |= _fleet(findings, "error_ratio", "errors_on_one", "errors_everywhere")
    found |= _fleet(findings, "latency", "latency_on_one", None)
    found |= _new_is_worse(findings)
    found |= _release_in_doubt(findings)
    if "nulls_up" in found:  # inputs were looked at: what none of them can show is not unknown
        found = {**dict.fromkeys(INPUTS, "pass"), **found}
    previous = found.get("golden_previous_down")
    if previous is not None:
        opposite: Mapping[VerdictWord, VerdictWord] = {"pass": "fail", "fail": "pass"}
        found["golden_previous_ok"] = opposite.get(previous, "inconclusive")
    silent = [one for one in findings if one.kind == "replica_silent"]
    if silent:
        every = all(one.verdict == "fail" for one in silent)
        found["all_silent"] = "fail" if every else "pass"
    return found


def _worse(one: VerdictWord | None, other: VerdictWord) -> VerdictWord:
    return other if one is None or _RANK[other] > _RANK[one] else one


def _fleet(
    findings: Sequence[Finding], kind: FindingKind, on_one: Signal, everywhere: Signal | None
) -> dict[Signal, VerdictWord]:
    """Tell a fault of some replicas from one of all.

    Some do worse than the others at the same time, and at least one does as well as it did before.
    If all do worse than before, it is no fault of one; and else it is not known yet.
    """
    whole = [one.verdict for one in findings if one.kind == kind and one.replica is None]
    each = {one.verdict for one in findings if one.kind == f"{kind}_replica"}
    own = {one.verdict for one in findings if one.kind == f"{kind}_own"}
    total: VerdictWord = whole[0] if whole else "inconclusive"
    found: tuple[VerdictWord, VerdictWord] = ("pass", total)
    if "fail" in each and (not own or "pass" in own):
        found = ("fail", "pass")
    elif "fail" in each and own != {"fail"}:
        found = ("inconclusive", "inconclusive")
    return {on_one: found[0], **({everywhere: found[1]} if everywhere else {})}


def _new_is_worse(findings: Sequence[Finding]) -> dict[Signal, VerdictWord]:
    """Tell, while replicas differ, whether those that have the wanted version do worse."""
    behind = {one.replica for one in findings if one.kind == "replica_behind"}
    if not behind:
        return {}
    new = [
        one.verdict
        for one in findings
        if one.kind in {"error_ratio_replica", "latency_replica"} and one.replica not in behind
    ]
    return {"new_is_worse": "fail" if "fail" in new else "pass"}


def _release_in_doubt(findings: Sequence[Finding]) -> dict[Signal, VerdictWord]:
    """Tell whether a release may be to blame: not if labels show that it did well at first."""
    released = [one.verdict for one in findings if one.kind == "release"]
    if not released:
        return {}
    did_well = any(one.kind == "quality_released" and one.verdict == "pass" for one in findings)
    return {"release_in_doubt": "pass" if did_well else released[0]}


def diagnose(
    findings: Sequence[Finding],
    changes: Sequence[Change],
    onset: datetime,
    modes: Sequence[Mode] = MODES,
    vital: frozenset[FindingKind] | None = VITAL,
) -> Diagnosis:
    """Return the suspects, likely ones first, and the verdict over all of them.

    `fail` names a top suspect, or that one of a few chosen checks failed; `pass` means that
    nothing is wrong and that every `vital` finding (None: every one) is known; else it is
    inconclusive, and abstains.
    """
    known = signals(findings)
    suspects = [_suspect(mode, known, findings) for mode in modes]
    likely = [one for one in suspects if one.likely]
    shown = likely + [one for one in suspects if not one.likely and one.evidence]
    verdict, said = _verdict(likely, findings, vital)
    return Diagnosis(
        verdict=verdict,
        top=likely[0].mode if likely else None,
        suspects=tuple(shown),
        findings=tuple(findings),
        changes=tuple(changes),
        onset=onset,
        said=said,
    )


def _suspect(
    mode: Mode, known: Mapping[Signal, VerdictWord], findings: Sequence[Finding]
) -> Suspect:
    signs = sorted((*mode.every, *mode.any_of), key=lambda one: one == "release")
    shows = [one for one in signs if known.get(one) == "fail"]
    missing = [one for one in mode.every if known.get(one) != "fail"]
    if mode.any_of and not any(known.get(one) == "fail" for one in mode.any_of):
        missing.append(mode.any_of[0])
    unsure = [one for one in mode.normal if known.get(one, "inconclusive") != "pass"]
    against = [one for one in mode.none_of if known.get(one) == "fail"]
    return Suspect(
        mode=mode.name,
        title=mode.title,
        likely=not missing and not against and not unsure,
        move=mode.move,
        evidence=tuple(_told(one, findings) for one in shows),
        against=tuple(_told(one, findings) for one in against),
        missing=tuple(_word(one) for one in (*missing, *unsure)),
    )


def _told(signal: Signal, findings: Sequence[Finding]) -> str:
    kind = _SOURCES.get(signal)
    shown = (one.said for one in findings if one.verdict == "fail" and one.kind == kind)
    return next(shown, _word(signal))


def _word(signal: Signal) -> str:
    return signal.replace("_", " ")


def _verdict(
    likely: Sequence[Suspect], findings: Sequence[Finding], vital: frozenset[FindingKind] | None
) -> tuple[VerdictWord, str]:
    if likely:
        return "fail", f"{likely[0].title}: {likely[0].evidence[0]}"
    failed = [one for one in findings if one.verdict == "fail" and one.kind != "release"]
    if failed:
        told: VerdictWord = "fail" if vital is None else "inconclusive"
        return told, f"no mode fits what was found: {failed[0].said}"
    unknown = [one for one in findings if one.verdict == "inconclusive"]
    needed = [one for one in unknown if vital is None or one.kind in vital]
    if needed:
        return "inconclusive", f"nothing wrong was found, but not all is known: {needed[0].said}"
    if not findings:
        return "inconclusive", "nothing could be looked at"
    if vital is None:
        return "pass", "; ".join(one.said for one in findings[:_TOLD])
    if unknown:
        return "pass", f"nothing wrong was found, as far as is known yet: {unknown[0].said}"
    return "pass", "nothing wrong was found"
