"""`mlir mitigate`: say that the harm has stopped."""

from __future__ import annotations

import click

from mlrespond.cli.act import app_and_incident, told
from mlrespond.cli.options import incident_argument
from mlrespond.usecases.acts import mitigate


@click.command("mitigate")
@incident_argument
@click.option("--reason", required=True, metavar="TEXT", help="How you know.")
@click.pass_context
def command(ctx: click.Context, incident: str | None, *, reason: str) -> int:
    """Say, on your word, that the harm has stopped; a runbook proves it where it can.

    Example: mlir mitigate INC-0042 --reason "error ratio back at 0.3% for 10 minutes"
    """
    app, name = app_and_incident(ctx, incident)
    return told(mitigate(app, name, reason))
