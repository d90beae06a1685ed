"""`mlir watch`: poll services, so that the ledger knows what was served when."""

from __future__ import annotations

import click

from mlrespond.cli.session import session
from mlrespond.model.instant import iso, parse_duration
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.model.text import printable
from mlrespond.usecases.signals import Interrupts
from mlrespond.usecases.watch import watch


@click.command("watch")
@click.argument("services", nargs=-1)
@click.option("--every", default="15s", metavar="DURATION", help="How often to look.")
@click.option("--once", is_flag=True, help="Look once.")
@click.pass_context
def command(ctx: click.Context, services: tuple[str, ...], *, every: str, once: bool) -> int:
    """Look at services again and again; what differs is recorded, and what not is not.

    Example: mlir watch fraud-scorer --every 30s
    """
    opened = session(ctx)
    interrupts = Interrupts()

    def tell(name: str, looked: ServiceLooked) -> None:
        at = iso(opened.app.clock.now())[:19]
        click.echo(printable(opened.redact(f"{at}Z  {name}: {looked.line()}")))

    with interrupts:
        pause = parse_duration(every)
        kept = watch(opened.app, services, pause, lambda: once or interrupts.asked, tell)
    if once and not kept:
        click.echo("nothing differs from the last look", err=True)
    return 0
