"""`mlir severity`: grade an incident anew."""

from __future__ import annotations

import click

from mlrespond.cli.act import app_and_incident, told
from mlrespond.cli.options import reason_option
from mlrespond.model.word import SEVERITIES, Severity
from mlrespond.usecases.acts import grade


@click.command("severity")
@click.argument("incident")
@click.argument("severity", type=click.Choice(SEVERITIES))
@reason_option
@click.pass_context
def command(ctx: click.Context, incident: str, severity: Severity, *, reason: str) -> int:
    """Grade an incident anew; when unsure, take the graver one.

    Example: mlir severity INC-0042 SEV1 --reason "payments are blocked"
    """
    app, name = app_and_incident(ctx, incident)
    return told(grade(app, name, severity, reason))
