"""Checking a bundle with nothing but the bundle: each chain, text, digest and piece of evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mlrespond.errors import InvalidInputError
from mlrespond.model.event import GENESIS, Event, body_digest, header, header_hash
from mlrespond.model.json import Record, parse, record, text
from mlrespond.ports.timeline import AuditReport, Problem
from mlrespond.timeline.bundle import EVENTS, EVIDENCE, MANIFEST, Bundle, strange
from mlrespond.timeline.record import Kept, of_line

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # it becomes the names of files


@dataclass
class _Tally:
    intact: dict[str, bool]  # evidence by digest
    anchor: str
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    events: int = 0
    ids: set[str] = field(default_factory=set)
    bare: dict[str, str] = field(default_factory=dict)  # targets without content, and where
    erased: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    anchored: str = ""


def audit_bundle(bundle: Bundle, anchor: str = "") -> AuditReport:
    """Return what an audit of the bundle found, first bad place first."""
    tally = _Tally(intact=_intact(bundle), anchor=anchor)
    problems = [*_events(bundle, tally)]
    problems += [
        *_named(bundle),
        *_not_erased(tally),
        *_cut_off(bundle, tally),
        *_members(bundle, located=bool(problems)),
        *_unnamed(bundle, tally),
    ]
    if anchor and not tally.anchored:
        what = "no event has this hash: it was cut off, or written anew"
        problems.append(Problem(where=f"anchor {anchor[:12]}", what=what))
    head = tally.heads.get(f"incident:{bundle.manifest.incident}", (0, GENESIS))
    return AuditReport(
        events=tally.events,
        streams=len(tally.heads),
        evidence=len(tally.intact),
        erased=tuple(sorted(target for target in tally.bare if target in tally.erased)),
        problems=tuple(problems),
        heads={stream: hashed for stream, (_, hashed) in sorted(tally.heads.items())},
        head=head[1],
        anchored=tally.anchored,
    )


def _intact(bundle: Bundle) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for name in bundle.names:
        folder, _, digest = name.partition("/")
        if folder == "evidence" and not strange(name):
            try:
                found[digest] = bundle.digest(name) == digest
            except InvalidInputError:
                found[digest] = False
    return found


def _events(bundle: Bundle, tally: _Tally) -> Iterator[Problem]:
    lines = bundle.lines(EVENTS)
    number = 0
    while True:
        number += 1
        try:
            line = next(lines, None)
        except InvalidInputError as cause:
            yield Problem(where=f"{EVENTS} line {number}", what=cause.message)
            return
        if line is None:
            return
        tally.events += 1
        try:
            one = of_line(line)
        except InvalidInputError as cause:
            yield Problem(where=f"{EVENTS} line {number}", what=f"not readable: {cause.message}")
            continue
        where = f"{EVENTS} line {number} ({one.event.stream} #{one.event.seq}, {one.event.kind})"
        yield from _place(one.event, where, tally)
        yield from _belonging(one.event, where, bundle.manifest.incident)
        yield from _content(one, where, tally)


def _place(event: Event, where: str, tally: _Tally) -> Iterator[Problem]:
    seq, last_hash = tally.heads.get(event.stream, (0, GENESIS))
    if event.seq != seq + 1:
        yield Problem(where=where, what=f"#{seq + 1} of its stream is missing before it")
    if event.prev_hash != last_hash:
        yield Problem(where=where, what="it does not link to the event before it")
    if header_hash(header(event)) != event.hash:
        yield Problem(where=where, what="its header was changed")
    if event.id in tally.ids:
        yield Problem(where=where, what="its id stands twice")
    tally.ids.add(event.id)
    tally.heads[event.stream] = (event.seq, event.hash)
    if tally.anchor and event.hash.startswith(tally.anchor):
        tally.anchored = where


def _belonging(event: Event, where: str, incident: str) -> Iterator[Problem]:
    """Check that an event is of the incident, of a ledger, or an erasure: no other may be told."""
    mine = f"incident:{incident}"
    erasure = event.stream == "timeline" and event.kind == "content_erased"
    if event.stream != mine and not event.stream.startswith("service:") and not erasure:
        yield Problem(where=where, what=f"the bundle of {incident} has no such event")
    if event.stream == mine and event.incident not in {None, incident}:
        yield Problem(where=where, what=f"it is of {event.incident}, and stands in {incident}")


def _named(bundle: Bundle) -> Iterator[Problem]:
    if not _NAME.fullmatch(bundle.manifest.incident):
        yield Problem(where=MANIFEST, what="the incident's name is none that an incident has")


def _content(one: Kept, where: str, tally: _Tally) -> Iterator[Problem]:
    event = one.event
    if one.salt is None:
        tally.bare[f"event:{event.id}"] = where
        return
    if body_digest(one.salt, event.summary, one.text) != event.body_digest:
        yield Problem(where=where, what="its content was changed")
        return
    if event.kind == "content_erased":
        tally.erased.add(str(event.data.get("target")))
    for digest in (text(named) or "" for named in event.evidence.values()):
        if digest in tally.named:
            continue
        tally.named.add(digest)
        if digest not in tally.intact:
            tally.bare[f"evidence:{digest}"] = where
        elif not tally.intact[digest]:
            yield Problem(where=where, what=f"evidence {digest[:12]} was changed")


def _not_erased(tally: _Tally) -> Iterator[Problem]:
    for target, where in tally.bare.items():
        if target not in tally.erased:
            sort, _, name = target.partition(":")
            lost = "its content" if sort == "event" else f"evidence {name[:12]}"
            yield Problem(where=where, what=f"{lost} is missing and was not erased")


def _cut_off(bundle: Bundle, tally: _Tally) -> Iterator[Problem]:
    """Hold the streams' ends against the manifest; one that was made to fit needs an anchor."""
    for stream in sorted({*bundle.manifest.streams, *tally.heads}):
        told = record(bundle.manifest.streams.get(stream))
        seq, head = tally.heads.get(stream, (0, GENESIS))
        if (told.get("events"), told.get("head")) != (seq, head):
            what = f"{stream} ends at #{seq} here, and at #{told.get('events', 0)} in {MANIFEST}"
            yield Problem(where=f"{EVENTS} ({stream})", what=what)
    if f"incident:{bundle.manifest.incident}" not in tally.heads:
        yield Problem(where=MANIFEST, what=f"{bundle.manifest.incident} is not in {EVENTS}")


def _members(bundle: Bundle, *, located: bool) -> Iterator[Problem]:
    """Check what no event vouches for, each member as a whole.

    An order of lines across streams, too: each stream's own is in its chain.
    """
    names = set(bundle.names)
    for name in sorted({*bundle.manifest.members, *names} - {MANIFEST}):
        if strange(name):
            yield Problem(where=name, what="no bundle has such a member")
            continue
        if name.startswith("evidence/") and name in bundle.manifest.members and name in names:
            continue  # its name is its digest
        if name == EVENTS and located:
            continue
        try:
            same = bundle.digest(name) == bundle.manifest.members.get(name)
            found = [] if same else [f"it is not what {MANIFEST} says"]
        except InvalidInputError as cause:
            found = [cause.message]
        for what in found:
            yield Problem(where=name, what=what)
    if len(names) != len(bundle.names):
        yield Problem(where=MANIFEST, what="a member stands twice")


def _unnamed(bundle: Bundle, tally: _Tally) -> Iterator[Problem]:
    for digest, intact in sorted(tally.intact.items()):
        if digest not in tally.named:
            what = "no event names it" if intact else "it was changed, and no event names it"
            yield Problem(where=f"evidence/{digest[:12]}", what=what)
    told = [str(one.get("digest")) for one in evidence_lines(bundle)]
    if told != sorted(tally.intact):
        yield Problem(where=EVIDENCE, what="it does not name the evidence that is there")


def evidence_lines(bundle: Bundle) -> list[Record]:
    """Return what each piece of evidence is; nothing from lines that are not readable."""
    found: list[Record] = []
    try:
        found = [record(parse(line)) for line in bundle.lines(EVIDENCE)]
    except InvalidInputError:
        return found
    return found
