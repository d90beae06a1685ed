"""`mlir erase`: erase content; its place and its digest stay, so that the chain still holds."""

from __future__ import annotations

import click

from mlrespond.bootstrap.place import must_be_there
from mlrespond.cli.session import session
from mlrespond.cli.terminal import interactive
from mlrespond.errors import UsageError
from mlrespond.model.text import printable
from mlrespond.usecases.erase import erase, exports_of, shown


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
    must_be_there(opened.composed.where)
    if not yes:
        _confirm(shown(opened.app.store, targets))
    for event in erase(opened.app, opened.composed.timeline, targets, reason):
        click.echo(printable(event.summary))
    for path in exports_of(opened.app.store):
        click.echo(f"a copy was made, and is not reached: {path}", err=True)
    return 0


def _confirm(what: tuple[str, ...]) -> None:
    if not interactive(no_input=False):
        raise UsageError("nobody can be asked here; nothing was erased", hint="--yes")
    for one in what:
        click.echo(printable(one), err=True)
    click.confirm("erase this for ever?", abort=True, err=True)
