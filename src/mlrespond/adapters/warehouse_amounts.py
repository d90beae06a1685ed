"""Amounts of a table in logarithmic buckets: the engine counts, one question a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlrespond.adapters.tally import buckets
from mlrespond.adapters.warehouse_columns import Columns, collected, placed
from mlrespond.model.amount import LOG_GAMMA, SMALLEST, Amounts
from mlrespond.model.edge import SLICES, slice_starts
from mlrespond.model.reading import Window

if TYPE_CHECKING:
    from ibis.backends import BaseBackend
    from ibis.expr.types import Table


def amounts_of(
    name: str, columns: Columns, rows: Table, engine: BaseBackend, window: Window
) -> Amounts:
    """Return the counts of a column, by slice of the window.

    Engines round logarithms in their last bits: an amount that lies on an edge may be counted in
    the next bucket.
    """
    import ibis

    value = columns.number(name, rows)
    known = value.notnull() & (value >= 0)
    some = (known & (value >= SMALLEST)).ifelse(value, ibis.null().cast("float64"))
    told = rows.select(
        known_=known.ifelse(1, 0),
        slice_=placed(rows, slice_starts(window)),
        bucket_=(some.ln() / LOG_GAMMA).ceil().cast("int64"),
    )
    counts = told.group_by("known_", "slice_", "bucket_").aggregate(n_=ibis._.count())
    slices: list[list[tuple[int | None, int]]] = [[] for _ in range(SLICES)]
    missing = 0
    for one in collected(engine, counts):
        if one["known_"]:
            bucket = one["bucket_"]
            slices[int(one["slice_"])].append(
                (None if bucket is None else int(bucket), int(one["n_"]))
            )
        else:
            missing += int(one["n_"])
    return Amounts(name=name, missing=missing, slices=tuple(map(buckets, slices)))
