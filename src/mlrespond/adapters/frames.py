"""Predictions logged in files, counted by polars: Parquet, large CSV and JSON lines, object stores.

It needs the extra `data`; polars is imported when something is read. Rows are filtered and counted
where they lie, column by column: no record is kept. Source: docs.pola.rs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mlrespond.adapters.frame_columns import CATEGORIES, Scan, numbers, texts, times
from mlrespond.adapters.frame_scan import reading, scan
from mlrespond.adapters.site import Site
from mlrespond.errors import NotThereError, UnsupportedError
from mlrespond.model.instant import parse_duration
from mlrespond.model.reading import FeatureProfile, FeatureType, LabelCounts, Profile, Window
from mlrespond.model.service import Feature, Labels, Predictions

if TYPE_CHECKING:
    import polars as pl

_NO_FEATURE = Feature(type="number")


class FrameLog:
    """See Predictions; texts of CSV and JSON lines count as numbers where they read like one."""

    def __init__(self, config: Predictions, site: Site) -> None:
        self._config = config
        self._site = site

    def profile(self, window: Window, version: str | None = None) -> Profile:
        """See Predictions.profile."""
        import polars as pl

        found = self._scan(self._config.path or "", flags=True)
        timed = times(found, self._config.time)
        near = found.frame.with_columns(timed.alias("_at"))
        rows = self._of(near.filter(_within(window)), found, version)
        names = list(self._config.features)
        scalars = rows.select(
            pl.len().alias("n"),
            pl.col("_at").max().alias("newest"),
            *(one for name in self._numeric() for one in numbers(found, name, self._spec(name))),
            *(one for name in names if self._is_category(name) for one in _category(found, name)),
            *(one for name in found.flags for one in _flag(found, name)),
        )
        broken = near.select(pl.col("_at").is_null().sum().alias("unreadable"))
        counted = [rows.group_by(texts(found, self._config.version).alias("of")).len()]
        counted += [
            rows.group_by(texts(found, name).alias("of")).len() for name in self._categories()
        ]
        told, unreadable, versions, *categories = _collected([scalars, broken, *counted])
        return self._profile(
            window,
            told.row(0, named=True),
            int(unreadable.item()),
            _counts(versions),
            dict(zip(self._categories(), map(_counts, categories), strict=True)),
            found,
        )

    def labels(self, window: Window, version: str | None = None) -> LabelCounts:
        """See Predictions.labels."""
        import polars as pl

        labels, decision = self._labelled()
        found = self._scan(self._config.path or "")
        rows = self._of(
            found.frame.with_columns(times(found, self._config.time).alias("_at")).filter(
                _within(window)
            ),
            found,
            version,
        )
        ripe = self._site.clock.now() - timedelta(seconds=parse_duration(labels.mature_after))
        given = rows.select(
            texts(found, self._config.id or "").alias("name"),
            texts(found, decision).alias("given"),
            (pl.col("_at") <= _utc(ripe)).alias("mature"),
        ).filter(pl.col("given").is_not_null())
        joined = given.join(self._truth(labels), on="name", how="left", nulls_equal=False)
        told = joined.select(
            pl.len().alias("predicted"),
            pl.col("mature").sum().alias("mature"),
            (pl.col("mature") & pl.col("truth").is_not_null()).sum().alias("labelled"),
            (pl.col("mature") & (pl.col("truth") == pl.col("given"))).sum().alias("correct"),
        )
        (counts,) = _collected([told])
        return LabelCounts(window=window, **counts.row(0, named=True))

    def _truth(self, labels: Labels) -> pl.LazyFrame:
        """Return the last label of each name; no file of labels means that none came yet."""
        import polars as pl

        empty = pl.LazyFrame(schema={"name": pl.String, "truth": pl.String})
        found = scan(self._site, labels.path, (labels.on, labels.column))
        if found is None:
            return empty
        return (
            found.frame.select(
                texts(found, labels.on).alias("name"), texts(found, labels.column).alias("truth")
            )
            .filter(pl.col("name").is_not_null() & pl.col("truth").is_not_null())
            .group_by("name", maintain_order=True)
            .last()
        )

    def _scan(self, path: str, *, flags: bool = False) -> Scan:
        config = self._config
        asked = (config.time, config.version, config.id, config.score, config.decision)
        columns = (*(one for one in asked if one), *config.features)
        found = scan(self._site, path, columns, flags=flags, named=self._named())
        if found is None:
            raise NotThereError(f"no file matches {path}", hint="check `predictions.path`")
        return found

    def _named(self) -> frozenset[str]:
        config = self._config
        known = (config.time, config.version, config.id, config.entity, config.score)
        return frozenset(one for one in (*known, config.decision, *config.features) if one)

    def _of(self, rows: pl.LazyFrame, found: Scan, version: str | None) -> pl.LazyFrame:
        if version is None:
            return rows
        return rows.filter(texts(found, self._config.version) == version)

    def _numeric(self) -> list[str]:
        names = [name for name, one in self._config.features.items() if one.type == "number"]
        return [*names, *([self._config.score] if self._config.score else [])]

    def _categories(self) -> list[str]:
        return [name for name in self._config.features if self._is_category(name)]

    def _is_category(self, name: str) -> bool:
        return self._config.features[name].type == "category"

    def _spec(self, name: str) -> Feature:
        return self._config.features.get(name, _NO_FEATURE)

    def _labelled(self) -> tuple[Labels, str]:
        if self._config.labels is None or self._config.decision is None:
            raise UnsupportedError(
                f"the predictions of {self._site.service} cannot be held against labels",
                hint="set `predictions.labels` and `predictions.decision`",
            )
        return self._config.labels, self._config.decision

    def _profile(
        self,
        window: Window,
        told: Mapping[str, object],
        unreadable: int,
        versions: Mapping[str, int],
        categories: Mapping[str, Mapping[str, int]],
        found: Scan,
    ) -> Profile:
        newest = told["newest"]
        score = self._config.score
        return Profile(
            window=window,
            n=_int(told["n"]),
            newest=newest.replace(tzinfo=UTC) if isinstance(newest, datetime) else None,
            by_version=versions,
            features=tuple(
                _feature(name, one.type, told, categories.get(name))
                for name, one in self._config.features.items()
            ),
            score=_feature(score, "number", told, None) if score else None,
            flags={
                name: (_int(told[f"{name}|true"]), _int(told[f"{name}|said"]))
                for name in found.flags
                if told[f"{name}|said"]
            },
            unreadable=unreadable,
        )


def _feature(
    name: str, kind: FeatureType, told: Mapping[str, object], counts: Mapping[str, int] | None
) -> FeatureProfile:
    return FeatureProfile(
        name=name,
        type=kind,
        n=_int(told["n"]),
        nulls=_int(told[f"{name}|nulls"]),
        mismatched=_int(told[f"{name}|mismatched"]),
        out_of_range=_int(told.get(f"{name}|outside")),
        low_quartile=_float(told.get(f"{name}|low")),
        median=_float(told.get(f"{name}|median")),
        high_quartile=_float(told.get(f"{name}|high")),
        distinct=len(counts) if counts is not None else _int(told.get(f"{name}|distinct")),
        categories=dict(list((counts or {}).items())[:CATEGORIES]),
    )


def _within(window: Window) -> pl.Expr:
    import polars as pl

    return (pl.col("_at") >= _utc(window.since)) & (pl.col("_at") < _utc(window.until))


def _utc(at: datetime) -> pl.Expr:
    import polars as pl

    return pl.lit(at).dt.convert_time_zone("UTC")


def _category(found: Scan, name: str) -> tuple[pl.Expr, pl.Expr]:
    column, text = found.column(name), texts(found, name)
    return (
        column.is_null().sum().alias(f"{name}|nulls"),
        (column.is_not_null() & text.is_null()).sum().alias(f"{name}|mismatched"),
    )


def _flag(found: Scan, name: str) -> tuple[pl.Expr, pl.Expr]:
    text = texts(found, name)
    return (
        (text == "true").sum().alias(f"{name}|true"),
        text.is_in(["true", "false"]).sum().alias(f"{name}|said"),
    )


def _counts(frame: pl.DataFrame) -> dict[str, int]:
    """Return how often each text stands, the commonest first."""
    pairs = [(text, int(count)) for text, count in frame.iter_rows() if text is not None]
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def _collected(frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
    import polars as pl

    with reading():
        return pl.collect_all(frames, engine="streaming")


def _int(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
