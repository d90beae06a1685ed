"""`mlir watch`: poll services, so that the ledger knows what was served when."""

from __future__ import annotations

import click

from mlrespond.cli.session import session
from mlrespond.model.event import Event
from mlrespond.model.instant import iso, parse_duration
from mlrespond.model.text import printable
from mlrespond.render.document import cloud_event
from mlrespond.usecases.signals import Interrupts
from mlrespond.usecases.watch import watch


@click.command("watch")
@click.argument("services", nargs=-1)
@click.option("--every", default="15s", metavar="DURATION", help="How often to look.")
@click.option("--once", is_flag=True, help="Look once.")
@click.option("--jsonl", is_flag=True, help="Print CloudEvents 1.0, one a line.")
@click.pass_context
def command(
    ctx: click.Context, services: tuple[str, ...], *, every: str, once: bool, jsonl: bool
) -> int:
    """Look at services again and again; what differs is recorded, and what not is not.

    Example: mlir watch fraud-scorer --every 30s
    """
    opened = session(ctx)
    interrupts = Interrupts()

    def tell(name: str, looked: Event) -> None:
        line = f"{iso(looked.occurred_at)[:19]}Z  {name}: {looked.summary}"
        click.echo(opened.redact(cloud_event(looked)) if jsonl else printable(opened.redact(line)))

    with interrupts:
        pause = parse_duration(every)
        kept = watch(opened.app, services, pause, lambda: once or interrupts.asked, tell)
    if once and not kept:
        click.echo("nothing differs from the last look", err=True)
    return 0
