"""`mlir blast`: whom bad versions reached, and what became of their decisions."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from mlrespond.cli.options import incident_argument, json_option, time_of
from mlrespond.cli.session import Session, session
from mlrespond.errors import UsageError
from mlrespond.model.blast_kind import DecisionOutcome
from mlrespond.model.text import printable
from mlrespond.render.blast import lines, progress, settled_lines, told
from mlrespond.render.document import document
from mlrespond.render.worklist import ids_in, saving
from mlrespond.usecases.blast import Wanted, measure
from mlrespond.usecases.settle import settle


@click.command("blast")
@incident_argument
@click.option("--out", metavar="FILE", help="Write the worklist: .csv, .jsonl or .parquet.")
@click.option("--version", "versions", multiple=True, metavar="V", help="A bad version.")
@click.option("--every-version", is_flag=True, help="Count all: the fault was not a version's.")
@click.option("--since", metavar="TIME", help="Where the window begins; default: by the ledger.")
@click.option("--until", metavar="TIME", help="Where the window ends; default: by the ledger.")
@click.option("--decision", "decisions", multiple=True, metavar="D", help="Reverse only these.")
@click.option("--reversed", "reversed_", multiple=True, metavar="ID|FILE|-", help="Now reversed.")
@click.option("--kept", multiple=True, metavar="ID|FILE|-", help="Kept on purpose; say why.")
@click.option("--note", default="", metavar="TEXT", help="What is to be said about them.")
@click.option("--unchecked", is_flag=True, help="Do not look the ids up in the log.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    incident: str | None,
    *,
    out: str | None,
    versions: tuple[str, ...],
    every_version: bool,
    since: str | None,
    until: str | None,
    decisions: tuple[str, ...],
    reversed_: tuple[str, ...],
    kept: tuple[str, ...],
    note: str,
    unchecked: bool,
    as_json: bool,
) -> int:
    """Count the predictions of bad versions, of all requests and all entities, and record it.

    The bad versions and the window are taken from the ledger unless they are said. With
    --reversed or --kept it records what became of decisions instead.

    Example: mlir blast INC-0042 --out affected.parquet
    """
    settling = bool(reversed_ or kept)
    measuring = bool(out or versions or every_version or since or until or decisions)
    if settling and measuring:
        raise UsageError("measuring and settling are two calls", hint="leave out one of them")
    if not settling and (note or unchecked):
        raise UsageError("--note and --unchecked go with --reversed or --kept")
    if every_version and versions:
        raise UsageError("either some versions, or every version")
    save = saving(out) if out else None
    opened = session(ctx)
    name = opened.incident(incident)
    if settling:
        return _settle(opened, reversed_, kept, name, note, unchecked, as_json)
    wanted = Wanted(
        versions=versions,
        every_version=every_version,
        since=time_of(since),
        until=time_of(until),
        decisions=decisions,
    )
    found = measure(opened.app, name, wanted, save)
    if as_json:
        click.echo(opened.redact(document("blast", **told(found))))
        return 0
    for line in lines(found):
        click.echo(printable(opened.redact(line)))
    if found.saved:
        saved = f"wrote {found.saved.path}: {found.saved.rows:,} rows, {found.saved.digest}"
        click.echo(printable(saved), err=True)
    return 0


def _settle(
    opened: Session,
    reversed_: Sequence[str],
    kept: Sequence[str],
    incident: str,
    note: str,
    unchecked: bool,  # noqa: FBT001  # private
    as_json: bool,  # noqa: FBT001  # private
) -> int:
    if reversed_ and kept:
        raise UsageError("reversed and kept are two calls", hint="leave out one of them")
    outcome: DecisionOutcome = "reversed" if reversed_ else "kept"
    ids = [one for written in reversed_ or kept for one in _ids(written)]
    found = settle(opened.app, incident, ids, outcome, note=note, unchecked=unchecked)
    if as_json:
        counts = {"settled": found.fresh, "settled_before": found.before}
        said = {"incident": incident, **counts, **progress(found.blast)}
        click.echo(document("decisions", **said))
        return 0
    for line in settled_lines(incident, found):
        click.echo(printable(opened.redact(line)))
    return 0


def _ids(written: str) -> Iterator[str]:
    """Yield the ids of standard input, of a file of that name, or the one that it is."""
    if written == "-":
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    path = Path(written)
    if path.suffix in {".csv", ".jsonl", ".parquet", ".txt"} or path.is_file():
        yield from ids_in(path)
    else:
        yield written
