"""Where what people wrote and what was recorded contradict each other, and what is missing.

It reads times, versions and a few words of state out of notes and of the document's parts, and
holds them against the records. It can be wrong about prose, so it lists, and refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mlrespond.usecases.postmortem.entry import Entry
from mlrespond.usecases.postmortem.gather import Postmortem

Kind = Literal["contradiction", "gap"]
_CLOCK = re.compile(r"(?<![\d:.T-])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?Z?(?![\d:])")
_VERSION = re.compile(
    r"\b(?:rolled back to|roll(?:ing)? back to|back to|reverted to|serv(?:es|ed|ing)|promoted)\s+"
    r"(?:version\s+|v)?(?P<version>[A-Za-z0-9][\w.-]*)",
    re.IGNORECASE,
)
_OVER = re.compile(r"\b(?:is|was|now)?\s*(?P<word>mitigated|resolved|fixed|over)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|isn't|wasn't|never|until|when|once|if)\b", re.IGNORECASE)
_HARM = re.compile(r"\b(?:began|started|since|users?|customers?|complain\w*)\b", re.IGNORECASE)
_CLOSE = timedelta(seconds=60)
_ORDER = (
    ("impact started", "detected"),
    ("impact started", "mitigated"),
    ("first action", "verified"),
    ("mitigated", "resolved"),
    ("resolved", "closed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something to look at again: two things that cannot both be so, or one that is not there."""

    kind: Kind
    said: str
    refs: tuple[str, ...] = ()


def doubts(doc: Postmortem, human: Mapping[str, str]) -> tuple[Doubt, ...]:
    """Return the contradictions, then the gaps; `human` is what people wrote, by part."""
    notes = [one for one in doc.notes if not one.corrected]
    found = [
        *_order(doc),
        *(doubt for one in notes for doubt in _of_note(doc, one)),
        *(doubt for name, text in human.items() for doubt in _of_part(doc, name, text)),
        *_ending(doc),
        *_gaps(doc, human),
    ]
    return tuple(sorted(found, key=lambda one: one.kind == "gap"))


def _order(doc: Postmortem) -> Iterator[Doubt]:
    known = {one.name: one for one in doc.milestones}
    for first, then in _ORDER:
        a, b = known[first], known[then]
        if a.at and b.at and b.at < a.at:
            yield Doubt(
                kind="contradiction",
                said=f"{then} (#{b.seq}, {_clock(b.at)}) is before {first} "
                f"(#{a.seq}, {_clock(a.at)})",
                refs=(f"e{b.seq}", f"e{a.seq}"),
            )


def _of_note(doc: Postmortem, note: Entry) -> Iterator[Doubt]:
    where, ref = f"note #{note.seq}", f"e{note.seq}"
    if note.at < doc.incident.onset and _HARM.search(note.said):
        yield Doubt(
            kind="contradiction",
            said=f"{where} tells of {_clock(note.at)}, before impact started "
            f"({_clock(doc.incident.onset)}): {note.said}",
            refs=(ref,),
        )
    over = _OVER.search(note.said)
    mitigated = doc.incident.first.get("mitigated")
    if over and not _NOT.search(note.said) and (mitigated is None or note.at < mitigated - _CLOSE):
        recorded = f"at {_clock(mitigated)}" if mitigated else "not at all"
        yield Doubt(
            kind="contradiction",
            said=f"{where} says `{over['word']}` at {_clock(note.at)}; mitigated is recorded "
            f"{recorded}",
            refs=(ref,),
        )
    yield from _versions(doc, where, note.said, (ref,))


def _of_part(doc: Postmortem, name: str, text: str) -> Iterator[Doubt]:
    if text.startswith("_") and text.endswith("_"):
        return
    yield from _versions(doc, f"part {name}", text, ())
    for found in _CLOCK.finditer(text):
        if not _known_time(doc, found):
            yield Doubt(
                kind="contradiction",
                said=f"part {name} tells of {found[0]}, a time at which nothing is recorded",
            )


def _known_time(doc: Postmortem, found: re.Match[str]) -> bool:
    hour, minute, second = (int(part or 0) for part in found.groups())
    times = [one.at for one in (*doc.whole, *doc.ledger)]
    times += [one.at for one in doc.milestones if one.at]
    for at in times:
        told = at.replace(hour=hour, minute=minute, second=second, microsecond=0)
        if -_CLOSE <= at - told <= _CLOSE:
            return True
    return False


def _versions(doc: Postmortem, where: str, text: str, refs: tuple[str, ...]) -> Iterator[Doubt]:
    known = {*doc.serving.versions, *(one.after for one in doc.moves), *_named(doc)}
    for found in _VERSION.finditer(text):
        version = found["version"].rstrip(".")
        if any(char.isdigit() for char in version) and known and version not in known:
            shown = ", ".join(doc.serving.versions) or "none"
            yield Doubt(
                kind="contradiction",
                said=f"{where} says `{found[0]}`; versions known at the time: {shown}",
                refs=refs,
            )


def _named(doc: Postmortem) -> set[str]:
    return {version for one in doc.moves for version, _ in one.rejected}


def _ending(doc: Postmortem) -> Iterator[Doubt]:
    if doc.incident.status not in {"resolved", "closed"}:
        return
    for one in doc.standing:
        yield Doubt(
            kind="contradiction",
            said=f"the incident is {doc.incident.status}, and {one.said} still stands",
        )
    for differ in doc.serving.disagreements:
        if differ.until is None:
            yield Doubt(
                kind="contradiction",
                said=f"the incident is {doc.incident.status}, and the registry wants "
                f"{differ.wanted} while {differ.replica} serves {differ.served}",
                refs=(differ.ref,),
            )


def _gaps(doc: Postmortem, human: Mapping[str, str]) -> Iterator[Doubt]:
    known = {one.name: one for one in doc.milestones}
    for name in ("acknowledged", "mitigated", "resolved"):
        if known[name].at is None:
            yield Doubt(kind="gap", said=f"{name} is not recorded")
    for one in doc.phases:
        if one.seconds is not None and one.seconds < 0:
            yield Doubt(kind="gap", said=f"{one.name} took less than no time ({one.formula})")
    if doc.exposures and doc.blast is None:
        said = f"nobody counted whom a bad version reached: mlir blast {doc.incident.id}"
        yield Doubt(kind="gap", said=said)
    actions = human.get("actions", "")
    for todo in doc.todos:
        if f"#{todo.seq}" not in actions:
            yield Doubt(
                kind="gap",
                said=f"no action item grew from #{todo.seq}: {todo.said}",
                refs=(f"e{todo.seq}",),
            )
    opening = next((one for one in doc.notes if one.approx), None)
    if opening:
        yield Doubt(
            kind="gap", said=f"the time of #{opening.seq} is approximate", refs=(f"e{opening.seq}",)
        )


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
