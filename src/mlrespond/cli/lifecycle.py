"""`mlir lifecycle`: who owns which part of a model's life; and what the exit codes mean."""

from __future__ import annotations

import click

from mlrespond.cli.options import json_option
from mlrespond.cli.session import session
from mlrespond.errors import UsageError
from mlrespond.model.exit_code import MEANINGS
from mlrespond.model.json import record
from mlrespond.model.service import Project
from mlrespond.model.text import printable
from mlrespond.render.document import document


@click.command("lifecycle")
@click.argument("service", required=False)
@click.option("--exit-codes", is_flag=True, help="Print what the exit codes mean instead.")
@json_option
@click.pass_context
def command(ctx: click.Context, service: str | None, *, exit_codes: bool, as_json: bool) -> int:
    """Show who owns training, evaluation, deployment, monitoring and retirement.

    Example: mlir lifecycle fraud-scorer
    """
    if exit_codes and as_json:
        told = {str(code.value): meaning for code, meaning in MEANINGS.items()}
        click.echo(document("exit-codes", codes=told))
        return 0
    if exit_codes:
        for code, meaning in MEANINGS.items():
            click.echo(f"{code.value:>3}  {meaning}")
        return 0
    project = session(ctx).app.project
    names = [service] if service else list(project.services)
    missing = [name for name in names if name not in project.services]
    if missing:
        hint = f"known: {', '.join(project.services) or 'none'}"
        raise UsageError(f"there is no service `{missing[0]}`", hint=hint)
    if as_json:
        found = {name: record(project.services[name].lifecycle.model_dump()) for name in names}
        click.echo(document("lifecycle", services=found))
        return 0
    for name in names:
        known = project.services[name]
        click.echo(printable(f"{name} (owner {_named(project, known.owner)})"))
        for part, owner in known.lifecycle:
            said = _named(project, owner) if owner else "nobody is named"
            click.echo(printable(f"  {part:<11} {said}"))
    return 0


def _named(project: Project, handle: str) -> str:
    """Return a handle, with the name of the person that it is."""
    person = project.people.get(handle)
    return f"{handle}, {person.name}" if person and person.name else handle
