"""`mlir timeline`: what happened. It starts without pydantic, httpx, jinja2 and rich."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import click

from mlrespond.cli.choosing import Wanted, event_named, known_kinds, zone_named
from mlrespond.cli.followed import Followed
from mlrespond.cli.last_page import last_page
from mlrespond.cli.options import incident_argument, json_option, recorded, time_of
from mlrespond.cli.say import say
from mlrespond.engine.curate import pins
from mlrespond.errors import NotRecordedError, UsageError
from mlrespond.model.event import Event, header, header_hash
from mlrespond.model.layer import ROUTINE
from mlrespond.render.escape import terminal
from mlrespond.render.timeline import Look, line, lines
from mlrespond.timeline.spooling import SpoolingTimeline

_FOLLOW_S = 0.3
_FOUND = 1000


@click.command("timeline")
@incident_argument
@click.option("--all", "everything", is_flag=True, help="Show routine events too.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only of this kind.")
@click.option("--step", "steps", multiple=True, metavar="STEP", help="Only of this step.")
@click.option("--by", "actors", multiple=True, metavar="HANDLE", help="Only what this one did.")
@click.option("--since", metavar="TIME", help="Only from then on: 03:15, `10m ago`, ISO 8601.")
@click.option("--until", metavar="TIME", help="Only until then.")
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the newest so many.")
@click.option("--search", metavar="WORDS", help="Only what holds all these words; in any incident.")
@click.option("--evidence", metavar="N", help="Show event N, and the evidence that it rests on.")
@click.option("--follow", is_flag=True, help="Go on showing what happens; on a terminal with keys.")
@click.option("--tz", metavar="ZONE", help="Times in a zone (Europe/Berlin, local); default UTC.")
@json_option
@click.option("--jsonl", is_flag=True, help="Print CloudEvents 1.0, one a line.")
@click.pass_context
def command(
    ctx: click.Context,
    incident: str | None,
    *,
    everything: bool,
    kinds: tuple[str, ...],
    steps: tuple[str, ...],
    actors: tuple[str, ...],
    since: str | None,
    until: str | None,
    last: int | None,
    search: str | None,
    evidence: str | None,
    follow: bool,
    tz: str | None,
    as_json: bool,
    jsonl: bool,
) -> int:
    """Show what happened in an incident (the newest open one by default).

    Example: mlir timeline INC-0042 --follow
    """
    if follow and (as_json or search is not None or evidence is not None):
        raise UsageError(
            "what goes on is no one document, and is not searched",
            hint="mlir timeline --follow --jsonl",
        )
    timeline = recorded(ctx)
    wanted = Wanted(
        everything=everything,
        kinds=known_kinds(kinds),
        steps=steps,
        actors=actors,
        since=time_of(since),
        until=time_of(until),
        last=last,
        zone=zone_named(tz),
        as_json=as_json,
        jsonl=jsonl,
    )
    if search is not None:
        return _search(timeline, incident, search, wanted)
    name = incident or newest(timeline)
    if last is not None and not follow and evidence is None:
        return _last_page(timeline, name, wanted)
    stream = _stream(timeline, name)
    if evidence is not None:
        return _evidence(timeline, event_named(stream, name, evidence), wanted)
    if follow and not jsonl:
        from mlrespond.cli.follow_screen import can_follow, follow_screen

        if can_follow():
            return follow_screen(timeline, stream, wanted, lambda: _heading(timeline, name))
    wanted = replace(wanted, pinned=pins(stream))
    chosen = wanted.chosen(stream)
    if as_json or jsonl:
        _print(chosen, wanted)
    else:
        _page(timeline, name, stream, chosen, wanted)
    return _follow(Followed(timeline, stream), wanted) if follow else 0


def _stream(timeline: SpoolingTimeline, name: str) -> tuple[Event, ...]:
    stream = timeline.read(f"incident:{name}")
    if not stream:
        raise NotRecordedError(f"there is no incident `{name}`", hint="see: mlir incidents --all")
    return stream


def _last_page(timeline: SpoolingTimeline, name: str, wanted: Wanted) -> int:
    """Show the newest events without reading the others: a long incident's page is no slower."""
    routine = () if wanted.everything or wanted.kinds else sorted(ROUTINE)
    found = last_page(timeline, f"incident:{name}", wanted.last or 0, wanted.chosen, routine)
    if not found.recent:
        _stream(timeline, name)  # there is none of that name, and it says so
    if wanted.as_json or wanted.jsonl:
        return _print(found.chosen, wanted)
    _head(timeline, name)
    pinned = pins(found.pins)
    for one in lines(found.chosen, _look(wanted), corrected=found.corrected, pinned=pinned):
        say(one)
    _foot(found.length, len(found.chosen), _chain(found.recent))
    return 0


def _look(wanted: Wanted, *, named: bool = False) -> Look:
    """Return how lines are told here: struck text only where a terminal can show it."""
    strikes = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return Look(zone=wanted.zone, strikes=strikes, named=named)


def _search(timeline: SpoolingTimeline, incident: str | None, words: str, wanted: Wanted) -> int:
    if incident is not None:
        _stream(timeline, incident)
    found = timeline.search(words, _FOUND)
    events = [one for one in found if incident in {None, one.incident}]
    chosen = replace(wanted, everything=True).chosen(events)
    if not chosen:
        click.echo("nothing holds all these words", err=True)
    if wanted.as_json or wanted.jsonl:
        return _print(chosen, wanted)
    for one in lines(chosen, _look(wanted, named=True)):
        say(one)
    return 0


def _page(
    timeline: SpoolingTimeline,
    name: str,
    stream: tuple[Event, ...],
    chosen: list[Event],
    wanted: Wanted,
) -> None:
    _head(timeline, name)
    corrected = {one.supersedes: one.seq for one in stream if one.supersedes}
    for one in lines(chosen, _look(wanted), corrected=corrected, pinned=wanted.pinned):
        say(one)
    _foot(len(stream), len(chosen), _chain(stream))


def _head(timeline: SpoolingTimeline, name: str) -> None:
    said = _heading(timeline, name)
    if said:
        click.echo(said)


def _heading(timeline: SpoolingTimeline, name: str) -> str:
    query = "SELECT severity, service, title, status FROM incident WHERE id=?"
    rows = timeline.rows(query, (name,))
    if not rows:
        return ""
    severity, service, title, status = rows[0]
    return terminal(f"{name} {severity} {service}: {title} [{status}]")


def _foot(length: int, shown: int, chain: str) -> None:
    hidden = length - shown
    rest = f", {hidden} not shown (--all)" if hidden else ""
    click.echo(f"{length} events{rest}; {chain}", err=True)


def _chain(stream: tuple[Event, ...]) -> str:
    previous = None
    for event in stream:
        if not event.hash:
            return "some wait in the spool"
        linked = previous is None or event.prev_hash == previous
        if not linked or header_hash(header(event)) != event.hash:
            return f"CHAIN BROKEN at #{event.seq}: see mlir audit"
        previous = event.hash
    since = "" if stream[0].seq == 1 else f" since #{stream[0].seq}"
    return f"chain whole{since}, head {stream[-1].hash[:12]}"


def _evidence(timeline: SpoolingTimeline, event: Event, wanted: Wanted) -> int:
    """Show one event whole, and each piece of evidence that it names."""
    from mlrespond.cli.evidence import pieces
    from mlrespond.render.document import document, event_record
    from mlrespond.render.evidence import as_json, page

    found = pieces(timeline, event)
    if wanted.as_json or wanted.jsonl:
        told = {one.role: as_json(one) for one in found}
        click.echo(document("evidence", event=event_record(event), evidence=told))
        return 0
    for one in (line(event, _look(wanted)), *page(event, found)):
        say(one)
    return 0


def _print(events: list[Event], wanted: Wanted) -> int:
    from mlrespond.render.document import cloud_event, document, event_record

    if wanted.jsonl:
        for event in events:
            click.echo(cloud_event(event))
    else:
        click.echo(document("timeline", events=[event_record(one) for one in events]))
    return 0


def _follow(followed: Followed, wanted: Wanted) -> int:
    from time import sleep

    from mlrespond.render.document import cloud_event

    each = replace(wanted, last=None)
    while True:
        for event in each.chosen(followed.newer()):
            if wanted.jsonl:
                click.echo(cloud_event(event))
            else:
                say(line(event, _look(wanted)))
        sleep(_FOLLOW_S)


def newest(timeline: SpoolingTimeline) -> str:
    """Return the newest incident, open ones first."""
    rows = timeline.rows(
        "SELECT id FROM incident ORDER BY status IN('open','mitigated') DESC, opened_at DESC,"
        " id DESC LIMIT 1"
    )
    if not rows:
        raise NotRecordedError("there is no incident yet", hint="mlir respond opens one")
    return str(rows[0][0])
