"""`mlir plan`: what a runbook would do now, and a plan that can be carried out later, once."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from mlrespond.bootstrap.place import Place, open_timeline
from mlrespond.cli.inputs import input_option, read_inputs
from mlrespond.cli.options import json_option, where
from mlrespond.cli.respond import alerts_of
from mlrespond.cli.say import say
from mlrespond.cli.session import session
from mlrespond.errors import InvalidInputError
from mlrespond.model.codec import encode
from mlrespond.model.json import record
from mlrespond.model.text import plural, printable
from mlrespond.render.document import document
from mlrespond.usecases.plan import PlannedStep, Rehearsal, rehearse, save

_MARKS = {"change": "~", "page": "!", "skip": "-", "depends": "·", "undecided": "?"}


@click.command("plan")
@click.argument("service", required=False)
@click.option("--alert", metavar="FILE|-", help="Alertmanager's webhook body.")
@click.option("--runbook", metavar="NAME", help="This one, whatever a playbook says.")
@input_option
@click.option("--out", metavar="FILE", help="Save the plan, for mlir respond --plan FILE.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    service: str | None,
    *,
    alert: str | None,
    runbook: str | None,
    inputs: tuple[str, ...],
    out: str | None,
    as_json: bool,
) -> int:
    """Show what a runbook would do now: reads are made, nothing is changed and nobody is paged.

    What is skipped with its block is counted on the block's line; --json has each step.

    Example: mlir plan fraud-scorer --runbook bad-release --out plan.json
    """
    opened = session(ctx)
    known = where(ctx)
    with tempfile.TemporaryDirectory(prefix="mlir-plan-") as folder:
        place = Place(folder=known.folder, timeline=Path(folder) / "t.db", state=Path(folder))
        scratch = open_timeline(place, opened.redact)
        try:
            found = rehearse(
                opened.app, scratch, service, alerts_of(alert), runbook, read_inputs(inputs)
            )
        finally:
            scratch.close()
    if out is not None:
        name, content = save(opened.app, found)
        try:
            Path(out).write_text(opened.redact(content), encoding="utf-8")
        except OSError as cause:
            raise InvalidInputError(f"{out} cannot be written: {cause.strerror}") from cause
        click.echo(f"saved {name} to {out}; carry it out with: mlir respond --plan {out}", err=True)
    if as_json:
        click.echo(opened.redact(document("rehearsal", **record(encode(found)))))
    else:
        for line in _lines(found):
            say(printable(opened.redact(line)))
    return 0


def _lines(found: Rehearsal) -> list[str]:
    lines = [f"{found.runbook} for {found.service} ({found.runbook_digest[:12]})"]
    for one, inside in _folded(found.steps):
        mark = _MARKS.get(one.fate, " ")
        line = f"{mark} {one.id:<12} {one.effect:<6} {one.fate:<9} {one.title}: {one.said}"
        lines.append(line + (f" ({plural(inside, 'step')} inside)" if inside else ""))
    counts = [
        plural(sum(one.fate == fate for one in found.steps), word)
        for fate, word in (("ran", "read"), ("change", "change"), ("page", "page"))
    ]
    depends = sum(one.fate in {"depends", "undecided"} for one in found.steps)
    lines.append(f"Plan: {', '.join(counts)} now; {depends} more depend on what comes of them.")
    return lines


def _folded(steps: Iterable[PlannedStep]) -> Iterator[tuple[PlannedStep, int]]:
    """Yield the steps to show; what is skipped with its block is only counted, on the block."""
    blocks: dict[str, str] = {}
    inside: Counter[str] = Counter()
    shown: list[PlannedStep] = []
    for one in steps:
        block = blocks.get(one.parent or "") if one.fate == "skip" else None
        if block is not None:
            inside[block] += 1
        else:
            shown.append(one)
        if one.fate == "skip":
            blocks[one.id] = block or one.id
    yield from ((one, inside[one.id]) for one in shown)
