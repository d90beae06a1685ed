"""`mlir resolve`: look again, and say that it is over."""

from __future__ import annotations

import click

from mlrespond.cli.act import app_and_incident, told
from mlrespond.cli.options import incident_argument, reason_option
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.text import printable
from mlrespond.usecases.resolve import Refused, resolve


@click.command("resolve")
@incident_argument
@reason_option
@click.option("--keep", metavar="REASON", help="Resolve though something temporary stands.")
@click.pass_context
def command(ctx: click.Context, incident: str | None, *, reason: str, keep: str | None) -> int:
    """Say that it is over. The service is looked at again, and anything temporary is refused.

    Example: mlir resolve INC-0042 --reason "v6 is back, v7 is quarantined"
    """
    app, name = app_and_incident(ctx, incident)
    found = resolve(app, name, reason=reason, keep=keep)
    if not isinstance(found, Refused):
        return told(found)
    for one in found.reasons:
        click.echo(printable(f"not resolved: {one}"), err=True)
    click.echo(printable(f"  help: {found.hint}"), err=True)
    return int(ExitCode.INCONCLUSIVE if found.inconclusive else ExitCode.FAILED)
