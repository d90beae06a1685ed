"""`mlir gate`: may a version go live? For pipelines that deploy models; it reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from mlrespond.cli.inspecting import only_service
from mlrespond.cli.reporting import Form, checked, report, report_options
from mlrespond.cli.session import session
from mlrespond.errors import HeldError
from mlrespond.model.json import record
from mlrespond.render.checked import Checked, table
from mlrespond.usecases.gate import gate
from mlrespond.verbs.interface import Done


@click.command("gate")
@click.argument("service", required=False)
@click.option("--candidate", required=True, metavar="VERSION", help="The version to judge.")
@report_options
@click.pass_context
def command(
    ctx: click.Context,
    service: str | None,
    *,
    candidate: str,
    as_json: bool,
    as_markdown: bool,
    junit: str | None,
) -> int:
    """Judge a version before it goes live: 0 not worse, 1 worse, 9 it cannot be told.

    Golden cases and recent inputs are asked of it and of what is served.
    An accuracy that is estimated from scores lets nothing through, and fails nothing.
    While a hold of deploys stands it asks nothing and refuses, with 6 for held; in the JUnit file
    that is a failed test case, `hold`.

    Example: mlir gate fraud-scorer --candidate 8 --junit gate.xml
    """
    opened = session(ctx)
    name = only_service(opened, service)
    gated = gate(opened.app, name, candidate)
    found = gated.inspected.found
    metrics = record(found.yields.get("metrics")).items()
    checks = [checked(record(one), check) for check, one in metrics]
    form = Form(as_json=as_json, as_markdown=as_markdown, junit=junit)
    lines = _lines(name, candidate, found, checks)
    code = report(opened, "gate", name, gated.inspected, checks, lines, form)
    if gated.held is not None:
        raise HeldError(gated.held, hint="deploy when the incident is resolved, or undo the hold")
    return code


def _lines(service: str, candidate: str, found: Done, checks: Sequence[Checked]) -> Iterator[str]:
    yield f"{service} {candidate}: {found.verdict}: {found.said}"
    yield from table(checks)
