"""`mlir init`: first files that lint, with comments that say what to put where."""

from __future__ import annotations

import re
from pathlib import Path

import click

from mlrespond.errors import InvalidInputError, UsageError
from mlrespond.model.authored import NAME
from mlrespond.render.starter import starter_files


@click.command("init")
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("--service", default="my-model", help="What your model is called.")
@click.option("--force", is_flag=True, help="Write over files that are there.")
def command(folder: str, *, service: str, force: bool) -> int:
    """Write a first mlir.yaml, a runbook and a playbook, and say what to do next.

    Example: mlir init --service fraud-scorer
    """
    if not re.fullmatch(NAME, service):
        raise UsageError(
            f"`{service}` is no name for a service",
            hint="small letters and digits, with - between words, such as fraud-scorer",
        )
    root = Path(folder)
    files = starter_files(service)
    there = [name for name in files if (root / name).exists()]
    if there and not force:
        raise UsageError(f"{', '.join(there)} is there already", hint="--force writes over it")
    try:
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            click.echo(f"wrote {path}")
    except OSError as cause:
        raise InvalidInputError(f"{cause.filename} cannot be written: {cause.strerror}") from cause
    project = "" if folder == "." else f" -C {folder}"
    click.echo(f"next: edit mlir.yaml, then: mlir{project} lint", err=True)
    click.echo(f"      so that there is a past to go back to: mlir{project} watch", err=True)
    return 0
