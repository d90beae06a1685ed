"""`mlir handover`: close the local copy of an incident to actions, for somebody else to go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click

from mlrespond.cli.export import exported
from mlrespond.cli.options import incident_argument, json_option
from mlrespond.cli.session import session
from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import duration, iso
from mlrespond.model.service_kind import describe_served
from mlrespond.model.text import plural, printable
from mlrespond.render.question import asked_text
from mlrespond.usecases.handover import Handover, hand_over, handover_brief


@click.command("handover")
@incident_argument
@click.option("--to", required=True, metavar="NAME", help="Who goes on.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is recorded.")
@click.option("-o", "--out", "file", metavar="FILE", help="Default: INCIDENT.bundle, here.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    incident: str | None,
    *,
    to: str,
    reason: str,
    file: str | None,
    as_json: bool,
) -> int:
    """Hand an incident over: write its bundle, print a brief, and change nothing from here.

    Whoever goes on needs the file, and says: mlir import FILE --take-over. Notes may still be
    written here; send them after it as another bundle. The same command takes it back.

    Example: mlir handover INC-0042 --to ben
    """
    opened = session(ctx)
    name = opened.incident(incident)
    found = handover_brief(opened.app, name)
    hand_over(opened.app, name, to, reason)
    try:
        path, digest, head = exported(ctx, opened.composed.timeline, name, file)
    except InvalidInputError as error:
        hint = f"it is handed over already; write the bundle elsewhere: mlir export {name} -o FILE"
        raise InvalidInputError(error.message, hint=hint) from error
    lines = [opened.redact(line) for line in brief_lines(found, opened.app.clock.now())]
    if as_json:
        from mlrespond.render.document import document

        told = {"incident": name, "to": to, "path": str(path), "digest": digest, "head": head}
        click.echo(document("handover", **told, brief=lines))
        return 0
    for line in lines:
        click.echo(printable(line))
    click.echo(printable(f"to        {to}: mlir import {path} --take-over"))
    click.echo(f"wrote {path}, sha256 {digest}; nothing is changed from here any more", err=True)
    return 0


def brief_lines(found: Handover, now: datetime) -> Iterator[str]:
    """Yield the brief: what is true, what is asked, what comes next, what undoing takes."""
    known = found.incident
    began = duration(max(0.0, round((now - known.onset).total_seconds())))
    yield f"{known.id} {known.severity} {known.service}: {known.title}"
    yield f"state     {known.status}, began {began} ago ({iso(known.onset)[:19]}Z)"
    if found.last is not None:
        at = iso(found.last.at)[:19]
        wanted = found.last.wanted or "not known"
        served = describe_served(found.last.served)
        yield f"serving   {served} (registry wants {wanted}), looked at {at}Z"
    for one in found.standing:
        yield f"stands    {one}"
    if found.run is not None:
        yield f"run       {found.run.run} ({found.run.requested.runbook.name}) has not ended"
    for question in found.questions:
        who = ", ".join(question.asked.by) or "anybody"
        yield f"asked     {asked_text(question.asked)} (step {question.step}; {who} may answer)"
    yield from _following(found)
    yield from _cost(found)


def _following(found: Handover) -> Iterator[str]:
    name = found.incident.id
    if found.run is not None:
        yield f"next      the run {found.following}: mlir resume {name}"
    elif found.incident.status == "mitigated":
        yield f"next      mlir resolve {name}"
    else:
        yield f"next      no run is active: mlir respond --incident {name} --runbook NAME"


def _cost(found: Handover) -> Iterator[str]:
    name = found.incident.id
    if not found.undo:
        yield "undoing   nothing was changed that can be taken back"
    else:
        count = plural(len(found.undo), "change")
        yield f"undoing   takes back {count}, each asked for and proven again: mlir undo {name}"
        yield from (f"          {one}" for one in found.undo)
    yield from (f"for good  {one}" for one in found.for_good)
