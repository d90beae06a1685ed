"""`mlir alerts`: what fires now, as the monitors tell it, and how to respond to it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mlrespond.cli.inspecting import only_service
from mlrespond.cli.options import json_option
from mlrespond.cli.session import Session, session
from mlrespond.errors import UsageError
from mlrespond.model.exit_code import ExitCode, worst
from mlrespond.model.instant import duration, iso
from mlrespond.model.json import Record, dump
from mlrespond.model.text import one_line, printable
from mlrespond.render.document import document
from mlrespond.usecases.alerts import webhook_body
from mlrespond.usecases.firing import Fires, Pulled, pull


@click.command("alerts")
@click.argument("service", required=False)
@click.option("--webhook", is_flag=True, help="Print a webhook's body, for mlir respond --alert -.")
@json_option
@click.pass_context
def command(ctx: click.Context, service: str | None, *, webhook: bool, as_json: bool) -> int:
    """Show what fires now: for how long, silenced or not, of which incident, and what is next.

    Example: mlir alerts fraud-scorer --webhook | mlir respond --alert -
    """
    if webhook and as_json:
        raise UsageError("--webhook prints JSON already", hint="leave --json out")
    opened = session(ctx)
    if webhook:
        service = only_service(opened, service)
    found = pull(opened.app, service)
    _tell_failures(opened, found)
    code = worst(ExitCode(one.exit_code) for one in found.failed.values())
    if webhook:
        return int(code or _body(opened, found))
    if as_json:
        click.echo(opened.redact(_document(found)))
        return int(code)
    for line in _lines(opened, found):
        click.echo(printable(opened.redact(line)))
    if not found.fires and not found.failed:
        click.echo("nothing fires", err=True)
    return int(code)


def _body(opened: Session, found: Pulled) -> ExitCode:
    """Print what a webhook would have sent: what is silenced would not have been."""
    loud = [one.firing.alert for one in found.fires if not one.firing.quiet]
    if not loud:
        quiet = f"; {len(found.fires)} silenced" if found.fires else ""
        click.echo(f"nothing fires{quiet}", err=True)
        return ExitCode.FAILED
    click.echo(opened.redact(dump(webhook_body(loud))))
    return ExitCode.DONE


def _tell_failures(opened: Session, found: Pulled) -> None:
    for service, error in found.failed.items():
        click.echo(printable(opened.redact(f"error: {service}: {error.message}")), err=True)
        if error.hint:
            click.echo(printable(opened.redact(f"  help: {error.hint}")), err=True)


def _lines(opened: Session, found: Pulled) -> Iterator[str]:
    now = opened.app.clock.now()
    for one in found.fires:
        alert, incident = one.firing.alert, one.incident
        since = max((now - alert.starts_at).total_seconds(), 0.0)
        graded = one_line(alert.labels.get("severity", "-"), 12)
        about = alert.annotations.get("summary", "")
        said = one_line(f"{alert.name}: {about}" if about else alert.name, 120)
        yield f"{iso(alert.starts_at)[:19]}Z  {one.service}  {graded}  {said}"
        state = [f"for {duration(since)}", _state(one)]
        state += [f"of {incident.id} ({incident.status})" if incident else "of no open incident"]
        yield f"{'':<20}  {', '.join(state)}"
        if one.next:
            yield f"{'':<20}  next: {one.next}"


def _state(one: Fires) -> str:
    if one.firing.silenced_by:
        return "silenced"
    return "inhibited" if one.firing.quiet else "not silenced"


def _document(found: Pulled) -> str:
    failed = [
        {"service": name, "code": one.code, "message": one.message, "hint": one.hint}
        for name, one in found.failed.items()
    ]
    return document("alerts", alerts=[_record(one) for one in found.fires], failed=list(failed))


def _record(one: Fires) -> Record:
    alert = one.firing.alert
    return {
        "service": one.service,
        "name": alert.name,
        "severity": alert.labels.get("severity"),
        "since": iso(alert.starts_at),
        "fingerprint": alert.fingerprint,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "quiet": one.firing.quiet,
        "silenced_by": list(one.firing.silenced_by),
        "incident": one.incident.id if one.incident else None,
        "next": one.next or None,
    }
