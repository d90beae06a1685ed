"""`mlir timeline`: what happened. It starts without pydantic, httpx, jinja2 and rich."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

import click

from mlrespond.bootstrap.place import open_timeline
from mlrespond.cli.options import incident_argument, json_option, where
from mlrespond.errors import NotRecordedError, UsageError
from mlrespond.model.event import Event, header, header_hash
from mlrespond.render.timeline import curated, in_order, line, lines
from mlrespond.timeline.spooling import SpoolingTimeline

_FOLLOW_S = 0.3


@click.command("timeline")
@incident_argument
@click.option("--all", "everything", is_flag=True, help="Show routine events too.")
@click.option("--kind", "kinds", multiple=True, help="Only these kinds.")
@click.option("--last", type=click.IntRange(1), help="Only the newest so many.")
@click.option("--search", metavar="WORDS", help="Only events that hold all these words.")
@click.option("--follow", is_flag=True, help="Go on showing what happens, until Ctrl-C.")
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
    last: int | None,
    search: str | None,
    follow: bool,
    tz: str | None,
    as_json: bool,
    jsonl: bool,
) -> int:
    """Show what happened in an incident (the newest open one by default).

    Example: mlir timeline INC-0042 --follow
    """
    timeline = open_timeline(where(ctx))
    zone = _zone(tz)
    if search is not None:
        events: Iterable[Event] = timeline.search(search, last or 50)
        events = [one for one in events if incident in {None, one.incident}]
        return _print(list(events), as_json=as_json, jsonl=jsonl, zone=zone)
    name = incident or newest(timeline)
    stream = timeline.read(f"incident:{name}")
    if not stream:
        raise NotRecordedError(f"there is no incident `{name}`", hint="see: mlir incidents --all")
    shown = [one for one in stream if one.kind in kinds] if kinds else list(stream)
    chosen = in_order(shown if everything or kinds else curated(shown))
    chosen = chosen[-last:] if last else chosen
    if as_json or jsonl:
        _print(chosen, as_json=as_json, jsonl=jsonl, zone=zone)
    else:
        _page(timeline, name, stream, chosen, zone)
    return _follow(timeline, name, stream, zone, everything, jsonl) if follow else 0


def _page(
    timeline: SpoolingTimeline,
    name: str,
    stream: tuple[Event, ...],
    chosen: list[Event],
    zone: tzinfo | None,
) -> None:
    query = "SELECT severity, service, title, status FROM incident WHERE id=?"
    rows = timeline.rows(query, (name,))
    if rows:
        severity, service, title, status = rows[0]
        click.echo(f"{name} {severity} {service}: {title} [{status}]")
    corrected = frozenset(one.supersedes for one in stream if one.supersedes)
    click.echo("\n".join(lines(chosen, zone=zone, corrected=corrected)))
    hidden = len(stream) - len(chosen)
    rest = f", {hidden} not shown (--all)" if hidden else ""
    click.echo(f"{len(stream)} events{rest}; {_chain(stream)}", err=True)


def _chain(stream: tuple[Event, ...]) -> str:
    previous = None
    for event in stream:
        if not event.hash:
            return "some wait in the spool"
        linked = previous is None or event.prev_hash == previous
        if not linked or header_hash(header(event)) != event.hash:
            return f"CHAIN BROKEN at #{event.seq}: see mlir audit"
        previous = event.hash
    return f"chain whole, head {stream[-1].hash[:12]}"


def _print(events: list[Event], *, as_json: bool, jsonl: bool, zone: tzinfo | None) -> int:
    if not as_json and not jsonl:
        for one in lines(events, zone=zone):
            click.echo(one)
        return 0
    from mlrespond.render.document import cloud_event, document, event_record

    if jsonl:
        for event in events:
            click.echo(cloud_event(event))
    else:
        click.echo(document("timeline", events=[event_record(one) for one in events]))
    return 0


def _follow(
    timeline: SpoolingTimeline,
    name: str,
    stream: tuple[Event, ...],
    zone: tzinfo | None,
    everything: bool,  # noqa: FBT001  # handed on
    jsonl: bool,  # noqa: FBT001  # handed on
) -> int:
    from time import sleep

    from mlrespond.render.document import cloud_event

    pos = max(event.pos for event in stream)
    while True:
        for event in timeline.follow(pos):
            pos = event.pos
            if event.incident != name or (not everything and not curated([event])):
                continue
            click.echo(cloud_event(event) if jsonl else line(event, zone=zone))
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


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    from datetime import UTC, datetime

    if name == "local":
        return datetime.now(UTC).astimezone().tzinfo
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as cause:
        raise UsageError(f"`{name}` is no time zone", hint="such as Europe/Berlin") from cause
