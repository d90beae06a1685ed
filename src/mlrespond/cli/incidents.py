"""`mlir incidents`: the open incidents, or all."""

from __future__ import annotations

import click

from mlrespond.cli.options import json_option, recorded
from mlrespond.model.text import printable

_OPEN = "status IN('open','mitigated')"
_COLUMNS = ("id", "severity", "service", "status", "title", "opened_at")


@click.command("incidents")
@click.option("--all", "everything", is_flag=True, help="Those that are over as well.")
@click.option("--service", help="Only of this service.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, everything: bool, service: str | None, as_json: bool) -> int:
    """List incidents, newest first.

    Example: mlir incidents --all --service fraud-scorer
    """
    timeline = recorded(ctx)
    terms = ([] if everything else [_OPEN]) + (["service=?"] if service else [])
    clause = f" WHERE {' AND '.join(terms)}" if terms else ""
    query = f"SELECT {','.join(_COLUMNS)} FROM incident{clause} ORDER BY opened_at DESC, id DESC"  # noqa: S608  # constants
    rows = timeline.rows(query, (service,) if service else ())
    if as_json:
        from mlrespond.render.document import document

        found = [dict(zip(_COLUMNS, (str(cell) for cell in row), strict=True)) for row in rows]
        click.echo(document("incidents", incidents=found))
        return 0
    for name, severity, of, status, title, opened_at in rows:
        at = f"{str(opened_at)[:19]}Z"
        click.echo(printable(f"{at}  {name}  {severity}  {status:<9} {of}: {title}"))
    if not rows:
        of_it = f" of {service}" if service else ""
        said = f"there is no incident{of_it}" if everything else f"no incident{of_it} is open"
        click.echo(printable(said), err=True)
    return 0
