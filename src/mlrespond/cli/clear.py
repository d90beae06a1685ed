"""`mlir clear`: say that a suspect version was good after all."""

from __future__ import annotations

import click

from mlrespond.cli.options import json_option
from mlrespond.cli.session import session
from mlrespond.model.text import printable
from mlrespond.usecases.clear import Cleared, clear


@click.command("clear")
@click.argument("service")
@click.argument("version")
@click.option("--reason", required=True, metavar="TEXT", help="How you know that it is good.")
@json_option
@click.pass_context
def command(ctx: click.Context, service: str, version: str, *, reason: str, as_json: bool) -> int:
    """Say that a version is no longer suspect or quarantined.

    It may be a baseline and a target again; nothing is deployed. Undoing the rollback that made it
    suspect clears it as well.

    Example: mlir clear fraud-scorer 7 --reason "the inputs were broken, not the model"
    """
    opened = session(ctx)
    found = clear(opened.app, service, version, reason)
    if found.untagged:
        note = f"the registry's tag mlir.suspect of version {version} stands: {found.untagged}"
        opened.progress.note(note)
    if as_json:
        _document(service, version, found)
        return 0
    click.echo(printable(opened.redact(f"{service}: {found.event.summary}")))
    for word, why in found.was.items():
        click.echo(printable(opened.redact(f"  it was {word}: {why}")))
    return 0


def _document(service: str, version: str, found: Cleared) -> None:
    from mlrespond.render.document import document, event_record

    told = event_record(found.event)
    click.echo(document("clear", service=service, version=version, was=dict(found.was), event=told))
