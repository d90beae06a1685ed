"""`mlir compare`: a service against a baseline. It reads only."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mlrespond.cli.inspecting import only_service, show_look
from mlrespond.cli.options import json_option, time_of
from mlrespond.cli.session import session
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, record
from mlrespond.usecases.inspect import check_objectives, inspect
from mlrespond.verbs.interface import Done

_MARKS = {"fail": "✗", "pass": "✓", "inconclusive": "?"}


@click.command("compare")
@click.argument("service", required=False)
@click.option("--against", default="before_release", help="Which baseline, or a version.")
@click.option("--metric", "metrics", multiple=True, help="Only these objectives.")
@click.option("--inputs", is_flag=True, help="Check the inputs as well.")
@click.option(
    "--cases",
    type=click.Choice(["golden", "recent"]),
    help="Ask both sides these cases as well.",
)
@click.option("--subject", default="served", help="A version instead of what is served.")
@click.option("--since", metavar="TIME", help="Where the present begins; default: see --window.")
@click.option("--window", default="10m", help="How much of the present counts.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    service: str | None,
    *,
    against: str,
    metrics: tuple[str, ...],
    inputs: bool,
    cases: str | None,
    subject: str,
    since: str | None,
    window: str,
    as_json: bool,
) -> int:
    """Compare a service with a baseline: 0 not worse, 1 worse, 9 not enough to tell.

    Credentials that a system refuses are told, and end it with 4.

    Example: mlir compare fraud-scorer --against before_release --since "5m ago"
    """
    opened = session(ctx)
    name = only_service(opened, service)
    check_objectives(opened.app, name, metrics)
    began = time_of(since)
    body: dict[str, Json] = {
        "against": against,
        "metrics": list(metrics) or "all",
        "subject": subject,
        "window": window,
    }
    if inputs:
        body["inputs"] = "all"
    if cases is not None:
        body["cases"] = cases
    if began is not None:
        body["since"] = iso(began)
    found = inspect(opened.app, "compare", name, body, began)
    return show_look(opened, "comparison", name, found, _lines(name, found.found), as_json=as_json)


def _lines(service: str, found: Done) -> Iterator[str]:
    yield f"{service}: {found.verdict}: {found.said}"
    for one in record(found.yields.get("metrics")).values():
        metric = record(one)
        mark = _MARKS.get(str(metric.get("verdict")), " ")
        warn = " (worse, but by less than the margin)" if metric.get("warn") else ""
        yield f"  {mark} {metric.get('said')}{warn}"
