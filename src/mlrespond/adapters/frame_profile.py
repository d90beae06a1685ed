"""The profile of a scan: columns are read a few at a time, counted, and let go of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mlrespond.adapters.frame_columns import Scan, number, texts, times
from mlrespond.adapters.frame_flags import FrameFlags, counted
from mlrespond.adapters.frame_numbers import Numbers, Rows, number_profile, sliced
from mlrespond.adapters.frame_scan import SAMPLE, reading, records
from mlrespond.adapters.tally import CATEGORIES, buckets
from mlrespond.adapters.timed_lines import SLACK
from mlrespond.model.amount import LOG_GAMMA, SMALLEST, Amounts
from mlrespond.model.edge import SLICED, SLICES, slice_starts
from mlrespond.model.reading import Edges, FeatureProfile, Profile, Window
from mlrespond.model.service import Feature, Predictions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

_AT_A_TIME: Final = 4
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_FEATURE: Final = Feature(type="number")


@dataclass(frozen=True)
class FrameCounts:
    """What is counted of a scan in a window; without edges it is a baseline."""

    config: Predictions
    found: Scan
    window: Window
    version: str | None
    edges: Edges | None

    def profile(self) -> Profile:
        """Return the counts."""
        told = {one.name: one for batch in self._batches() for one in self._counted(batch)}
        n, newest, flags = self._scalars
        score = self.config.score
        return Profile(
            window=self.window,
            n=n,
            newest=newest,
            by_version=self._versions,
            features=tuple(told[name] for name in self.config.features),
            score=told[score] if score else None,
            flags=flags,
            unreadable=self._unreadable,
            columns=self._columns(told) if n else (),
            over_time=self._flags.over_time(self._answers[3]) if flags else {},
            by_entity=self._flags.by_entity(dict(enumerate(self._answers)).get(4)) if flags else {},
            amounts=tuple(self._amounts(name) for name in self.config.amounts),
        )

    def _columns(self, told: Mapping[str, FeatureProfile]) -> tuple[str, ...]:
        """Return what columns there are; of lines, those of the window's first and of any value."""
        found = set(self.found.columns)
        if self.found.line is not None:
            (frame,) = collected([self._of.select(self.found.line).head(SAMPLE)])
            found |= {name for one in records(frame[self.found.line].to_list()) for name in one}
            found |= {name for name, one in told.items() if one.n > one.nulls}
        return tuple(sorted(found))

    @property
    def _flags(self) -> FrameFlags:
        entity = self.config.entity
        return FrameFlags(self.found, entity if entity in self.found.types else None)

    @cached_property
    def _near(self) -> pl.LazyFrame:
        return self.found.frame.with_columns(times(self.found, self.config.time).alias("_at"))

    @cached_property
    def _of(self) -> pl.LazyFrame:
        rows = self._near.filter(within(self.window))
        return of_version(rows, self.found, self.config.version, self.version)

    @cached_property
    def _answers(self) -> list[pl.DataFrame]:
        import polars as pl

        scalars = self._of.select(
            pl.len().alias("n"),
            pl.col("_at").max().alias("newest"),
            *(one for name in self.found.flags for one in counted(self.found, name)),
        )
        broken = self._near.select(pl.col("_at").is_null().sum())
        versions = texts(self.found, self.config.version).alias("of")
        flags = self._flags.queries(self._of, self.window) if self.found.flags else []
        return collected([scalars, broken, self._of.group_by(versions).len(), *flags])

    @property
    def _scalars(self) -> tuple[int, datetime | None, dict[str, tuple[int, int]]]:
        told = self._answers[0].row(0, named=True)
        flags = {
            name: (int(told[f"{name}|true"]), int(told[f"{name}|said"]))
            for name in self.found.flags
            if told[f"{name}|said"]
        }
        newest = told["newest"]
        at = newest.replace(tzinfo=UTC) if isinstance(newest, datetime) else None
        return int(told["n"]), at, flags

    @property
    def _unreadable(self) -> int:
        """Return how many rows near the window have no time: theirs is that of the row before."""
        import polars as pl

        if not self._answers[1].item():
            return 0
        near = Window(since=self.window.since - SLACK, until=self.window.until + SLACK)
        told = pl.col("_at").forward_fill().backward_fill().alias("_at")
        lost = self._near.select(told, pl.col("_at").is_null().alias("lost"))
        rows = lost.filter(pl.col("lost") & (within(near) | pl.col("_at").is_null()))
        (found,) = collected([rows.select(pl.len())])
        return int(found.item())

    @property
    def _versions(self) -> dict[str, int]:
        return counts(self._answers[2])

    def _batches(self) -> Iterator[list[str]]:
        """Yield the columns by what is read at once: of texts, which are parsed, all of them."""
        score = [self.config.score] if self.config.score else []
        names = list(dict.fromkeys([*self.config.features, *score]))
        size = len(names) or 1 if self.found.written else _AT_A_TIME
        for start in range(0, len(names), size):
            yield names[start : start + size]

    def _counted(self, names: Sequence[str]) -> Iterator[FeatureProfile]:
        (frame,) = collected(
            [self._of.select(*(one for name in names for one in self._read(name)))]
        )
        for name in names:
            if self._is_number(name):
                yield self._numbers(name, frame)
            else:
                yield self._categories(name, frame)

    def _read(self, name: str) -> tuple[pl.Expr, pl.Expr]:
        column = self.found.column(name)
        value = number(self.found, name) if self._is_number(name) else texts(self.found, name)
        return value.alias(name), column.is_null().alias(f"{name}|missing")

    def _amounts(self, name: str) -> Amounts:
        """Return a column in logarithmic buckets; null is the bucket of noughts."""
        import polars as pl

        value = number(self.found, name)
        known = value.is_finite() & (value >= 0)
        bucket = pl.when(value >= SMALLEST).then((value.log() / LOG_GAMMA).ceil().cast(pl.Int64))
        starts = [_epoch_us(one) for one in slice_starts(self.window)]
        at = pl.col("_at").dt.epoch("us")
        place = pl.sum_horizontal([(at >= one).cast(pl.Int32) for one in starts])
        rows = self._of.select(
            known.fill_null(value=False).alias("known"),
            pl.when(known).then(bucket).alias("bucket"),
            place.alias("slice"),
        )
        (frame,) = collected([rows.group_by("known", "slice", "bucket").len()])
        slices: list[list[tuple[int | None, int]]] = [[] for _ in range(SLICES)]
        missing = 0
        for told, at_slice, of_bucket, count in frame.iter_rows():
            if told:
                slices[at_slice].append((of_bucket, count))
            else:
                missing += count
        return Amounts(name=name, missing=missing, slices=tuple(map(buckets, slices)))

    def _is_number(self, name: str) -> bool:
        return self.config.features.get(name, _NO_FEATURE).type == "number"

    def _numbers(self, name: str, frame: pl.DataFrame) -> FeatureProfile:
        feature = self.config.features.get(name, _NO_FEATURE)
        column = Numbers(
            values=frame[name].to_numpy(),
            unread=frame[name].is_null().to_numpy(),
            missing=frame[f"{name}|missing"].to_numpy(),
        )
        edges = None if self.edges is None else self.edges.get(name, ())
        return number_profile(name, column, self._rows, (feature.min, feature.max), edges)

    def _categories(self, name: str, frame: pl.DataFrame) -> FeatureProfile:
        import polars as pl

        column, missing = frame[name], frame[f"{name}|missing"]
        found = counts(column.value_counts())
        repeats, same = 0, 0
        if self._rows.order is not None:
            codes = column.cast(pl.Enum(sorted(found))).to_physical().fill_null(0).to_numpy()
            repeats, same = self._rows.repeats(codes, column.is_not_null().to_numpy())
        return FeatureProfile(
            name=name,
            type="category",
            n=len(column),
            nulls=int(missing.sum()),
            mismatched=int((column.is_null() & ~missing).sum()),
            distinct=len(found),
            categories=dict(list(found.items())[:CATEGORIES]),
            slices=self._sliced(column, missing, list(found)[:SLICED]) if found else (),
            repeats=repeats,
            same=same,
        )

    def _sliced(
        self, column: pl.Series, missing: pl.Series, names: Sequence[str]
    ) -> tuple[tuple[int, ...], ...]:
        import numpy as np
        import polars as pl

        width = len(names) + 2

        def label(part: slice) -> npt.NDArray[np.int64]:
            texts, gone = column[part], missing[part].to_numpy()
            labels = texts.replace_strict(
                list(names), range(1, width - 1), default=width - 1, return_dtype=pl.Int64
            ).to_numpy()
            lost = texts.is_null().to_numpy() & ~gone
            return np.where(gone, 0, np.where(lost, -1, labels))

        return sliced(label, self._rows.slices, width)

    @cached_property
    def _rows(self) -> Rows:
        """Return where the rows stand."""
        import numpy as np
        import polars as pl

        entity = self.config.entity if self.config.entity in self.found.types else None
        whom = texts(self.found, entity) if entity else pl.lit(None, dtype=pl.String)
        at = pl.col("_at").dt.epoch("us").alias("at")
        (frame,) = collected([self._of.select(at, whom.alias("whom"))])
        times_us = frame["at"].to_numpy()
        starts = np.array([_epoch_us(one) for one in slice_starts(self.window)])
        slices = np.searchsorted(starts, times_us, side="right").astype(np.int8)
        return _ordered(slices, times_us, frame["whom"]) if entity else Rows(slices=slices)


def _ordered(slices: npt.NDArray[np.int8], at: npt.NDArray[np.int64], whom: pl.Series) -> Rows:
    import numpy as np
    import polars as pl

    codes = whom.cast(pl.Categorical).to_physical().fill_null(0).to_numpy()
    named = np.flatnonzero(whom.is_not_null().to_numpy())
    order = named[np.lexsort((at[named], codes[named]))]
    entity, instant = codes[order], at[order]
    tied = (entity[1:] == entity[:-1]) & (instant[1:] == instant[:-1])
    return Rows(slices=slices, order=order, entity=entity, tied=tied)


def within(window: Window) -> pl.Expr:
    """Return whether a row's time, `_at`, lies in a window."""
    import polars as pl

    return (pl.col("_at") >= utc(window.since)) & (pl.col("_at") < utc(window.until))


def utc(at: datetime) -> pl.Expr:
    """Return a time as columns of times are compared with it."""
    import polars as pl

    return pl.lit(at).dt.convert_time_zone("UTC")


def of_version(rows: pl.LazyFrame, found: Scan, column: str, version: str | None) -> pl.LazyFrame:
    """Return the rows that a version served; without one, all."""
    return rows if version is None else rows.filter(texts(found, column) == version)


def counts(frame: pl.DataFrame) -> dict[str, int]:
    """Return how often each text stands, the commonest first."""
    pairs = [(text, int(count)) for text, count in frame.iter_rows() if text is not None]
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def collected(frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
    """Return what the frames hold."""
    import polars as pl

    with reading():
        return pl.collect_all(frames, engine="streaming")


def _epoch_us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
