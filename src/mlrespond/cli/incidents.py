"""`mlir incidents`: the open incidents, or all, and what their runs wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlrespond.cli.options import json_option, recorded
from mlrespond.cli.say import say
from mlrespond.model.instant import iso
from mlrespond.model.text import printable

if TYPE_CHECKING:
    from mlrespond.usecases.driver import UnderWay

_OPEN = "status IN('open','mitigated')"
_COLUMNS = ("id", "severity", "service", "status", "title", "opened_at")


@click.command("incidents")
@click.option("--all", "everything", is_flag=True, help="Those that are over as well.")
@click.option("--service", help="Only of this service.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, everything: bool, service: str | None, as_json: bool) -> int:
    """List incidents, newest first, and what their runs wait for.

    Example: mlir incidents --all --service fraud-scorer
    """
    from mlrespond.adapters.process import SystemProcesses
    from mlrespond.adapters.system import SystemClock
    from mlrespond.usecases.driver import under_way

    timeline = recorded(ctx)
    terms = ([] if everything else [_OPEN]) + (["service=?"] if service else [])
    clause = f" WHERE {' AND '.join(terms)}" if terms else ""
    query = f"SELECT {','.join(_COLUMNS)} FROM incident{clause} ORDER BY opened_at DESC, id DESC"  # noqa: S608  # constants
    rows = timeline.rows(query, (service,) if service else ())
    active = under_way(timeline, SystemProcesses(), SystemClock().now()) if rows else {}
    runs = {name: _told(name, one) for name, one in active.items()}
    if as_json:
        from mlrespond.render.document import document

        found = [dict(zip(_COLUMNS, (str(cell) for cell in row), strict=True)) for row in rows]
        told = [{**one, "run": runs.get(one["id"])} for one in found]
        click.echo(document("incidents", incidents=told))
        return 0
    for name, severity, of, status, title, opened_at in rows:
        at = f"{str(opened_at)[:19]}Z"
        say(printable(f"{at}  {name}  {severity}  {status:<9} {of}: {title}"))
        if str(name) in runs:
            say(printable(f"{'':<20}  {runs[str(name)]}"))
    if not rows:
        of_it = f" of {service}" if service else ""
        said = f"there is no incident{of_it}" if everything else f"no incident{of_it} is open"
        click.echo(printable(said), err=True)
    return 0


def _told(incident: str, one: UnderWay) -> str:
    told = f"{one.run}: {one.said}"
    if not one.silent:
        return told
    since = f"{iso(one.last_at)[:19]}Z"
    return f"{told}, silent since {since}: {one.silent}; go on with: mlir resume {incident}"
