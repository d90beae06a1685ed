"""`mlir respond`: from an alert, or a word, to a driven run."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from mlrespond.cli.driven import show
from mlrespond.cli.inputs import input_option, read_inputs
from mlrespond.cli.options import json_option, refuse_beside, time_of
from mlrespond.cli.session import Session, session
from mlrespond.errors import InvalidInputError
from mlrespond.model.alert import Alert
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.text import printable
from mlrespond.model.word import SEVERITIES, Severity
from mlrespond.usecases.alerts import read_alerts
from mlrespond.usecases.app import Pace
from mlrespond.usecases.planned import respond_to_plan
from mlrespond.usecases.respond import Call, Responded, respond

_PLANNED = ("service", "alert", "runbook", "inputs", "since")
_OPENING = ("service", "alert", "title", "since", "new_incident", "drill")


@click.command("respond")
@click.argument("service", required=False)
@click.option("--alert", metavar="FILE|-", help="Alertmanager's webhook body, as it is.")
@click.option("--runbook", metavar="NAME", help="Run this one, whatever a playbook says.")
@click.option("--incident", metavar="INCIDENT", help="Join this incident with --runbook or --plan.")
@click.option("--plan", "plan_file", metavar="FILE", help="Carry out a plan made by mlir plan.")
@click.option(
    "--approve",
    multiple=True,
    metavar="STEP|all",
    help="Answer a step's question beforehand; you must be one who may.",
)
@input_option
@click.option("--severity", type=click.Choice(SEVERITIES), help="Instead of the playbook's.")
@click.option("--title", default="", help="The incident's title.")
@click.option("--since", metavar="TIME", help="When it began, if you know: 03:15, `10m ago`.")
@click.option("--new-incident", is_flag=True, help="Open another, even if one is open.")
@click.option("--drill", is_flag=True, help="Mark it as an exercise.")
@click.option("--no-input", is_flag=True, help="Ask nobody; park where an answer is needed.")
@click.option("--park-after", default="5m", metavar="DURATION", help="Wait here at most so long.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    service: str | None,
    *,
    alert: str | None,
    runbook: str | None,
    incident: str | None,
    plan_file: str | None,
    approve: tuple[str, ...],
    inputs: tuple[str, ...],
    severity: Severity | None,
    title: str,
    since: str | None,
    new_incident: bool,
    drill: bool,
    no_input: bool,
    park_after: str,
    as_json: bool,
) -> int:
    """Open or join an incident, diagnose, compare, and run the runbook that fits.

    Example: curl -s …/alert | mlir respond --alert - --approve back
    """
    if plan_file is not None:
        refuse_beside(ctx, "--plan", "a plan says that itself", _PLANNED)
    if incident is not None:
        refuse_beside(ctx, "--incident", "that incident is open already", _OPENING)
    opened = session(ctx, no_input=no_input or alert == "-", pace=pace_of(park_after))
    call = Call(
        service=service,
        alerts=alerts_of(alert),
        runbook=runbook,
        incident=incident,
        inputs=read_inputs(inputs),
        approve=approve,
        severity=severity,
        title=title,
        onset=_onset(since),
        new_incident=new_incident,
        drill=drill,
        interactive=opened.interactive,
    )
    if plan_file is not None:
        driven = respond_to_plan(opened.app, plan_file_text(plan_file), call)
        return int(show(opened.app, driven, opened.redact, as_json=as_json))
    return int(_shown(opened, respond(opened.app, call), as_json=as_json))


def _shown(opened: Session, responded: Responded, *, as_json: bool) -> ExitCode:
    if responded.driven is not None:
        return show(opened.app, responded.driven, opened.redact, as_json=as_json)
    if as_json:
        from mlrespond.render.document import document

        name = responded.incident.id if responded.incident else None
        click.echo(document("run", incident=name, run=None, reason=responded.why, exit_code=0))
    else:
        click.echo(printable(opened.redact(responded.why)))
    return ExitCode.DONE


def alerts_of(source: str | None) -> tuple[Alert, ...]:
    """Return the alerts of a file, or of standard input for `-`."""
    if source is None:
        return ()
    if source == "-":
        return read_alerts(sys.stdin.buffer.read())
    try:
        return read_alerts(Path(source).read_bytes())
    except OSError as cause:
        raise InvalidInputError(f"{source} cannot be read: {cause.strerror}") from cause


def plan_file_text(path: str) -> str:
    """Return the text of a plan's file."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidInputError(f"{path} cannot be read: {cause}") from cause


def pace_of(park_after: str) -> Pace:
    """Return how long this process waits before it parks."""
    from mlrespond.model.instant import parse_duration

    return Pace(park_after_s=parse_duration(park_after))


def _onset(since: str | None) -> datetime | None:
    return time_of(since)
