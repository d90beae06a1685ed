"""From findings to suspects: each mode with its evidence for and against, and a top one, or none.

Nothing is weighted: a mode is likely when one of its ways holds. A move that changes what is served
asks more: every sign of the way must be known, and no mode of higher rank that would only wait or
page may be possible. So a reading that is lost never turns an abstention into a change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args

from mlrespond.judgment.sign import CIRCUMSTANCES, HAPPENED, both, either, kinds_of, negated, signs
from mlrespond.model.finding import Change, Diagnosis, Finding, FindingKind, Suspect
from mlrespond.model.mode import Mode, Way
from mlrespond.model.word import VerdictWord

VITAL: frozenset[FindingKind] = frozenset(
    {"registry", "mixed_versions", "error_ratio", "latency", "golden", "validity", "nulls"}
)
_TOLD = 3
_KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
Known = Mapping[str, VerdictWord]


def diagnose(
    findings: Sequence[Finding],
    changes: Sequence[Change],
    onset: datetime,
    modes: Sequence[Mode],
    vital: frozenset[FindingKind] | None = VITAL,
) -> Diagnosis:
    """Return the suspects, likely ones first, and the verdict over all of them.

    `modes` are in order of rank. `fail` names a top suspect, or that one of a few chosen checks
    failed; `pass` means that nothing is wrong and that every `vital` finding (None: every one) is
    known; else it is inconclusive, and abstains. The order of findings does not matter.
    """
    found = sorted(findings, key=_place)
    known = signs(found)
    suspects = _suspects(modes, known, found)
    likely = [one for one in suspects if one.likely]
    shown = likely + [
        one
        for one, mode in zip(suspects, modes, strict=True)
        if not one.likely and _has_a_fault(mode, known)
    ]
    verdict, said = _verdict(likely, shown, found, vital)
    return Diagnosis(
        verdict=verdict,
        top=likely[0].mode if likely else None,
        suspects=tuple(shown),
        findings=tuple(found),
        changes=tuple(changes),
        onset=onset,
        said=said,
    )


def _has_a_fault(mode: Mode, known: Known) -> bool:
    """Return whether some sign of a mode shows that is a fault, not a mere circumstance."""
    wanted = {sign for way in mode.ways for sign in (*way.every, *way.any_of)}
    return any(known.get(sign) == "fail" for sign in wanted - CIRCUMSTANCES)


def _place(one: Finding) -> tuple[int, str, str, str, str]:
    return (
        _KINDS.index(one.kind),
        one.feature or one.sign or "",
        one.replica or "",
        one.verdict,
        one.said,
    )


def _suspects(modes: Sequence[Mode], known: Known, findings: Sequence[Finding]) -> list[Suspect]:
    """Return every mode as a suspect, in order of rank.

    After one that only waits or pages, and that shows or may show, nothing is likely whose move
    changes something.
    """
    found: list[Suspect] = []
    first: str | None = None
    for mode in modes:
        holds = _holds(mode, known)
        suspect = _suspect(mode, holds, known, findings)
        if suspect.likely and mode.mutates and first is not None:
            suspect = replace(suspect, likely=False, missing=(f"{first} is not ruled out",))
        elif holds != "pass" and mode.waits and first is None:
            first = mode.name.replace("_", " ")
        found.append(suspect)
    return found


def _holds(mode: Mode, known: Known) -> VerdictWord:
    """Return whether one of its ways holds: fail if so, inconclusive if it is not known."""
    return either([_way_holds(way, known, lenient=not mode.mutates) for way in mode.ways])


def _way_holds(way: Way, known: Known, *, lenient: bool) -> VerdictWord:
    """Return whether a way holds; a lenient one holds while nothing is known to rule it out."""

    def word(sign: str) -> VerdictWord:
        return known.get(sign, "inconclusive")

    shows = both([word(sign) for sign in way.every])
    if way.any_of:
        shows = both([shows, either([word(sign) for sign in way.any_of])])
    against = either([word(sign) for sign in way.none_of])
    if lenient and against == "inconclusive":
        against = "pass"
    shown = any(word(sign) == "fail" for sign in way.unless)
    return both([shows, negated(against), "pass" if shown else "fail"])


def _suspect(mode: Mode, holds: VerdictWord, known: Known, findings: Sequence[Finding]) -> Suspect:
    way = _nearest(mode, known)
    wanted = sorted((*way.every, *way.any_of), key=lambda one: one.startswith("release"))
    shows = [one for one in wanted if known.get(one) == "fail"]
    ruling_out = (*way.none_of, *way.unless)
    against = [one for one in ruling_out if known.get(one) == "fail"]
    likely = holds == "fail"
    return Suspect(
        mode=mode.name,
        title=mode.title,
        likely=likely,
        move=mode.move,
        evidence=tuple(dict.fromkeys(_told(one, findings) for one in shows)),
        against=tuple(dict.fromkeys(_told(one, findings) for one in against)),
        missing=() if likely else tuple(_missing(mode, way, known)),
        because=mode.because,
        tempting=mode.tempting,
    )


def _nearest(mode: Mode, known: Known) -> Way:
    """Return the way that holds, or the one of which the largest part shows."""

    def near(way: Way) -> tuple[int, int, float]:
        shown = [sign for sign in (*way.every, *way.any_of) if known.get(sign) == "fail"]
        ruled_out = sum(known.get(sign) == "fail" for sign in (*way.none_of, *way.unless))
        holds = _way_holds(way, known, lenient=not mode.mutates)
        return (holds == "fail", -ruled_out, len(shown) / max(1, len(way.every) + bool(way.any_of)))

    return max(mode.ways, key=near)


def _missing(mode: Mode, way: Way, known: Known) -> list[str]:
    """Return the signs for want of which a way does not hold, or is not known to."""
    lacking = [one for one in way.every if known.get(one) != "fail"]
    if way.any_of and not any(known.get(one) == "fail" for one in way.any_of):
        lacking.append(way.any_of[0])
    told = [_word(one) for one in lacking]
    if mode.mutates:
        unsure = [one for one in way.none_of if known.get(one, "inconclusive") == "inconclusive"]
        told += [f"{_word(one)}: whether it shows is not known" for one in unsure]
    return told


def _told(sign: str, findings: Sequence[Finding]) -> str:
    kinds = kinds_of(sign)
    wanted = "pass" if sign.endswith("_ok") else "fail"
    said = (
        one.said
        for one in findings
        if one.verdict == wanted and (one.sign == sign or (one.sign is None and one.kind in kinds))
    )
    return next(said, _word(sign))


def _word(sign: str) -> str:
    return sign.replace("_", " ")


def _verdict(
    likely: Sequence[Suspect],
    shown: Sequence[Suspect],
    findings: Sequence[Finding],
    vital: frozenset[FindingKind] | None,
) -> tuple[VerdictWord, str]:
    if likely:
        return "fail", f"{likely[0].title}: {likely[0].evidence[0]}"
    failed = [one for one in findings if one.verdict == "fail" and one.kind not in HAPPENED]
    if failed:
        told: VerdictWord = "fail" if vital is None else "inconclusive"
        return told, _unexplained(failed[0], shown)
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


def _unexplained(failed: Finding, shown: Sequence[Suspect]) -> str:
    """Say that no mode fits, and which one would if more were known."""
    near = next((one for one in shown if one.missing and not one.against), None)
    rest = f"; it may be {_word(near.mode)}, if: {near.missing[0]}" if near else ""
    return f"no mode fits what was found: {failed.said}{rest}"
