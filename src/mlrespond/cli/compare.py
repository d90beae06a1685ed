"""`mlir compare`: a service against a baseline. It reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from mlrespond.cli.inspecting import only_service
from mlrespond.cli.options import time_of
from mlrespond.cli.reporting import Form, checked, report, report_options
from mlrespond.cli.session import session
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, record
from mlrespond.render.checked import Checked, table
from mlrespond.usecases.inspect import check_objectives, inspect
from mlrespond.verbs.interface import Done


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
@click.option(
    "--by",
    type=click.Choice(["replica", "region", "version"]),
    help="Judge each of these by itself; all together share the error rate.",
)
@click.option("--subject", default="served", help="A version instead of what is served.")
@click.option("--since", metavar="TIME", help="Where the present begins; default: see --window.")
@click.option("--window", default="10m", help="How much of the present counts.")
@report_options
@click.pass_context
def command(
    ctx: click.Context,
    service: str | None,
    *,
    against: str,
    metrics: tuple[str, ...],
    inputs: bool,
    cases: str | None,
    by: str | None,
    subject: str,
    since: str | None,
    window: str,
    as_json: bool,
    as_markdown: bool,
    junit: str | None,
) -> int:
    """Compare a service with a baseline: 0 not worse, 1 worse, 9 not enough to tell.

    Until labels come, accuracy is estimated from calibrated scores: marked, and never a fail.
    Credentials that a system refuses are told, and end it with 4.

    Example: mlir compare fraud-scorer --against before_release --since "5m ago" --by region
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
        "estimate": not metrics,
    }
    if inputs:
        body["inputs"] = "all"
    if cases is not None:
        body["cases"] = cases
    if by is not None:
        body["by"] = by
    if began is not None:
        body["since"] = iso(began)
    found = inspect(opened.app, "compare", name, body, began)
    judged = record(found.found.yields.get("metrics")).items()
    checks = [checked(record(one), metric) for metric, one in judged]
    form = Form(as_json=as_json, as_markdown=as_markdown, junit=junit)
    lines = _lines(name, found.found, checks)
    return report(opened, "comparison", name, found, checks, lines, form)


def _lines(service: str, found: Done, checks: Sequence[Checked]) -> Iterator[str]:
    yield f"{service}: {found.verdict}: {found.said}"
    yield from table(checks)
