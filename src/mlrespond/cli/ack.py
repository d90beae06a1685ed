"""`mlir ack`: take notice of an incident."""

from __future__ import annotations

import click

from mlrespond.cli.act import app_and_incident, told
from mlrespond.cli.options import incident_argument
from mlrespond.usecases.acts import acknowledge


@click.command("ack")
@incident_argument
@click.pass_context
def command(ctx: click.Context, incident: str | None) -> int:
    """Say that you have taken notice; it ends an escalation that waits for somebody.

    Example: mlir ack INC-0042
    """
    app, name = app_and_incident(ctx, incident)
    return told(acknowledge(app, name))
