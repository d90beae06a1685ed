"""`mlir incidents`: the open incidents, or all, and what their runs wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlrespond.cli.options import json_option, recorded
from mlrespond.cli.say import say
from mlrespond.model.text import printable

if TYPE_CHECKING:
    from mlrespond.timeline.spooling import SpoolingTimeline

_OPEN = "status IN('open','mitigated')"
_COLUMNS = ("id", "severity", "service", "status", "title", "opened_at")
_RUN = (
    "SELECT kind,run,summary FROM timeline WHERE stream=? AND late=0 AND kind IN"
    "('run_requested','run_claimed','run_parked','run_interrupted','run_ended')"
    " ORDER BY seq DESC LIMIT 1"
)


@click.command("incidents")
@click.option("--all", "everything", is_flag=True, help="Those that are over as well.")
@click.option("--service", help="Only of this service.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, everything: bool, service: str | None, as_json: bool) -> int:
    """List incidents, newest first, and what their runs wait for.

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
        told = [{**one, "run": _run(timeline, one["id"]) or None} for one in found]
        click.echo(document("incidents", incidents=told))
        return 0
    for name, severity, of, status, title, opened_at in rows:
        at = f"{str(opened_at)[:19]}Z"
        say(printable(f"{at}  {name}  {severity}  {status:<9} {of}: {title}"))
        run = _run(timeline, str(name))
        if run:
            say(printable(f"{'':<20}  {run}"))
    if not rows:
        of_it = f" of {service}" if service else ""
        said = f"there is no incident{of_it}" if everything else f"no incident{of_it} is open"
        click.echo(printable(said), err=True)
    return 0


def _run(timeline: SpoolingTimeline, incident: str) -> str:
    """Return what is last known of the incident's run; nothing when none is under way."""
    found = timeline.rows(_RUN, (f"incident:{incident}",))
    if not found or found[0][0] == "run_ended":
        return ""
    _, run, summary = found[0]
    return f"{run}: {summary}"
