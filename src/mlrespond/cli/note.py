"""`mlir note`: write something down. It starts with as little as `timeline`."""

from __future__ import annotations

import sys

import click

from mlrespond.cli.choosing import event_named
from mlrespond.cli.options import me, recorded
from mlrespond.errors import (
    AlreadySettledError,
    NotRecordedError,
    TimelineError,
    UnreadableError,
    UsageError,
)
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.usecases.incidents import meant
from mlrespond.usecases.note import note


@click.command("note")
@click.argument("text", required=False)
@click.option("-i", "--incident", metavar="INCIDENT", help="Which; default: the only open one.")
@click.option("--at", "at_", metavar="TIME", help="When it happened: 03:15, `10m ago`, ISO 8601.")
@click.option("--about", is_flag=True, help="The time is not exact.")
@click.option("--corrects", metavar="EVENT", help="The note that this one corrects: 24, or its id.")
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
    timeline = recorded(ctx)
    name = _known(timeline, incident) if incident else _meant(timeline)
    if corrects is not None:
        corrects = _a_note(timeline, name, corrects)
    try:
        event = note(
            timeline,
            name,
            text,
            actor=me(ctx),
            at=parse_time(at_, now) if at_ else now,
            precision="approx" if about else "exact",
            supersedes=corrects,
        )
    except AlreadySettledError as error:
        raise UsageError(
            f"{corrects} was corrected already", hint="correct the newer note"
        ) from error
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


def _a_note(timeline: SpoolingTimeline, incident: str, corrects: str) -> str:
    """Return the id of what a person said in this incident, if it can be read now."""
    try:
        events = timeline.read(f"incident:{incident}")
    except TimelineError:
        return corrects
    found = event_named(events, incident, corrects)
    if found.source != "person":
        raise UsageError(
            f"#{found.seq} of {incident} was noted by nobody; nothing was noted",
            hint=f"the notes: mlir timeline {incident} --kind note_added",
        )
    return found.id


def _meant(timeline: SpoolingTimeline) -> str:
    """Return the only open incident; a note must not land in another than was meant."""
    try:
        return meant(timeline, None)
    except UnreadableError as error:
        help_ = "name the incident, and the note waits in the spool: --incident INC-…"
        raise UnreadableError(error.message, hint=help_) from error
