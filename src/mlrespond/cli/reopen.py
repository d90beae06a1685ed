"""`mlir reopen`: say that it was not over."""

from __future__ import annotations

import click

from mlrespond.cli.act import app_and_incident, told
from mlrespond.usecases.acts import reopen


@click.command("reopen")
@click.argument("incident")
@click.option("--reason", required=True, metavar="TEXT", help="What came back.")
@click.pass_context
def command(ctx: click.Context, incident: str, *, reason: str) -> int:
    """Say that it was not over; its milestones keep their first times.

    Example: mlir reopen INC-0042 --reason "errors rose again"
    """
    app, name = app_and_incident(ctx, incident)
    return told(reopen(app, name, reason))
