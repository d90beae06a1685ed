"""`mlir resolve`: look again, and say that it is over."""

from __future__ import annotations

from contextlib import suppress

import click

from mlrespond.cli.act import app_and_incident, told
from mlrespond.cli.options import incident_argument, reason_option
from mlrespond.model.event import Event
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.text import printable
from mlrespond.usecases.once_more import read_once_more
from mlrespond.usecases.resolve import Refused, Unfinished, resolve


@click.command("resolve")
@incident_argument
@reason_option
@click.option("--keep", metavar="REASON", help="Resolve though something temporary stands.")
@click.pass_context
def command(ctx: click.Context, incident: str | None, *, reason: str, keep: str | None) -> int:
    """Say that it is over. The service is looked at again, and anything temporary is refused.

    Then its silence ends and its pagers are told; where that fails, calling it again goes on.
    Once that is told, how the metrics went in the whole incident is read once more, and kept for
    the postmortem; Ctrl-C ends that reading alone.

    Example: mlir resolve INC-0042 --reason "v6 is back, v7 is quarantined"
    """
    app, name = app_and_incident(ctx, incident)
    found = resolve(app, name, reason=reason, keep=keep)
    code = _say(found)
    if not isinstance(found, Refused):
        with suppress(KeyboardInterrupt):
            read_once_more(app, name)
    return code


def _say(found: Event | Refused | Unfinished) -> int:
    match found:
        case Refused(reasons=reasons, hint=hint, inconclusive=inconclusive):
            _tell([f"not resolved: {one}" for one in reasons], hint)
            return int(ExitCode.INCONCLUSIVE if inconclusive else ExitCode.FAILED)
        case Unfinished(resolved=event, reasons=reasons, hint=hint):
            told(event)
            _tell([f"but {one}" for one in reasons], hint)
            return int(ExitCode.FAILED)
        case event:
            return told(event)


def _tell(lines: list[str], hint: str) -> None:
    for one in (*lines, f"  help: {hint}"):
        click.echo(printable(one), err=True)
