"""Opening files for polars: by their ending, of this machine or of an object store."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlrespond.adapters.frame_columns import Scan
from mlrespond.adapters.log_rows import PARQUET, files
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, UnsupportedError
from mlrespond.model.json import Record
from mlrespond.model.text import one_line, unnumbered

if TYPE_CHECKING:
    import polars as pl

SAMPLE = 200  # so many lines tell which columns hold true and false
_NO_NUMBER = r":\s*(?:NaN|-?Infinity)\s*([,}])"  # many programs write them; no JSON
_LINE = "_line"
_NOTHING = "expanded paths were empty"


def is_remote(path: str) -> bool:
    """Return whether a path is an address of an object store, such as s3://bucket/logs."""
    return "://" in path


def scan(
    site: Site,
    path: str,
    columns: Sequence[str],
    *,
    flags: bool = False,
    named: Collection[str] = (),
) -> Scan | None:
    """Return the files of a glob; None if there are none.

    `columns` are those that will be asked for; with `flags`, columns of true and false that are
    not `named` are looked for too. Credentials of object stores come from their usual variables.
    """
    _installed()
    import polars as pl

    with reading():
        found = _remote(path) if is_remote(path) else _local(site, path)
        if not found:
            return None
        if path.endswith(PARQUET):
            return _typed(pl.scan_parquet(found, missing_columns="insert"), flags, named)
        if path.endswith(".csv"):
            frame = pl.scan_csv(found, infer_schema=False, truncate_ragged_lines=True)
            return _written(frame, flags, named)
        return _lines(pl.scan_lines(found), columns, flags, named)


def opened(path: Path) -> Scan:
    """Return one Parquet file of this machine."""
    _installed()
    import polars as pl

    with reading():
        return _typed(pl.scan_parquet(str(path)), flags=False, named=())


def _installed() -> None:
    try:
        import polars as pl  # noqa: F401  # only whether it is there
    except ImportError as cause:
        raise UnsupportedError(
            "polars is not installed", hint="pip install 'mlrespond[data]'"
        ) from cause


def _local(site: Site, path: str) -> list[str]:
    return [str(one) for one in files(site.folder, path)]


def _remote(path: str) -> list[str]:
    """Return the address, if anything that is not empty is there; polars lists the objects itself.

    It says that nothing is there in words alone, and of lines not even so.
    """
    import polars as pl

    try:
        pl.scan_csv(path, has_header=False, infer_schema=False, quote_char=None).collect_schema()
    except FileNotFoundError:
        return []
    except pl.exceptions.PolarsError as error:
        if _NOTHING in str(error):
            return []
    return [path]


@contextmanager
def reading() -> Iterator[None]:
    """Turn what polars says of files that it cannot read into an error of ours."""
    import polars as pl

    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as cause:
        raise BadReplyError(
            f"the predictions cannot be read: {one_line(unnumbered(str(cause)))}"
        ) from cause


def _typed(frame: pl.LazyFrame, flags: bool, named: Collection[str]) -> Scan:  # noqa: FBT001  # private
    import polars as pl

    types = dict(frame.collect_schema())
    found = [name for name, kind in types.items() if kind == pl.Boolean and name not in named]
    return Scan(frame=frame, types=types, flags=tuple(found) if flags else (), columns=tuple(types))


def _written(frame: pl.LazyFrame, flags: bool, named: Collection[str]) -> Scan:  # noqa: FBT001  # private
    import polars as pl

    lowered = frame.with_columns(
        pl.when(pl.all().str.to_lowercase().is_in(["true", "false"]))
        .then(pl.all().str.to_lowercase())
        .otherwise(pl.all())
    )
    types = dict(frame.collect_schema())
    found = [name for name in types if name not in named] if flags else []
    return Scan(frame=lowered, types=types, flags=tuple(found), columns=tuple(types), written=True)


def _lines(
    frame: pl.LazyFrame,
    columns: Sequence[str],
    flags: bool,  # noqa: FBT001  # private
    named: Collection[str],
) -> Scan:
    import polars as pl

    (line,) = frame.collect_schema().names()
    frame = frame.filter(pl.col(line).str.strip_chars() != "").with_columns(
        pl.col(line).str.replace_all(_NO_NUMBER, ":null$1")
    )
    sample = list(records(frame.head(SAMPLE).collect()[line].to_list())) if flags else []
    found = _booleans(sample, named)
    names = dict.fromkeys((*columns, *found))
    paths = {name: f"$[{json.dumps(name)}]" for name in names}
    parsed = frame.select(
        pl.col(line).alias(_LINE),
        *(pl.col(line).str.json_path_match(path).alias(name) for name, path in paths.items()),
    )
    types: dict[str, pl.DataType] = {name: pl.String() for name in names}
    return Scan(frame=parsed, types=types, flags=tuple(found), line=_LINE, written=True)


def records(lines: Sequence[str]) -> Iterator[Record]:
    """Return the records of lines of JSON, without those that are none."""
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


def _booleans(sample: Sequence[Record], named: Collection[str]) -> list[str]:
    found = {name: None for row in sample for name, value in row.items() if isinstance(value, bool)}
    return [name for name in found if name not in named]
