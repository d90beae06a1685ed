"""Columns of a scan as expressions: what counts as a number, a text, a time, and what as none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Files that are read lazily.

    `written` means that every value is text, as in CSV; `types` are those of the columns that were
    asked for, and `columns` are all that rows have; of JSON lines they are not known beforehand,
    and the lines themselves stand in `line`. `flags` are the columns of true and false that nobody
    named.
    """

    frame: pl.LazyFrame
    types: dict[str, pl.DataType]
    flags: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    line: str | None = None
    written: bool = False

    def column(self, name: str) -> pl.Expr:
        """Return a column; one that is not there is null."""
        import polars as pl

        return pl.col(name) if name in self.types else pl.lit(None, dtype=pl.String)


def texts(found: Scan, name: str) -> pl.Expr:
    """Return a column as text: whole numbers, true and false too; null for anything else."""
    import polars as pl

    kind = found.types.get(name)
    if kind is None:
        return pl.lit(None, dtype=pl.String)
    column = pl.col(name)
    if kind == pl.Boolean:
        return pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false"))
    if kind.is_float():
        whole = column.is_finite() & (column == column.round(0))
        return pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String))
    if kind == pl.String or kind.is_integer() or kind in {pl.Categorical, pl.Enum}:
        return column.cast(pl.String)
    return pl.lit(None, dtype=pl.String)


def times(found: Scan, name: str) -> pl.Expr:
    """Return a column of times as UTC; null for those of no time zone: nobody knows when it was."""
    import polars as pl

    kind = found.types.get(name)
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return pl.col(name).dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    if kind == pl.String:
        return pl.col(name).str.to_datetime("%+", strict=False, time_zone="UTC", time_unit="us")
    return pl.lit(None, dtype=pl.Datetime("us", "UTC"))


def number(found: Scan, name: str) -> pl.Expr:
    """Return a column as numbers; null for what is none."""
    import polars as pl

    kind = found.types.get(name)
    if kind is None:
        return pl.lit(None, dtype=pl.Float64)
    readable = kind.is_numeric() or (found.written and kind == pl.String)
    return (
        pl.col(name).cast(pl.Float64, strict=False) if readable else pl.lit(None, dtype=pl.Float64)
    )
