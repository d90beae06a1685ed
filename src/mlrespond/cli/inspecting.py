"""What `diagnose` and `compare` have in common: one look, shown, and an exit code."""

from __future__ import annotations

from collections.abc import Iterable

import click

from mlrespond.cli.session import Session
from mlrespond.model.exit_code import ExitCode, worst
from mlrespond.model.json import Record, dump, items, record
from mlrespond.model.text import printable
from mlrespond.model.word import VerdictWord
from mlrespond.render.document import document
from mlrespond.usecases.inspect import Inspected

CODES: dict[VerdictWord | None, ExitCode] = {
    "pass": ExitCode.DONE,
    "fail": ExitCode.FAILED,
    "inconclusive": ExitCode.INCONCLUSIVE,
    None: ExitCode.INCONCLUSIVE,
}


def only_service(opened: Session, named: str | None) -> str:
    """Return the named service, or the only one there is."""
    from mlrespond.usecases.opening import service_of

    return service_of(opened.app, named, ())


def show_look(
    opened: Session,
    name: str,
    service: str,
    inspected: Inspected,
    lines: Iterable[str],
    *,
    as_json: bool,
) -> int:
    """Print a look, and return its exit code: credentials that were refused come first."""
    found = inspected.found
    refused = list(inspected.refused)
    if as_json:
        told: Record = {"service": service, "verdict": found.verdict, "said": found.said}
        click.echo(opened.redact(document(name, **told, refused=refused, **found.yields)))
    else:
        for line in (*lines, *(f"  not let in: {one}" for one in refused)):
            click.echo(printable(opened.redact(line)))
    codes = [CODES[found.verdict], *([ExitCode.ACCESS] if refused else [])]
    return int(worst(codes))


def texts(value: object) -> list[str]:
    """Return the texts of a JSON list."""
    return [one if isinstance(one, str) else dump(one) for one in items(value)]  # type: ignore[arg-type]  # JSON


def records(value: object) -> list[Record]:
    """Return the records of a JSON list."""
    return [record(one) for one in items(value)]  # type: ignore[arg-type]  # JSON
