"""`mlir at`: what a service was at a time."""

from __future__ import annotations

import click

from mlrespond.cli.options import json_option, recorded, time_of
from mlrespond.model.codec import encode
from mlrespond.model.instant import duration, iso
from mlrespond.model.service_kind import describe_served
from mlrespond.model.text import printable
from mlrespond.render.document import document
from mlrespond.usecases.moment import Moment, at


@click.command("at")
@click.argument("time")
@click.argument("service")
@json_option
@click.pass_context
def command(ctx: click.Context, time: str, service: str, *, as_json: bool) -> int:
    """Show what was wanted and served at a time, and when it was last looked at.

    Example: mlir at "2026-11-22T03:15Z" fraud-scorer
    """
    timeline = recorded(ctx)
    when = time_of(time)
    assert when is not None
    found = at(timeline, timeline, service, when)
    if as_json:
        told = encode(found)
        assert isinstance(told, dict)
        click.echo(document("moment", **told))
        return 0
    for line in _lines(found):
        click.echo(printable(line))
    return 0


def _lines(found: Moment) -> list[str]:
    lines = [f"{found.service} at {iso(found.at)[:19]}Z"]
    if found.look is None:
        lines.append("not known: it was first looked at later")
    else:
        age = duration((found.at - found.look.at).total_seconds())
        lines += [
            f"wanted    {found.look.wanted or 'not known'}",
            f"served    {describe_served(found.look.served)}",
            f"looked    {iso(found.look.at)[:19]}Z, {age} before",
        ]
    if found.told is not None:
        lines.append(f"told      {found.told}")
    if found.next_look is not None:
        lines.append(
            f"next      looked {iso(found.next_look.at)[:19]}Z: "
            f"{describe_served(found.next_look.served)}"
        )
    lines += [f"stood     {one}" for one in found.standing]
    lines += [f"incident  {one} was open" for one in found.incidents]
    return lines
