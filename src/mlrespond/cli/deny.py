"""`mlir deny`: say no to the change that a run asks about."""

from __future__ import annotations

import click

from mlrespond.cli.answering import give
from mlrespond.cli.options import incident_argument, reason_option


@click.command("deny")
@incident_argument
@click.argument("step", required=False)
@reason_option
@click.pass_context
def command(ctx: click.Context, incident: str | None, step: str | None, *, reason: str) -> int:
    """Deny the change that a run asks about.

    Example: mlir deny INC-0042 back --reason "v6 has the same bug"
    """
    return give(ctx, incident, "deny", step=step, because=reason)
