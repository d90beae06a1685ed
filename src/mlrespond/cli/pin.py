"""`mlir pin`: choose what the curated timeline, and so the postmortem, shows."""

from __future__ import annotations

from typing import Literal

import click

from mlrespond.cli.choosing import event_named
from mlrespond.cli.options import me, reason_option, recorded
from mlrespond.errors import NotRecordedError
from mlrespond.model.text import printable

_WORDS = {"curated": "pinned", "routine": "hidden", "by_kind": "as its kind is"}


@click.command("pin")
@click.argument("event")
@click.option("-i", "--incident", metavar="INCIDENT", help="Which; default: the only open one.")
@click.option("--hide", "to", flag_value="routine", help="Show it only with --all.")
@click.option("--reset", "to", flag_value="by_kind", help="Let its kind decide again.")
@click.option("--show", "to", flag_value="curated", default="curated", help="Show it; the default.")
@reason_option
@click.pass_context
def command(
    ctx: click.Context,
    event: str,
    *,
    incident: str | None,
    to: Literal["curated", "routine", "by_kind"],
    reason: str,
) -> int:
    """Pin an event by its number, so that the timeline shows it unasked, or hide it.

    Example: mlir pin 24 --reason "this is when we noticed"
    """
    from mlrespond.adapters.system import SystemClock
    from mlrespond.usecases.incidents import meant
    from mlrespond.usecases.pin import pin

    timeline = recorded(ctx)
    name = meant(timeline, incident)
    stream = timeline.read(f"incident:{name}")
    if not stream:
        raise NotRecordedError(f"there is no incident `{name}`", hint="see: mlir incidents --all")
    found = event_named(stream, name, event)
    pin(timeline, found, to, actor=me(ctx), at=SystemClock().now(), reason=reason)
    click.echo(printable(f"{_WORDS[to]}: #{found.seq} {found.summary}"))
    return 0
