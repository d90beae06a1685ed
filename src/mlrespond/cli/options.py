"""Options that many commands share, and the place that they lead to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from mlrespond.bootstrap.place import Place, caller, must_be_there, open_timeline, place
from mlrespond.errors import Error, UsageError

if TYPE_CHECKING:
    from mlrespond.model.event import Actor
    from mlrespond.timeline.spooling import SpoolingTimeline

F = TypeVar("F", bound=Callable[..., Any])


def where(ctx: click.Context) -> Place:
    """Return where the project and its timeline are."""
    known = ctx.find_root().obj
    return place(known["project"], known["timeline"])


def recorded(ctx: click.Context) -> SpoolingTimeline:
    """Return the timeline, which must be there already."""
    return open_timeline(must_be_there(where(ctx)))


def me(ctx: click.Context) -> Actor:
    """Return who calls, by login or claim."""
    return caller(ctx.find_root().obj["claimed"])


def claimed(ctx: click.Context) -> str | None:
    """Return the handle that the caller claims."""
    handle: str | None = ctx.find_root().obj["claimed"]
    return handle


def json_option(command: F) -> F:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def incident_argument(command: F) -> F:
    """Add the incident; without it the only open one is meant."""
    argument = click.argument(
        "incident", required=False, metavar="[INCIDENT]", shell_complete=_known_incidents
    )
    return argument(command)


def _known_incidents(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the incidents that a shell may offer, newest first; none where there are none."""
    told = ctx.find_root().params
    try:
        known = open_timeline(must_be_there(place(told.get("project"), told.get("timeline_"))))
        rows = known.rows("SELECT id FROM incident ORDER BY opened_at DESC")
    except Error:
        return []
    return [str(name) for (name,) in rows if str(name).startswith(incomplete)]


def refuse_beside(ctx: click.Context, option: str, why: str, names: Sequence[str]) -> None:
    """Raise UsageError if one of the parameters was written, which would have no effect."""
    for one in ctx.command.params:
        written = ctx.get_parameter_source(one.name or "") is ParameterSource.COMMANDLINE
        if one.name in names and written:
            shown = one.opts[-1] if isinstance(one, click.Option) else str(one.name).upper()
            raise UsageError(f"{shown} has no effect beside {option}: {why}", hint="leave it out")


def reason_option(command: F) -> F:
    """Add `--reason`."""
    return click.option("--reason", default="", help="Why.", metavar="TEXT")(command)


def time_of(text: str | None) -> datetime | None:
    """Return the time that a person wrote, if any."""
    if text is None:
        return None
    from mlrespond.adapters.system import SystemClock
    from mlrespond.model.instant import parse_time

    return parse_time(text, SystemClock().now())
