"""What `diagnose` and `compare` have in common: one look, shown, and an exit code."""

from __future__ import annotations

from collections.abc import Iterable

import click

from mlrespond.cli.session import Session
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.json import Record, dump, items, record
from mlrespond.model.text import printable
from mlrespond.model.word import VerdictWord
from mlrespond.render.document import document
from mlrespond.verbs.interface import Done

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
    opened: Session, name: str, service: str, found: Done, lines: Iterable[str], *, as_json: bool
) -> int:
    """Print a look, and return its exit code."""
    if as_json:
        told: Record = {"service": service, "verdict": found.verdict, "said": found.said}
        click.echo(opened.redact(document(name, **told, **found.yields)))
    else:
        for line in lines:
            click.echo(printable(opened.redact(line)))
    return int(CODES[found.verdict])


def texts(value: object) -> list[str]:
    """Return the texts of a JSON list."""
    return [one if isinstance(one, str) else dump(one) for one in items(value)]  # type: ignore[arg-type]  # JSON


def records(value: object) -> list[Record]:
    """Return the records of a JSON list."""
    return [record(one) for one in items(value)]  # type: ignore[arg-type]  # JSON
