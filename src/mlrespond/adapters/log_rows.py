"""Rows of JSON lines, CSV and Parquet files by the time that one of their columns names."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from glob import glob
from pathlib import Path
from typing import TypeAlias

from mlrespond.adapters import timed_lines
from mlrespond.adapters.durable import said
from mlrespond.adapters.timed_lines import SLACK
from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json, Record, parse
from mlrespond.model.reading import Window

PARQUET = ".parquet"

Timed: TypeAlias = tuple[datetime, Record]

_WORDS: Mapping[str, Json] = {"": None, "true": True, "false": False}


class Written(str):
    """A value of a CSV file, where every number is text."""

    __slots__ = ()


def files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a glob that starts at a folder, sorted by name."""
    written = str(Path(pattern).expanduser())
    found = (folder / one for one in glob(written, root_dir=folder, recursive=True))  # noqa: PTH207  # Path.glob takes no absolute pattern
    return sorted(one for one in found if one.is_file())


def in_window(path: Path, window: Window, time: str) -> Iterator[Timed | None]:
    """Yield the rows of a window, and None for each row near it that cannot be read.

    A row without a time, or with one of no time zone, cannot be read: nobody knows when it was.
    """
    with said(f"{path} cannot be read"):
        if path.suffix == ".csv":
            yield from _in_csv(path, window, time)
        elif path.suffix == PARQUET:
            from mlrespond.adapters import parquet_rows

            yield from parquet_rows.in_window(path, window, time)
        else:
            yield from timed_lines.between(
                path, window.since, window.until, lambda line: _timed(_row(line), time)
            )


def stretch(path: Path, window: Window, time: str) -> tuple[Path, int, int]:
    """Return the bytes of a file that the rows of a window are read from; of CSV, all."""
    with said(f"{path} cannot be read"):
        if path.suffix != ".jsonl":
            return path, 0, path.stat().st_size
        since, until = window.since, window.until
        return path, *timed_lines.stretch(path, since, until, lambda line: _timed(_row(line), time))


def all_rows(path: Path) -> Iterator[Record | None]:
    """Yield every row of a file, and None for each that cannot be read."""
    with said(f"{path} cannot be read"):
        if path.suffix == ".csv":
            yield from _csv_rows(path)
            return
        if path.suffix == PARQUET:
            from mlrespond.adapters import parquet_rows

            yield from parquet_rows.all_rows(path)
            return
        with path.open("rb") as file:
            yield from (_row(line) for line in file if line.strip())


def _in_csv(path: Path, window: Window, time: str) -> Iterator[Timed | None]:
    """Yield as `in_window` does; of a row beyond the window nothing but its time is read."""
    near = True
    for header, cells in _csv_lines(path):
        at = _time(_cell(header, cells, time)) if cells else None
        if at is None:
            if near:
                yield None
            continue
        near = window.since - SLACK <= at <= window.until + SLACK
        if window.since <= at < window.until:
            yield at, _named(header, cells)


def _csv_rows(path: Path) -> Iterator[Record | None]:
    for header, cells in _csv_lines(path):
        yield _named(header, cells) if cells else None


def _csv_lines(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the header and the cells of each line; none for one that is no whole row."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        header: list[str] | None = None
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield [], []
                continue
            if header is None:
                header = cells
            elif cells:
                yield header, cells if len(cells) == len(header) else []


def _cell(header: list[str], cells: list[str], name: str) -> str | None:
    """Return the cell of a column; of two of one name the last, as in a row of names."""
    places = [at for at, one in enumerate(header) if one == name]
    return cells[places[-1]] if places else None


def _named(header: list[str], cells: list[str]) -> Record:
    return {key: _value(text) for key, text in zip(header, cells, strict=True)}


def _value(text: str) -> Json:
    return _WORDS.get(text.lower(), Written(text))


def _row(line: bytes) -> Record | None:
    try:
        row = parse(line, nan=True)
    except InvalidInputError:
        return None
    return row if isinstance(row, dict) else None


def _timed(row: Record | None, time: str) -> Timed | None:
    at = _time(row.get(time)) if row else None
    return None if row is None or at is None else (at, row)


def _time(written: Json) -> datetime | None:
    if not isinstance(written, str):
        return None
    try:
        return parse_iso(written)
    except (InvalidInputError, OverflowError):
        return None
