"""Bundles put together: a timeline's events and evidence, and the postmortem rendered from them."""

from __future__ import annotations

from pathlib import Path

from mlrespond import __version__
from mlrespond.bootstrap.bundle_reader import BundleReader
from mlrespond.errors import TimelineError
from mlrespond.model.event import Draft, Event
from mlrespond.model.json import record, text
from mlrespond.ports.timeline import AuditReport, Problem
from mlrespond.timeline.bundle import DOCUMENT, EVENTS, Bundle, Content, Piece, opened, write
from mlrespond.timeline.bundle_audit import audit_bundle
from mlrespond.timeline.record import Kept, of_line
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.usecases.context import incident_stream, service_stream
from mlrespond.usecases.incidents import the_incident

_ERASURES = "timeline"


def export(timeline: SpoolingTimeline, incident: str, path: Path) -> tuple[str, str]:
    """Write an incident's bundle; return the SHA-256 of the file, and the incident's head.

    Raises NotRecordedError when there is no such incident, InvalidInputError when the file cannot
    be written.
    """
    events = timeline.read(incident_stream(incident))
    known = the_incident(events, incident)
    streams = (incident_stream(incident), *map(service_stream, _services(events, known.service)))
    kept = timeline.kept(streams)
    pieces, lost = _pieces(timeline, kept)
    if lost:
        kept = timeline.kept((*streams, _ERASURES))
    content = Content(
        incident=incident,
        service=known.service,
        program=__version__,
        events=kept,
        evidence=pieces,
        document=_document(BundleReader(kept, pieces), incident),
    )
    return write(path, content), events[-1].hash


def audit_file(path: Path, anchor: str = "") -> AuditReport:
    """Return what an audit of a bundle found; UnreadableError when the file is none."""
    with opened(path) as bundle:
        return audited(bundle, anchor)


def audited(bundle: Bundle, anchor: str = "") -> AuditReport:
    """Return what an audit found; the postmortem must be what the events say, too.

    One that another version of the program rendered may differ, and is held to its digest only.
    """
    report = audit_bundle(bundle, anchor)
    if report.problems or bundle.manifest.program != __version__:
        return report
    try:
        kept = tuple(of_line(line) for line in bundle.lines(EVENTS))
        pieces = [
            Piece(name[9:], "", "", bundle.content(name))
            for name in bundle.names
            if name.startswith("evidence/")
        ]
        same = _document(BundleReader(kept, pieces), bundle.manifest.incident).encode()
        found = [] if bundle.content(DOCUMENT) == same else ["it is not what the events say"]
    except TimelineError as error:
        found = [f"it cannot be rendered from the events: {error.message}"]
    problems = tuple(Problem(where=DOCUMENT, what=what) for what in found)
    return AuditReport(
        events=report.events,
        streams=report.streams,
        evidence=report.evidence,
        erased=report.erased,
        problems=problems,
        heads=report.heads,
        head=report.head,
        anchored=report.anchored,
    )


def _services(events: tuple[Event, ...], service: str) -> list[str]:
    """Return the service of an incident, and those that its runs' definitions name."""
    named = [
        name
        for event in events
        if event.kind == "run_requested"
        for name in (text(event.data.get("service")), *record(event.data.get("services")))
        if name
    ]
    return list(dict.fromkeys([service, *named]))


def _pieces(timeline: SpoolingTimeline, kept: tuple[Kept, ...]) -> tuple[list[Piece], bool]:
    """Return the evidence that events name, by digest, and whether some is not here any more."""
    named = {str(digest) for one in kept for digest in one.event.evidence.values()}
    found = [timeline.piece(digest) for digest in sorted(named)]
    return [one for one in found if one is not None], None in found


def _document(reader: BundleReader, incident: str) -> str:
    from mlrespond.render.postmortem import render
    from mlrespond.usecases.postmortem import gather

    return render(gather(reader, incident))


def bring_in(
    timeline: SpoolingTimeline, bundle: Bundle, notice: Draft, *, driven_here: bool
) -> int:
    """Bring a bundle that passed its audit into a timeline; return how many events were new."""
    from dataclasses import replace

    def told(new: int) -> Draft:
        summary = f"{new} events imported from a bundle"
        return replace(notice, summary=summary, data={**notice.data, "new": new})

    return timeline.adopt(bundle, told, driven_here=driven_here)
