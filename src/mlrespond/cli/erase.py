"""`mlir erase`: erase content; its place and its digest stay, so that the chain still holds."""

from __future__ import annotations

import click

from mlrespond.cli.session import session
from mlrespond.model.text import printable
from mlrespond.usecases.erase import erase, exports_of


@click.command("erase")
@click.argument("targets", nargs=-1, required=True, metavar="EVENT|EVIDENCE...")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def command(ctx: click.Context, targets: tuple[str, ...], *, reason: str, yes: bool) -> int:
    """Erase the text of events (by id) or evidence (by SHA-256) for ever.

    Example: mlir erase 01a1… --reason "a customer's name" --yes
    """
    opened = session(ctx)
    if not yes:
        click.confirm(f"erase {len(targets)} for ever?", abort=True, err=True)
    for event in erase(opened.app, opened.composed.timeline, targets, reason):
        click.echo(printable(event.summary))
    for path in exports_of(opened.app.store):
        click.echo(f"a copy was made, and is not reached: {path}", err=True)
    return 0
