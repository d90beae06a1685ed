"""`mlir merge`: two incidents are one."""

from __future__ import annotations

import click

from mlrespond.cli.act import app_and_incident, told
from mlrespond.cli.options import reason_option
from mlrespond.usecases.acts import merge


@click.command("merge")
@click.argument("incident")
@click.argument("into")
@reason_option
@click.pass_context
def command(ctx: click.Context, incident: str, into: str, *, reason: str) -> int:
    """Say that an incident goes on as another.

    Example: mlir merge INC-0043 INC-0042 --reason "the same bad version"
    """
    app, name = app_and_incident(ctx, incident)
    return told(merge(app, name, into, reason))
