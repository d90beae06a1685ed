"""Flags of a scan: in all, by slice of time, and by who asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlrespond.adapters.frame_columns import Scan, texts
from mlrespond.model.edge import FLAG_SLICES
from mlrespond.model.reading import Clusters, Window

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class FrameFlags:
    """What is asked of a scan's rows, whose time is in `_at`; `entity` is a column, if any."""

    found: Scan
    entity: str | None

    def queries(self, rows: pl.LazyFrame, window: Window) -> list[pl.LazyFrame]:
        """Return what to collect: a row by slice, and a row of sums over entities."""
        import polars as pl

        since, length = _us(window)
        at = pl.col("_at").dt.epoch("us") - since
        each = [one for name in self.found.flags for one in counted(self.found, name)]
        slices = rows.group_by((at * FLAG_SLICES // length).alias("slice")).agg(each)
        if self.entity is None:
            return [slices]
        whom = rows.filter(texts(self.found, self.entity).is_not_null())
        by = whom.group_by(texts(self.found, self.entity).alias("whom")).agg(each)
        return [slices, by.select(one for name in self.found.flags for one in _sums(name))]

    def over_time(self, slices: pl.DataFrame) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """Return the flags by slice of the window."""
        told = {row["slice"]: row for row in slices.iter_rows(named=True)}
        return {
            name: tuple(
                (int(row[f"{name}|true"]), int(row[f"{name}|said"])) if row else (0, 0)
                for row in (told.get(at) for at in range(FLAG_SLICES))
            )
            for name in self.found.flags
            if any(row[f"{name}|said"] for row in told.values())
        }

    def by_entity(self, sums: pl.DataFrame | None) -> Mapping[str, Clusters]:
        """Return the flags by who asked."""
        if sums is None:
            return {}
        (row,) = sums.iter_rows(named=True)
        return {
            name: Clusters(*(int(row[f"{name}|{what}"] or 0) for what in _WHAT))
            for name in self.found.flags
            if row[f"{name}|units"]
        }


_WHAT = ("units", "k", "n", "kk", "kn", "nn")


def counted(found: Scan, name: str) -> tuple[pl.Expr, pl.Expr]:
    """Return how often a flag is true, and how often it says anything."""
    text = texts(found, name)
    return (
        (text == "true").sum().alias(f"{name}|true"),
        text.is_in(["true", "false"]).sum().alias(f"{name}|said"),
    )


def _sums(name: str) -> tuple[pl.Expr, ...]:
    import polars as pl

    k, n = (pl.col(f"{name}|{what}").cast(pl.Int64) for what in ("true", "said"))
    sums = ((n > 0).sum(), k.sum(), n.sum(), (k * k).sum(), (k * n).sum(), (n * n).sum())
    return tuple(one.alias(f"{name}|{what}") for one, what in zip(sums, _WHAT, strict=True))


def _us(window: Window) -> tuple[int, int]:
    """Return where a window begins, since the epoch, and how long it is, in microseconds."""
    since = round(window.since.timestamp() * 1_000_000)
    return since, max(1, round(window.seconds * 1_000_000))
