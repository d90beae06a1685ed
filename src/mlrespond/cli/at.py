"""`mlir at`: what a service was at a time."""

from __future__ import annotations

from datetime import datetime

import click

from mlrespond.cli.options import json_option, recorded, time_of
from mlrespond.cli.say import say
from mlrespond.engine.ledger import LookAt
from mlrespond.model.codec import encode
from mlrespond.model.instant import duration, iso
from mlrespond.model.service_kind import describe_served
from mlrespond.model.text import printable
from mlrespond.render.document import document
from mlrespond.usecases.moment import Judged, Known, Learned, Moment, at

_SHOWN = 10


@click.command("at")
@click.argument("time")
@click.argument("service")
@json_option
@click.pass_context
def command(ctx: click.Context, time: str, service: str, *, as_json: bool) -> int:
    """Show what was wanted and served at a time, as is known now and as was known then.

    What was learned later is told: late additions, corrections, what came in from a spool.

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
        say(printable(line))
    return 0


def _lines(found: Moment) -> list[str]:
    lines = [f"{found.service} at {iso(found.at)[:19]}Z", *_known(found.now, found.at)]
    if found.next_look is not None:
        lines.append(
            f"next      looked {iso(found.next_look.at)[:19]}Z: "
            f"{describe_served(found.next_look.served)}"
        )
    if found.then == found.now:
        return [*lines, "then      the same was known at the time"]
    lines += [f"then      {one}" for one in _known(found.then, found.at)]
    hidden = len(found.learned) - _SHOWN
    lines += [f"learned   {hidden} more before these (--json)"] if hidden > 0 else []
    return lines + [_learned(one) for one in found.learned[-_SHOWN:]]


def _known(known: Known, at: datetime) -> list[str]:
    lines = [f"told      {known.told}"] if known.told is not None else []
    if known.look is None:
        lines.insert(0, "not known: it was first looked at later")
    else:
        age = duration((at - known.look.at).total_seconds())
        objectives = ", ".join(_judged(known.look, name) for name in known.look.objectives)
        lines = [
            f"wanted    {known.look.wanted or 'not known'}",
            f"served    {describe_served(known.look.served)}",
            f"looked    {iso(known.look.at)[:19]}Z, {age} before",
            *([f"judged    {objectives}"] if objectives else []),
            *lines,
        ]
    lines += [f"stood     {one}" for one in known.standing]
    lines += [f"incident  {one.id} {one.severity} was {one.status}" for one in known.incidents]
    return lines + [_metric(one, at) for one in known.metrics]


def _judged(look: LookAt, name: str) -> str:
    value = look.values.get(name)
    return f"{name}{'' if value is None else f' {value:.4g}'} {look.objectives[name]}"


def _metric(one: Judged, at: datetime) -> str:
    value = "" if one.current is None else f" {one.current:.4g}"
    age = duration((at - one.at).total_seconds())
    return f"metric    {one.name}{value} {one.verdict}, {age} before ({one.incident})"


def _learned(one: Learned) -> str:
    how = "corrected" if one.corrects else "recorded"
    at, later = iso(one.at)[:19], iso(one.recorded_at)[:19]
    return f"learned   {at}Z {one.said} ({how} {later}Z)"
