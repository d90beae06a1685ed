"""The contract's records as statements of SQL: a table of predictions, and one of labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from mlrespond.model.json import Json
from mlrespond.testing.contract.predictions import Record

LABELS_TABLE = "labels"
COLUMNS: Mapping[str, str] = {
    "request_id": "TEXT",
    "served_at": "TEXT",
    "replica": "TEXT",
    "model_version": "TEXT",
    "amount": "DOUBLE PRECISION",
    "country": "TEXT",
    "p": "DOUBLE PRECISION",
    "decision": "TEXT",
    "ok": "BOOLEAN",
    "customer_id": "TEXT",
}
_LABELS: Mapping[str, str] = {"request_id": "TEXT", "y": "TEXT", "labelled_at": "INTEGER"}
_TYPES = {bool: "BOOLEAN", float: "DOUBLE PRECISION", int: "BIGINT", str: "TEXT"}

Statement: TypeAlias = tuple[str, list[Json]]


def created(table: str, columns: Mapping[str, str]) -> str:
    """Return the statement that makes a table."""
    return f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"


def filled(rows: Sequence[Record], labels: Sequence[Record], mark: str) -> Iterator[Statement]:
    """Yield what makes both tables anew; a column that rows lack is not in the table."""
    names = list(dict.fromkeys(name for one in rows for name in one)) or list(COLUMNS)
    kinds = {name: _kind(name, rows) for name in names}
    ordered = [{**one, "labelled_at": at} for at, one in enumerate(labels)]
    for table, columns, records in (
        ("predictions", kinds, rows),
        (LABELS_TABLE, _LABELS, ordered),
    ):
        yield f"DROP TABLE IF EXISTS {table}", []
        yield created(table, columns), []
        for one in records:
            marks = ", ".join([mark] * len(one))
            yield f"INSERT INTO {table} ({', '.join(one)}) VALUES ({marks})", list(one.values())  # noqa: S608  # the tests' own names


def _kind(name: str, rows: Sequence[Record]) -> str:
    given = [one[name] for one in rows if one.get(name) is not None]
    if given and isinstance(given[0], str):
        return "TEXT"
    return COLUMNS.get(name) or (_TYPES[type(given[0])] if given else "TEXT")
