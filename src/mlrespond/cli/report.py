"""`mlir report`: how often, how long, which runbooks helped, what repeats, what is left to do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlrespond.cli.options import json_option, recorded, time_of
from mlrespond.errors import InvalidInputError, UsageError

if TYPE_CHECKING:
    from mlrespond.usecases.report_figure import Report


@click.command("report")
@click.option("--service", metavar="SERVICE", help="Only of this service.")
@click.option("--since", metavar="TIME", help="Opened from then on: `90d ago`, ISO 8601.")
@click.option("--until", metavar="TIME", help="Opened before then.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    help="What is printed; html is one file that needs nothing else.",
)
@click.option("-o", "--out", metavar="FILE", help="Write it there instead of printing it.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    service: str | None,
    since: str | None,
    until: str | None,
    form: str,
    out: str | None,
    as_json: bool,
) -> int:
    """Report over incidents: how often, how long each phase took, which runbooks helped.

    Medians stand with every dot and their number; what is not recorded is counted as missing.
    Drills, merged and declined incidents are left out, and counted.

    Example: mlir report --since "90d ago" --format html -o incidents.html
    """
    from mlrespond.adapters.system import SystemClock
    from mlrespond.usecases.report import report

    if as_json and form == "html":
        raise UsageError("either --json or --format html")
    found = report(
        recorded(ctx),
        SystemClock().now(),
        service=service,
        since=time_of(since),
        until=time_of(until),
    )
    form = "json" if as_json else form
    if out is None and form == "text":
        from mlrespond.render.report.text import show

        show(found, sys.stdout)
        return 0
    text = _rendered(found, form)
    if out is None:
        click.echo(text, nl=False)
        return 0
    try:
        Path(out).write_text(text, encoding="utf-8")
    except OSError as cause:
        raise InvalidInputError(f"{out} cannot be written: {cause.strerror}") from cause
    click.echo(f"wrote {out}")
    return 0


def _rendered(found: Report, form: str) -> str:
    """Return the report as text of a format."""
    if form == "html":
        from mlrespond.render.report.html import render

        return render(found)
    if form == "json":
        from mlrespond.render.document import document
        from mlrespond.render.report.record import told

        return document("report", **told(found)) + "\n"
    from io import StringIO

    from mlrespond.render.report.text import show

    page = StringIO()
    show(found, page)
    return page.getvalue()
