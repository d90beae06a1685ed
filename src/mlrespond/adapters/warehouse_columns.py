"""Columns of a table as Ibis expressions: what counts as a number, a text, a time, and what not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from mlrespond.adapters.warehouse_error import driver_errors
from mlrespond.errors import BadReplyError
from mlrespond.model.reading import Window
from mlrespond.model.text import one_line

if TYPE_CHECKING:
    from ibis.backends import BaseBackend
    from ibis.expr.types import Table, Value

_ISO = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.]\d+)?(Z|[+-]\d\d:?\d\d)$"
"""A text is a time if it says of which zone; in any other nobody knows when it was."""


class Columns:
    """A table and the types of its columns; one that is not there is null."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.types: Mapping[str, Any] = dict(table.schema().items())

    def within(self, time: str, window: Window) -> Table:
        """Return the rows of a window, with their time in `at_`."""
        rows = self.timed(time)
        return rows.filter((rows["at_"] >= when(window.since)) & (rows["at_"] < when(window.until)))

    def timed(self, time: str) -> Table:
        """Return the table with each row's time in `at_`, null where nobody knows it."""
        import ibis

        kind = self.types.get(time)
        if kind is not None and kind.is_timestamp() and kind.timezone is not None:
            return self.table.mutate(at_=self.table[time])
        if kind is not None and kind.is_string():
            text = self.table[time]
            read = ibis.cases((text.re_search(_ISO), text), else_=None)
            return self.table.mutate(at_=read.cast("timestamp('UTC')"))
        return self.table.mutate(at_=ibis.null().cast("timestamp('UTC')"))

    def number(self, name: str, rows: Table) -> Value:
        """Return a column as finite numbers, null for anything else."""
        import ibis

        kind = self.types.get(name)
        if kind is None or not kind.is_numeric() or kind.is_boolean():
            return _nothing(rows, "float64")
        value = rows[name].cast("float64")
        if not kind.is_floating():
            return value
        return (value.isnan() | value.isinf()).ifelse(ibis.null().cast("float64"), value)

    def text(self, name: str, rows: Table) -> Value:
        """Return a column as text: whole numbers, true and false too; null for anything else."""
        import ibis

        kind = self.types.get(name)
        nothing = ibis.null().cast("string")
        if kind is None:
            return _nothing(rows, "string")
        column = rows[name]
        if kind.is_boolean():
            return ibis.cases((column, "true"), (~column, "false"), else_=nothing)
        if kind.is_string():
            return column
        if kind.is_integer():
            return column.cast("string")
        if kind.is_floating():
            known = self.number(name, rows)
            whole = known == known.floor()
            return ibis.cases((whole, known.floor().cast("int64").cast("string")), else_=nothing)
        return _nothing(rows, "string")

    def missing(self, name: str, rows: Table) -> Value:
        """Return whether nothing stands in a column."""
        return rows[name].isnull() if name in self.types else _nothing(rows, "string").isnull()

    def nulls(self, name: str, rows: Table) -> Value:
        """Return whether a column has nothing, NaN or an infinity, where it is of numbers."""
        kind = self.types.get(name)
        if kind is None or not kind.is_numeric() or kind.is_boolean():
            return self.missing(name, rows)
        return self.number(name, rows).isnull()

    def flags(self, named: frozenset[str]) -> list[str]:
        """Return the columns of true and false that nobody named."""
        return [
            name for name, kind in self.types.items() if kind.is_boolean() and name not in named
        ]


def _nothing(rows: Table, kind: str) -> Value:
    """Return a column of nulls; a lone null would be no column, and could not be counted."""
    import ibis

    null = ibis.null().cast(kind)
    return rows[rows.columns[0]].isnull().ifelse(null, null)


def when(at: datetime) -> Value:
    """Return a time as a value to compare with."""
    import ibis

    return ibis.literal(at.astimezone(UTC).isoformat()).cast("timestamp('UTC')")


def placed(rows: Table, starts: Sequence[datetime]) -> Value:
    """Return in which slice a row lies: how many of the later ones have begun by its time."""
    return reduce(add, ((rows["at_"] >= when(one)).cast("int32") for one in starts))


def collected(engine: BaseBackend, asked: Table) -> list[dict[str, Any]]:
    """Return the rows of an answer; BadReplyError where the engine cannot count."""
    try:
        found: list[dict[str, Any]] = engine.to_pyarrow(asked).to_pylist()
    except driver_errors() as cause:
        raise BadReplyError(f"the warehouse cannot count: {one_line(str(cause))}") from cause
    return found
