"""`mlir note`: write something down. It starts with as little as `timeline`."""

from __future__ import annotations

import sys

import click

from mlrespond.bootstrap.place import open_timeline
from mlrespond.cli.options import me, where
from mlrespond.cli.timeline import newest
from mlrespond.errors import NotRecordedError, TimelineError, UsageError
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.usecases.note import note


@click.command("note")
@click.argument("text", required=False)
@click.option("-i", "--incident", metavar="INCIDENT", help="Which; default: the newest open one.")
@click.option("--at", "at_", metavar="TIME", help="When it happened: 03:15, `10m ago`, ISO 8601.")
@click.option("--about", is_flag=True, help="The time is not exact.")
@click.option("--corrects", metavar="EVENT", help="The id of a note that this one corrects.")
@click.pass_context
def command(
    ctx: click.Context,
    text: str | None,
    *,
    incident: str | None,
    at_: str | None,
    about: bool,
    corrects: str | None,
) -> int:
    """Write something down; no role is needed, and nothing is lost when the database is away.

    Example: mlir note "upstream deployed" --at "10m ago"
    """
    from mlrespond.adapters.system import SystemClock
    from mlrespond.model.instant import parse_time

    if text is None or text == "-":
        if text is None and sys.stdin.isatty():
            raise UsageError("what is to be noted?", hint='mlir note "what you saw"')
        text = sys.stdin.read()
    now = SystemClock().now()
    timeline = open_timeline(where(ctx))
    event = note(
        timeline,
        _known(timeline, incident) if incident else _newest(timeline),
        text,
        actor=me(ctx),
        at=parse_time(at_, now) if at_ else now,
        precision="approx" if about else "exact",
        supersedes=corrects,
    )
    away = " in the spool, since the timeline cannot be written now" if timeline.spooling else ""
    click.echo(f"noted{away}: {event.incident} {event.id}", err=timeline.spooling)
    return 0


def _known(timeline: SpoolingTimeline, incident: str) -> str:
    """Return the incident if there is one, or if nobody can tell: a note is never lost."""
    try:
        known = timeline.read(f"incident:{incident}")
    except TimelineError:
        return incident
    if not known:
        raise NotRecordedError(
            f"there is no incident `{incident}`; nothing was noted", hint="see: mlir incidents"
        )
    return incident


def _newest(timeline: SpoolingTimeline) -> str:
    try:
        return newest(timeline)
    except NotRecordedError as error:
        raise UsageError("say which incident", hint="--incident INC-…") from error
