"""`mlir audit`: check the hash chain and the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlrespond.cli.options import json_option, recorded
from mlrespond.errors import UsageError
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.text import plural, printable

if TYPE_CHECKING:
    from mlrespond.ports.timeline import AuditReport

_SHORTEST = 12


@click.command("audit")
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--anchor", metavar="HASH", help="A hash kept elsewhere that must still be in it.")
@json_option
@click.pass_context
def command(ctx: click.Context, file: str | None, *, anchor: str | None, as_json: bool) -> int:
    """Check every link, hash and piece of evidence of the whole timeline; 1 if any is not right.

    With FILE, check a bundle of `mlir export`; that needs no project and no timeline.

    An anchor is the head that an earlier audit, a page or a postmortem told, or its first 12
    digits or more: it shows an end that was cut off, or a file that was written anew.

    Example: mlir audit --anchor 5c0e734f9b1d
    """
    known = _hash(anchor)
    found = recorded(ctx).audit(known) if file is None else _of_bundle(Path(file), known)
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
    if found.anchored:
        click.echo(f"the anchor is at {found.anchored}")
    click.echo(f"head {found.head}")
    return int(code)


def _of_bundle(path: Path, anchor: str) -> AuditReport:
    from mlrespond.bootstrap.bundle import audit_file

    return audit_file(path, anchor)


def _hash(anchor: str | None) -> str:
    known = (anchor or "").strip().lower()
    if anchor is not None and (len(known) < _SHORTEST or not set(known) <= set("0123456789abcdef")):
        raise UsageError(f"`{anchor}` is no hash: {_SHORTEST} to 64 digits of 0-9 and a-f")
    return known
