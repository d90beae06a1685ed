"""How `diagnose`, `compare` and `gate` report: on the screen, as JSON, JUnit or Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from mlrespond.cli.inspecting import CODES
from mlrespond.cli.options import json_option
from mlrespond.cli.say import say
from mlrespond.cli.session import Session
from mlrespond.errors import InvalidInputError
from mlrespond.model.exit_code import ExitCode, worst
from mlrespond.model.json import Record, number, text
from mlrespond.model.text import printable
from mlrespond.model.word import VERDICTS, VerdictWord
from mlrespond.render.checked import Checked, junit, summary
from mlrespond.render.document import document
from mlrespond.usecases.inspect import Inspected

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What was asked for: JSON or Markdown instead of lines, and a file for JUnit beside it."""

    as_json: bool
    as_markdown: bool
    junit: str | None


def report_options(command: F) -> F:
    """Add `--json`, `--markdown` and `--junit`; the command is handed them as a Form."""
    junit_option = click.option(
        "--junit", metavar="FILE", help="Write the checks as JUnit XML as well."
    )
    markdown_option = click.option(
        "--markdown", "as_markdown", is_flag=True, help="Print a summary in Markdown."
    )
    return json_option(markdown_option(junit_option(command)))


def report(
    opened: Session,
    name: str,
    service: str,
    inspected: Inspected,
    checks: Sequence[Checked],
    lines: Iterable[str],
    form: Form,
) -> int:
    """Print a look as it was asked for, and return its exit code: refused credentials come first.

    What stands in the JUnit file is what was printed, whatever the form.
    """
    if form.as_json and form.as_markdown:
        raise click.UsageError("give --json or --markdown, not both")
    found, refused = inspected.found, list(inspected.refused)
    verdict: VerdictWord = found.verdict or "inconclusive"
    if form.junit is not None:
        _write(form.junit, opened.redact(junit(f"mlir {name} {service}", checks)))
    if form.as_json:
        told: Record = {"service": service, "verdict": found.verdict, "said": found.said}
        click.echo(opened.redact(document(name, **told, refused=refused, **found.yields)))
    elif form.as_markdown:
        for line in summary(f"{name} of {service}", verdict, found.said, checks):
            click.echo(printable(opened.redact(line)))
    else:
        for line in (*lines, *(f"  not let in: {one}" for one in refused)):
            say(printable(opened.redact(line)))
    codes = [CODES[found.verdict], *([ExitCode.ACCESS] if refused else [])]
    return int(worst(codes))


def checked(one: Record, name: str) -> Checked:
    """Return a metric or a finding, as it was yielded, as a check."""
    words = (each for each in VERDICTS if each == one.get("verdict"))
    word: VerdictWord = next(words, "inconclusive")
    return Checked(
        name=name,
        verdict=word,
        said=text(one.get("said")) or name,
        warn=one.get("warn") is True,
        effect=number(one.get("effect")),
        low=number(one.get("low")),
        high=number(one.get("high")),
        margin=number(one.get("margin")),
    )


def _write(path: str, content: str) -> None:
    try:
        Path(path).write_text(content, encoding="utf-8")
    except OSError as cause:
        raise InvalidInputError(
            f"{path} cannot be written: {cause.strerror}",
            hint="name a file in a folder that is there",
        ) from cause
