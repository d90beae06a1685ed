"""`mlir diagnose`: what is wrong with a service. It reads only, and opens no incident."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mlrespond.cli.inspecting import only_service, records, show_look, texts
from mlrespond.cli.options import json_option, time_of
from mlrespond.cli.session import session
from mlrespond.usecases.inspect import inspect
from mlrespond.verbs.interface import Done

_MARKS = {"fail": "✗", "pass": "✓", "inconclusive": "?"}


@click.command("diagnose")
@click.argument("service", required=False)
@click.option(
    "--since", metavar="TIME", help="When it began; default: at the last release, or 10m ago."
)
@click.option("--lookback", default="2h", help="How long before that a change matters.")
@click.option("--check", "checks", multiple=True, help="Only these checks.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    service: str | None,
    *,
    since: str | None,
    lookback: str,
    checks: tuple[str, ...],
    as_json: bool,
) -> int:
    """Find out what is wrong with a service: 0 nothing, 1 something, 9 it cannot be told.

    Credentials that a system refuses are told, and end it with 4.

    Example: mlir diagnose fraud-scorer --since "20m ago"
    """
    opened = session(ctx)
    name = only_service(opened, service)
    body = {"lookback": lookback, **({"checks": list(checks)} if checks else {})}
    found = inspect(opened.app, "diagnose", name, body, time_of(since))
    return show_look(opened, "diagnosis", name, found, _lines(name, found.found), as_json=as_json)


def _lines(service: str, found: Done) -> Iterator[str]:
    yield f"{service}: {found.verdict}: {found.said}"
    for one in records(found.yields.get("findings")):
        mark = _MARKS.get(str(one.get("verdict")), " ")
        yield f"  {mark} {one.get('kind'):<20} {one.get('said')}"
    for one in records(found.yields.get("suspects")):
        word = "likely" if one.get("likely") else "not likely"
        yield f"  {one.get('mode')} ({word}): {one.get('title')}; the move: {one.get('move')}"
        for told in texts(one.get("evidence")):
            yield f"      for      {told}"
        for told in texts(one.get("against")):
            yield f"      against  {told}"
        for told in texts(one.get("missing")):
            yield f"      missing  {told}"
