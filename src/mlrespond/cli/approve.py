"""`mlir approve`: say yes to the change that a run asks about."""

from __future__ import annotations

import click

from mlrespond.cli.answering import give
from mlrespond.cli.options import incident_argument, reason_option


@click.command("approve")
@incident_argument
@click.argument("step", required=False)
@click.option("--digest", metavar="SHA", help="Only if the plan is still this one.")
@reason_option
@click.pass_context
def command(
    ctx: click.Context,
    incident: str | None,
    step: str | None,
    *,
    digest: str | None,
    reason: str,
) -> int:
    """Approve the change that a run asks about; you must be one who may.

    Example: mlir approve INC-0042 back
    """
    return give(ctx, incident, "approve", step=step, because=reason, digest=digest)
