"""`mlir diagnose`: what is wrong with a service. It reads only, and opens no incident."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import click

from mlrespond.cli.inspecting import only_service, records, texts
from mlrespond.cli.options import time_of
from mlrespond.cli.reporting import Form, checked, report, report_options
from mlrespond.cli.session import session
from mlrespond.judgment.sign import HAPPENED
from mlrespond.model.json import Record, record
from mlrespond.render.checked import Checked, grouped
from mlrespond.usecases.inspect import inspect
from mlrespond.verbs.interface import Done


@click.command("diagnose")
@click.argument("service", required=False)
@click.option(
    "--since", metavar="TIME", help="When it began; default: at the last release, or 10m ago."
)
@click.option("--lookback", default="2h", help="How long before that a change matters.")
@click.option("--check", "checks", multiple=True, help="Only these checks.")
@report_options
@click.pass_context
def command(
    ctx: click.Context,
    service: str | None,
    *,
    since: str | None,
    lookback: str,
    checks: tuple[str, ...],
    as_json: bool,
    as_markdown: bool,
    junit: str | None,
) -> int:
    """Find out what is wrong with a service: 0 nothing, 1 something, 9 it cannot be told.

    Credentials that a system refuses are told, and end it with 4.

    Example: mlir diagnose fraud-scorer --since "20m ago"
    """
    opened = session(ctx)
    name = only_service(opened, service)
    body = {"lookback": lookback, **({"checks": list(checks)} if checks else {})}
    found = inspect(opened.app, "diagnose", name, body, time_of(since))
    findings = records(found.found.yields.get("findings"))
    told = [_checked(one, _named(one)) for one in findings]
    form = Form(as_json=as_json, as_markdown=as_markdown, junit=junit)
    return report(opened, "diagnosis", name, found, told, _lines(name, found.found), form)


def _checked(one: Record, name: str) -> Checked:
    """Return a finding as a check; what merely happened fails none."""
    found = checked(one, name)
    if one.get("kind") in HAPPENED and found.verdict == "fail":
        return replace(found, verdict="pass", happened=True)
    return found


def _named(one: Record) -> str:
    """Return what a finding is of: its kind, and its feature, replica or sign."""
    of = one.get("feature") or one.get("replica") or one.get("sign")
    return f"{one.get('kind')}:{of}" if of else str(one.get("kind"))


def _lines(service: str, found: Done) -> Iterator[str]:
    yield f"{service}: {found.verdict}: {found.said}"
    findings = [
        one
        for one in records(found.yields.get("findings"))
        if one.get("kind") != "objective" or one.get("verdict") != "pass"
    ]
    yield from grouped([_checked(one, str(one.get("kind"))) for one in findings])
    yield from _began(record(found.yields.get("began")))
    for one in records(found.yields.get("suspects")):
        word = "likely" if one.get("likely") else "not likely"
        yield f"  {one.get('mode')} ({word}): {one.get('title')}; the move: {one.get('move')}"
        for told in texts(one.get("evidence")):
            yield f"      for      {told}"
        for told in texts(one.get("against")):
            yield f"      against  {told}"
        for told in texts(one.get("missing")):
            yield f"      missing  {told}"
        if one.get("likely"):
            yield from _advice(one)


def _began(told: Record) -> Iterator[str]:
    if not told:
        return
    yield f"  it began between {told.get('since')} and {told.get('until')}: {told.get('said')}"
    for one in records(told.get("changed_before")):
        yield f"      before it  {one.get('what')} {one.get('before')} → {one.get('to')}"


def _advice(one: Record) -> Iterator[str]:
    for word in ("because", "tempting"):
        if one.get(word):
            yield f"      {word:<8} {one[word]}"
