"""`mlir audit`: check the hash chain and the evidence."""

from __future__ import annotations

import click

from mlrespond.cli.options import json_option, recorded
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.text import plural, printable


@click.command("audit")
@json_option
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> int:
    """Check every link, hash and piece of evidence of the whole timeline; 1 if any is not right.

    Example: mlir audit
    """
    timeline = recorded(ctx)
    found = timeline.audit()
    code = ExitCode.FAILED if found.problems else ExitCode.DONE
    if as_json:
        from mlrespond.model.codec import encode
        from mlrespond.render.document import document

        told = encode(found)
        assert isinstance(told, dict)
        click.echo(document("audit", **told))
        return int(code)
    for one in found.problems:
        click.echo(printable(f"{one.where}: {one.what}"))
    click.echo(
        f"{plural(found.events, 'event')}, {plural(found.streams, 'stream')}, "
        f"{found.evidence} pieces of evidence, {len(found.erased)} erased: "
        + ("the first bad place stands first above" if found.problems else "whole")
    )
    return int(code)
