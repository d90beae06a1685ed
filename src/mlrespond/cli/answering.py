"""What `approve`, `deny` and `answer` have in common."""

from __future__ import annotations

import click

from mlrespond.cli.session import session
from mlrespond.model.json import Record
from mlrespond.model.text import printable
from mlrespond.usecases.answer import Given, answer


def give(
    ctx: click.Context,
    incident: str | None,
    choice: str,
    *,
    step: str | None,
    because: str,
    values: Record | None = None,
    digest: str | None = None,
) -> int:
    """Record an answer, and say how the run goes on."""
    opened = session(ctx)
    name = opened.incident(incident)
    given = Given(choice=choice, step=step, because=because, values=values, digest=digest)
    said = answer(opened.app, name, given)
    click.echo(printable(opened.redact(f"{name}: {said}")))
    click.echo(f"next: mlir resume {name}, unless a process drives the run and sees this", err=True)
    return 0
