"""`mlir stop`: end a run at its next safe point."""

from __future__ import annotations

import click

from mlrespond.cli.options import incident_argument, reason_option
from mlrespond.cli.session import session
from mlrespond.usecases.acts import ask_to_stop


@click.command("stop")
@incident_argument
@reason_option
@click.pass_context
def command(ctx: click.Context, incident: str | None, *, reason: str) -> int:
    """End an incident's active run at its next safe point; its final steps still run.

    Example: mlir stop INC-0042 --reason "by hand from here"
    """
    opened = session(ctx)
    name = opened.incident(incident)
    ask_to_stop(opened.app, name, reason)
    click.echo(f"{name}: the run ends when its process sees this, or with: mlir resume {name}")
    return 0
