"""Whom some versions reached, counted by polars where the rows lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mlrespond.adapters.frame_columns import Scan, texts, times
from mlrespond.adapters.frame_profile import collected, within
from mlrespond.adapters.frame_scan import reading
from mlrespond.adapters.reach_tally import hour
from mlrespond.model.reach import Affected, Decided, Reach
from mlrespond.model.service import Predictions

if TYPE_CHECKING:
    import polars as pl

_BATCH = 50_000


def reach(config: Predictions, found: Scan, asked: Affected) -> Reach:
    """Return the counts of a window; see ServedLog.reach."""
    import polars as pl

    rows, near = _rows(config, found, asked)
    bad, listed = rows.filter("_bad"), rows.filter(pl.col("_bad") & pl.col("_listed"))
    hourly = rows.group_by(pl.col("at").dt.truncate("1h").alias("hour"))
    whole, part, work, versions, decisions, hours, broken = collected(
        [
            rows.select(*_counted(), pl.col("version").is_null().sum().alias("unversioned")),
            bad.select(*_counted()),
            listed.select(
                pl.col("id").drop_nulls().n_unique().alias("ids"),
                pl.col("id").is_null().sum().alias("nameless"),
            ),
            rows.group_by("version").len(),
            bad.group_by(pl.col("decision").fill_null("")).len(),
            hourly.agg(pl.col("_bad").sum().alias("bad"), pl.len().alias("all")),
            near.select(pl.col("_at").is_null().sum().alias("unreadable")),
        ]
    )
    return _told(
        config,
        whole.row(0, named=True),
        part.row(0, named=True),
        work.row(0, named=True),
        {"version": versions, "decision": decisions, "hour": hours, "unreadable": broken},
    )


def worklist(config: Predictions, found: Scan, asked: Affected) -> Iterator[Decided]:
    """Yield the entries of the worklist; see ServedLog.worklist."""
    import polars as pl

    rows, _ = _rows(config, found, asked)
    chosen = rows.filter(pl.col("_bad") & pl.col("_listed")).select(
        "at", *(pl.col(name).fill_null("") for name in _TEXTS)
    )
    with reading():
        for part in chosen.collect_batches(chunk_size=_BATCH, maintain_order=True):
            for at, *cells in part.iter_rows():
                yield Decided(at=at.astimezone(UTC), **dict(zip(_TEXTS, cells, strict=True)))


_TEXTS = ("id", "version", "entity", "decision", "score")


def _rows(config: Predictions, found: Scan, asked: Affected) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return the rows of the window as texts, and all rows with their times."""
    import polars as pl

    near = found.frame.with_columns(times(found, config.time).alias("_at"))
    named = {
        "id": config.id,
        "version": config.version,
        "entity": config.entity,
        "decision": config.decision,
    }
    cells = [texts(found, column or "").alias(name) for name, column in named.items()]
    score = found.column(config.score or "").cast(pl.String, strict=False).alias("score")
    inside = near.filter(within(asked.window)).select(pl.col("_at").alias("at"), score, *cells)
    return inside.with_columns(_bad(asked), _listed(config, asked)), near


def _bad(asked: Affected) -> pl.Expr:
    import polars as pl

    if not asked.versions:
        return pl.lit(value=True).alias("_bad")
    return pl.col("version").is_in(sorted(asked.versions)).fill_null(value=False).alias("_bad")


def _listed(config: Predictions, asked: Affected) -> pl.Expr:
    import polars as pl

    if asked.decisions:
        given = pl.col("decision").is_in(sorted(asked.decisions)).fill_null(value=False)
    elif config.decision is None:
        given = pl.lit(value=True)
    else:
        given = pl.col("decision").is_not_null()
    return given.alias("_listed")


def _counted() -> list[pl.Expr]:
    import polars as pl

    return [
        pl.len().alias("n"),
        pl.col("entity").drop_nulls().n_unique().alias("entities"),
        pl.col("entity").is_null().sum().alias("anonymous"),
        pl.col("at").min().alias("first"),
        pl.col("at").max().alias("last"),
    ]


def _told(
    config: Predictions,
    whole: Mapping[str, object],
    part: Mapping[str, object],
    work: Mapping[str, object],
    tables: Mapping[str, pl.DataFrame],
) -> Reach:
    logged = _int(whole["n"])
    named = config.entity is not None and bool(_int(whole["entities"]) or not logged)
    return Reach(
        logged=logged,
        affected=_int(part["n"]),
        unversioned=_int(whole["unversioned"]),
        unreadable=int(tables["unreadable"].item()),
        entities=_int(whole["entities"]) if named else None,
        entities_affected=_int(part["entities"]) if named else None,
        anonymous=_int(part["anonymous"]),
        worklist=_int(work["ids"]),
        nameless=_int(work["nameless"]),
        by_version=_by(tables["version"]),
        by_decision=_by(tables["decision"]),
        by_hour={hour(at): (int(bad), int(n)) for at, bad, n in tables["hour"].sort("hour").rows()},
        first_logged=_time(whole["first"]),
        first=_time(part["first"]),
        last=_time(part["last"]),
    )


def _by(frame: pl.DataFrame) -> dict[str, int]:
    return {name: int(n) for name, n in sorted(frame.drop_nulls().iter_rows())}


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _time(value: object) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) else None
