"""`mlir import`: bring a bundle in; with --take-over, go on with its incident from here."""

from __future__ import annotations

from pathlib import Path
from platform import node

import click

from mlrespond.cli.options import json_option
from mlrespond.cli.session import Session, session
from mlrespond.errors import InvalidInputError, UsageError
from mlrespond.model.text import plural, printable
from mlrespond.timeline.bundle import Bundle, file_digest


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option("--take-over", is_flag=True, help="Go on with the incident from here.")
@click.option("--unfenced", is_flag=True, help="Take it over although nobody handed it over.")
@click.option("--no-input", is_flag=True, help="Ask nobody; park where an answer is needed.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    *,
    take_over: bool,
    unfenced: bool,
    no_input: bool,
    as_json: bool,
) -> int:
    """Bring a bundle into this timeline, whole or not at all; again, it changes nothing.

    A file that does not pass `mlir audit FILE` is refused. An incident that was brought in is for
    reading, until it is taken over: then its run goes on here, at a higher epoch.

    Example: mlir import INC-0042.bundle --take-over
    """
    if unfenced and not take_over:
        raise UsageError("--unfenced is about taking over", hint="add --take-over")
    opened = session(ctx, no_input=no_input)
    incident, new = _bring_in(opened, Path(file))
    if not take_over:
        return _told(incident, new, as_json=as_json)
    click.echo(printable(f"{incident}: {plural(new, 'event')} imported"), err=True)
    return _go_on(opened, incident, unfenced=unfenced, as_json=as_json)


def _bring_in(opened: Session, path: Path) -> tuple[str, int]:
    from mlrespond.bootstrap.bundle import audited, bring_in
    from mlrespond.model.handover_kind import IncidentImported
    from mlrespond.model.kinds import draft
    from mlrespond.timeline.bundle import opened as opened_bundle
    from mlrespond.usecases.custody import custody, imports_stream

    app = opened.app
    with opened_bundle(path) as bundle:
        _must_be_whole(bundle, audited(bundle).problems, path)
        name = bundle.manifest.incident
        head, seq = _end(bundle)
        known = app.store.read(f"incident:{name}")
        here = bool(known) and custody(app.store, name, known).here
        what = IncidentImported(
            digest=file_digest(path), head=head, seq=seq, new=0, driven_here=here
        )
        at = app.clock.now()
        notice = draft(imports_stream(name), what, at, source="person", actor=app.me)
        new = bring_in(opened.composed.timeline, bundle, notice, driven_here=here)
    return name, new


def _must_be_whole(bundle: Bundle, problems: tuple[object, ...], path: Path) -> None:
    if problems:
        first = problems[0]
        where, what = getattr(first, "where", ""), getattr(first, "what", "")
        raise InvalidInputError(
            f"{path} is not whole, and nothing of it was brought in: {where}: {what}",
            hint=f"all of it: mlir audit {path}",
        )
    assert bundle.manifest.incident


def _end(bundle: Bundle) -> tuple[str, int]:
    from mlrespond.model.json import record

    told = record(bundle.manifest.streams[f"incident:{bundle.manifest.incident}"])
    return str(told["head"]), int(str(told["events"]))


def _told(incident: str, new: int, *, as_json: bool) -> int:
    if as_json:
        from mlrespond.render.document import document

        click.echo(document("import", incident=incident, new=new))
        return 0
    what = f"{plural(new, 'event')} imported" if new else "nothing new"
    click.echo(printable(f"{incident}: {what}"))
    click.echo(f"look: mlir timeline {incident}", err=True)
    return 0


def _go_on(opened: Session, incident: str, *, unfenced: bool, as_json: bool) -> int:
    from mlrespond.cli.driven import show
    from mlrespond.cli.handover import brief_lines
    from mlrespond.usecases.handover import handover_brief, take_over
    from mlrespond.usecases.resume import resume

    app = opened.app
    event = take_over(app, incident, node(), unfenced=unfenced)
    click.echo(printable(f"{incident}: {event.summary}"), err=True)
    found = handover_brief(app, incident)
    for line in brief_lines(found, app.clock.now()):
        click.echo(printable(opened.redact(line)), err=True)
    if found.run is None:
        return _told(incident, 0, as_json=True) if as_json else 0
    driven = resume(app, incident, interactive=opened.interactive)
    return int(show(app, driven, opened.redact, as_json=as_json))
