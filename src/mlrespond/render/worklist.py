"""The worklist of a blast radius as a file: CSV, JSON lines, or Parquet with the extra `data`.

Written aside and renamed, so that a file is whole or is not there. What is read back are the ids.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from mlrespond.errors import InvalidInputError, UnsupportedError, UsageError
from mlrespond.model.instant import iso
from mlrespond.model.text import one_line
from mlrespond.render.escape import csv as csv_cell
from mlrespond.render.escape import json_text
from mlrespond.usecases.blast import Listed, Save, Saved

ENDINGS = (".csv", ".jsonl", ".parquet")
_COLUMNS = ("id", "served_at", "version", "entity", "decision", "score", "settled")
_BATCH = 50_000
_CHUNK = 1 << 20


def saving(written: str) -> Save:
    """Return what writes a worklist there; UsageError where the name's ending says no format."""
    path = Path(written)
    write = _WRITERS.get(path.suffix)
    if write is None:
        raise UsageError(
            f"`{written}` says no format by its ending", hint=f"end it in {', '.join(ENDINGS)}"
        )
    if path.suffix == ".parquet":
        _need_polars()

    def save(rows: Iterable[Listed]) -> Saved:
        aside = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            count = write(aside, rows)
            digest = _digest(aside)
            aside.replace(path)
        except OSError as cause:
            aside.unlink(missing_ok=True)
            raise InvalidInputError(f"{path} cannot be written: {cause.strerror}") from cause
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        return Saved(path=str(path), digest=digest, rows=count)

    return save


def _row(one: Listed) -> Mapping[str, str]:
    found = one.decided
    cells = (found.id, iso(found.at), found.version, found.entity, found.decision, found.score)
    return dict(zip(_COLUMNS, (*cells, one.settled or ""), strict=True))


def _csv(path: Path, rows: Iterable[Listed]) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        count = 0
        for count, one in enumerate(rows, 1):  # noqa: B007  # how many there were
            writer.writerow(csv_cell(cell) for cell in _row(one).values())
    return count


def _lines(path: Path, rows: Iterable[Listed]) -> int:
    with path.open("w", encoding="utf-8") as file:
        count = 0
        for count, one in enumerate(rows, 1):  # noqa: B007  # how many there were
            file.write(json_text(json.dumps(_row(one), ensure_ascii=False)) + "\n")
    return count


def _parquet(path: Path, rows: Iterable[Listed]) -> int:
    """Write what is listed; only its columns are held in memory, packed."""
    import polars as pl

    schema = dict.fromkeys(_COLUMNS, pl.String)
    parts = [pl.DataFrame(schema=schema)]
    waiting = iter(rows)
    while batch := [_row(one) for one in islice(waiting, _BATCH)]:
        parts.append(pl.DataFrame(batch, schema=schema))
    frame = pl.concat(parts).with_columns(
        pl.col("served_at").str.to_datetime("%+", time_zone="UTC", time_unit="us")
    )
    frame.write_parquet(path)
    return frame.height


_WRITERS: Mapping[str, Callable[[Path, Iterable[Listed]], int]] = {
    ".csv": _csv,
    ".jsonl": _lines,
    ".parquet": _parquet,
}


def _need_polars() -> None:
    try:
        import polars  # noqa: F401, ICN001  # whether it is there
    except ImportError as cause:
        raise UnsupportedError(
            "polars is not installed", hint="pip install 'mlrespond[data]', or write .csv"
        ) from cause


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            found.update(part)
    return found.hexdigest()


def ids_in(path: Path) -> Iterator[str]:
    """Yield the ids that a file names: by its column `id`, or one a line where it has no columns.

    Raises InvalidInputError where it cannot be read, or has no column `id`.
    """
    try:
        if path.suffix == ".parquet":
            yield from _ids_of_parquet(path)
        elif path.suffix == ".csv":
            yield from _ids_of_csv(path)
        elif path.suffix == ".jsonl":
            yield from _ids_of_lines(path)
        else:
            with path.open(encoding="utf-8") as file:
                yield from (line.strip() for line in file if line.strip())
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise InvalidInputError(f"{path} cannot be read: {one_line(str(cause))}") from cause


def _ids_of_csv(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if "id" not in (reader.fieldnames or ()):
            raise InvalidInputError(f"{path} has no column `id`", hint="its first line names them")
        for row in reader:
            told = row["id"] or ""
            yield told[1:] if told[:1] == "'" and told[1:2] in {"=", "+", "-", "@"} else told


def _ids_of_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                found = row if isinstance(row, str | int) else row["id"]
            except (ValueError, KeyError, TypeError, RecursionError) as cause:
                raise InvalidInputError(
                    f"{path}:{number} names no id", hint='a line is {"id": "…"}, or the id itself'
                ) from cause
            yield str(found)


def _ids_of_parquet(path: Path) -> Iterator[str]:
    _need_polars()
    import polars as pl

    try:
        column = pl.read_parquet(path, columns=["id"])["id"].cast(pl.String)
    except pl.exceptions.PolarsError as cause:
        raise InvalidInputError(f"{path} cannot be read: {one_line(str(cause))}") from cause
    yield from (one for one in column.to_list() if one is not None)
