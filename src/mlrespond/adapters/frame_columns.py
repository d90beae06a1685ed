"""Columns of a scan as expressions: what counts as a number, a text, a time, and what as none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlrespond.model.service import Feature

if TYPE_CHECKING:
    import polars as pl

CATEGORIES = 200
"""So many categories of a feature are told, the commonest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Files that are read lazily.

    `written` means that every value is text, as in CSV; `types` are those of the columns there
    are; `flags` are the columns of true and false that nobody named.
    """

    frame: pl.LazyFrame
    types: dict[str, pl.DataType]
    flags: tuple[str, ...] = ()
    written: bool = False

    def column(self, name: str) -> pl.Expr:
        """Return a column; one that is not there is null."""
        import polars as pl

        return pl.col(name) if name in self.types else pl.lit(None, dtype=pl.String)


def numbers(found: Scan, name: str, spec: Feature) -> list[pl.Expr]:
    """Return the counts of a column of numbers; NaN and infinities count as nulls."""
    import polars as pl

    column, known = found.column(name), _number(found, name)
    finite = known.is_finite().fill_null(value=False)
    values = known.filter(finite)
    outside = pl.lit(value=False)
    if spec.min is not None:
        outside = outside | (known < spec.min)
    if spec.max is not None:
        outside = outside | (known > spec.max)
    low, median, high = (
        values.quantile(share, interpolation="linear")  # Hyndman and Fan, type 7
        for share in (0.25, 0.5, 0.75)
    )
    return [
        (column.is_null() | (known.is_not_null() & ~finite)).sum().alias(f"{name}|nulls"),
        (column.is_not_null() & known.is_null()).sum().alias(f"{name}|mismatched"),
        (finite & outside).sum().alias(f"{name}|outside"),
        low.alias(f"{name}|low"),
        median.alias(f"{name}|median"),
        high.alias(f"{name}|high"),
        values.n_unique().alias(f"{name}|distinct"),
    ]


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


def _number(found: Scan, name: str) -> pl.Expr:
    import polars as pl

    kind = found.types.get(name)
    if kind is None:
        return pl.lit(None, dtype=pl.Float64)
    readable = kind.is_numeric() or (found.written and kind == pl.String)
    return (
        pl.col(name).cast(pl.Float64, strict=False) if readable else pl.lit(None, dtype=pl.Float64)
    )
