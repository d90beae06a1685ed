"""Decisions to reverse: the worklist of a blast radius, and what became of each entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlrespond.engine.blast import Blast, fold_blast
from mlrespond.errors import NotRecordedError, UnsupportedError, UsageError
from mlrespond.model.blast_kind import BlastMeasured, DecisionOutcome, DecisionsSettled
from mlrespond.model.event import Event, Evidence
from mlrespond.model.json import Json, dump, items, parse, record
from mlrespond.model.kinds import draft
from mlrespond.model.reach import Affected
from mlrespond.model.reading import Window
from mlrespond.model.service import Predictions
from mlrespond.ports.service import ServedLog
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, plain_definition
from mlrespond.usecases.incidents import the_incident

_IDS_AT_ONCE = 700_000  # bytes of ids that one event's evidence holds; the cap is 1 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What settling some decisions came to."""

    events: tuple[Event, ...]
    fresh: int
    before: int
    blast: Blast


def settle(
    app: App,
    incident: str,
    ids: Sequence[str],
    outcome: DecisionOutcome,
    *,
    note: str = "",
    unchecked: bool = False,
) -> Settled:
    """Record that decisions were reversed, or are kept on purpose.

    Each id must be on the worklist that was measured last, unless it is `unchecked`: a log is not
    kept for ever. Ids that were settled before are passed over. Raises UsageError, and records
    nothing, where an id is unknown.
    """
    stream = incident_stream(incident)
    events = app.store.read(stream)
    state = the_incident(events, incident)
    known = fold_blast(events)
    if known is None:
        raise NotRecordedError(
            f"the blast radius of {incident} was never measured", hint=f"mlir blast {incident}"
        )
    wanted = tuple(dict.fromkeys(one.strip() for one in ids if one.strip()))
    if not wanted:
        raise UsageError("no decision is named", hint="name ids, or a file that holds them")
    if outcome == "kept" and not note.strip():
        raise UsageError("say why they are kept", hint='--note "…"')
    if not unchecked:
        _check(app, state.service, known.measured, wanted)
    before = settled_ids(app, known)
    fresh = [one for one in wanted if one not in before]
    drafts = [
        draft(
            stream,
            DecisionsSettled(outcome=outcome, count=len(part), note=note),
            app.clock.now(),
            incident=incident,
            source="person",
            actor=app.me,
            evidence={"ids": Evidence("application/json", "sample", dump(list(part)).encode())},
        )
        for part in _parts(fresh)
    ]
    written = app.store.append(drafts, {stream: events[-1].seq}) if drafts else ()
    blast = fold_blast(app.store.read(stream))
    assert blast is not None
    return Settled(events=written, fresh=len(fresh), before=len(wanted) - len(fresh), blast=blast)


def _check(app: App, service: str, measured: BlastMeasured, wanted: Sequence[str]) -> None:
    _, log = served_log(app, service)
    asked = Affected(
        window=Window(since=measured.since, until=measured.until),
        versions=frozenset(measured.versions),
        decisions=frozenset(measured.decisions),
    )
    missing = set(wanted)
    for one in log.worklist(asked):
        missing.discard(one.id)
        if not missing:
            return
    first = ", ".join(f"`{one}`" for one in wanted if one in missing)[:200]
    raise UsageError(
        f"{len(missing):,} of {len(wanted):,} ids are not on the worklist: {first}",
        hint="nothing was recorded; --unchecked if the log no longer has them",
    )


def settled_ids(app: App, known: Blast | None) -> Mapping[str, DecisionOutcome]:
    """Return what became of each decision that was dealt with, from the evidence that says so."""
    found: dict[str, DecisionOutcome] = {}
    for event in known.settled if known else ():
        outcome: DecisionOutcome = "kept" if event.data.get("outcome") == "kept" else "reversed"
        for one in items(_ids(app, event)):
            found.setdefault(str(one), outcome)
    return found


def _ids(app: App, event: Event) -> Json:
    digest = record(event.evidence).get("ids")
    try:
        return parse(app.store.evidence(str(digest)))
    except NotRecordedError:  # erased: which they were is gone, how many is not
        return ()


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield ids in parts that evidence can hold."""
    part: list[str] = []
    size = 0
    for one in ids:
        if part and size + len(one.encode()) + 3 > _IDS_AT_ONCE:
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.encode()) + 3
    if part:
        yield part


def served_log(app: App, service: str) -> tuple[Predictions, ServedLog]:
    """Return a service's log of predictions, and how it is described."""
    known = app.project.services.get(service)
    if known is None:
        raise UsageError(
            f"{service} is no service of this project any more", hint="describe it in mlir.yaml"
        )
    if known.predictions is None:
        raise UnsupportedError(
            f"{service} logs no predictions, so nobody can tell whom it reached",
            hint="give it `predictions:` in mlir.yaml",
        )
    log = app.ports(service, plain_definition(known)).predictions
    if not isinstance(log, ServedLog):
        raise UnsupportedError(
            f"a log of kind `{known.predictions.kind}` cannot be asked row by row",
            hint="kind `files` can",
        )
    return known.predictions, log
