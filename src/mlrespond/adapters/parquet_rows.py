"""Rows of a Parquet file one by one, for what is not counted by column; needs the extra `data`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlrespond.adapters.frame_columns import times
from mlrespond.adapters.frame_profile import within
from mlrespond.adapters.frame_scan import opened, reading
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record
from mlrespond.model.reading import Window

if TYPE_CHECKING:
    import polars as pl

BATCH = 10_000
_AT = "_at"


def in_window(path: Path, window: Window, time: str) -> Iterator[tuple[datetime, Record] | None]:
    """Yield the rows of a window in the file's order, and None for each row without a time.

    A time of no zone counts as none: nobody knows when it was.
    """
    import polars as pl

    found = opened(path)
    timed = found.frame.with_columns(times(found, time).alias(_AT))
    for row in _rows(timed.filter(pl.col(_AT).is_null() | within(window))):
        at = row.pop(_AT)
        yield None if at is None else (at.astimezone(UTC), _record(row))


def all_rows(path: Path) -> Iterator[Record]:
    """Yield every row of a file."""
    return map(_record, _rows(opened(path).frame))


def _rows(frame: pl.LazyFrame) -> Iterator[dict[str, Any]]:
    with reading():
        known = frame.collect()
    for part in known.iter_slices(BATCH):
        yield from part.iter_rows(named=True)


def _record(row: dict[str, Any]) -> Record:
    return {name: _json(value) for name, value in row.items()}


def _json(value: Any) -> Json:  # noqa: ANN401  # whatever a column of Parquet holds
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return iso(value) if value.tzinfo else value.isoformat()
        case Decimal():
            return float(value)
        case list():
            return [_json(one) for one in value]
        case dict():
            return {str(name): _json(one) for name, one in value.items()}
        case _:
            return str(value)
