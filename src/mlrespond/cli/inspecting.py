"""What `diagnose`, `compare` and `gate` have in common: a service, and an exit code."""

from __future__ import annotations

from mlrespond.cli.session import Session
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.json import Record, dump, items, record
from mlrespond.model.word import VerdictWord

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


def texts(value: object) -> list[str]:
    """Return the texts of a JSON list."""
    return [one if isinstance(one, str) else dump(one) for one in items(value)]  # type: ignore[arg-type]  # JSON


def records(value: object) -> list[Record]:
    """Return the records of a JSON list."""
    return [record(one) for one in items(value)]  # type: ignore[arg-type]  # JSON
