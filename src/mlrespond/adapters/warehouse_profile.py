"""The profile of a table: the engine counts, in one question for the numbers and one for the bins.

The counts are those of files; quartiles may differ in their last bits, as engines interpolate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from mlrespond.adapters.tally import CATEGORIES
from mlrespond.adapters.warehouse_amounts import amounts_of
from mlrespond.adapters.warehouse_columns import Columns, collected, placed
from mlrespond.model.edge import DECILES, FLAG_SLICES, SLICED, SLICES, edges_of, slice_starts
from mlrespond.model.json import Json
from mlrespond.model.reading import Clusters, Edges, FeatureProfile, Profile, Window
from mlrespond.model.service import Feature, Predictions

if TYPE_CHECKING:
    from ibis.backends import BaseBackend
    from ibis.expr.types import Table, Value

_NO_FEATURE: Final = Feature(type="number")
_QUARTILES: Final = {"low": 0.25, "median": 0.5, "high": 0.75}


@dataclass(frozen=True)
class TableCounts:
    """What is counted of a table in a window; without edges it is a baseline."""

    config: Predictions
    columns: Columns
    engine: BaseBackend
    window: Window
    version: str | None
    edges: Edges | None

    def profile(self) -> Profile:
        """Return the counts."""
        told = self._told
        n = int(told["n"])
        score = self.config.score
        features = {name: self._feature(name) for name in self._names}
        newest = told["newest"]
        flags = self._flags if n else []
        return Profile(
            window=self.window,
            n=n,
            newest=newest.astimezone(UTC) if isinstance(newest, datetime) else None,
            by_version=self._by(self.columns.text(self.config.version, self._rows)),
            features=tuple(features[name] for name in self.config.features),
            score=features[score] if score else None,
            flags={
                name: (int(told[f"{name}|true"] or 0), int(told[f"{name}|said"]))
                for name in flags
                if told[f"{name}|said"]
            },
            unreadable=self._unreadable,
            columns=tuple(sorted(self.columns.types)) if n else (),
            over_time=self._over_time(flags) if flags else {},
            by_entity=self._by_entity(flags) if flags and self._entity else {},
            amounts=tuple(
                amounts_of(name, self.columns, self._rows, self.engine, self.window)
                for name in self.config.amounts
            ),
        )

    def content(self) -> Json:
        """Return what stands for the window's content: a log only grows, so how much there is."""
        rows = self._rows
        asked: dict[str, Value] = {"n": rows.count(), "newest": rows["at_"].max()}
        for name in self._names:
            if name in self.columns.types:
                asked[f"{name}|said"] = rows[name].count()
        (told,) = collected(self.engine, rows.aggregate(**asked))
        return {name: str(one) for name, one in sorted(told.items())}

    @cached_property
    def _rows(self) -> Table:
        rows = self.columns.within(self.config.time, self.window)
        if self.version is None:
            return rows
        return rows.filter(self.columns.text(self.config.version, rows) == self.version)

    @property
    def _names(self) -> list[str]:
        score = [self.config.score] if self.config.score else []
        return list(dict.fromkeys([*self.config.features, *score]))

    @property
    def _flags(self) -> list[str]:
        config = self.config
        known = (config.time, config.version, config.id, config.entity, config.score)
        named = (*known, config.decision, *config.features, *config.amounts)
        return self.columns.flags(frozenset(one for one in named if one))

    @property
    def _entity(self) -> str | None:
        return self.config.entity if self.config.entity in self.columns.types else None

    @property
    def _unreadable(self) -> int:
        rows = self.columns.timed(self.config.time)
        (told,) = collected(self.engine, rows.aggregate(n=rows["at_"].isnull().sum()))
        return int(told["n"] or 0)

    def _is_number(self, name: str) -> bool:
        return self.config.features.get(name, _NO_FEATURE).type == "number"

    @cached_property
    def _told(self) -> Mapping[str, Any]:
        """Return what one pass over the window tells of all columns."""
        rows = self._rows
        asked: dict[str, Value] = {"n": rows.count(), "newest": rows["at_"].max()}
        for name in self._names:
            asked |= {f"{name}|{what}": one for what, one in self._asked(name, rows)}
        for name in self._flags:
            asked |= {
                f"{name}|true": rows[name].cast("int32").sum(),
                f"{name}|said": rows[name].count(),
            }
        (told,) = collected(self.engine, rows.aggregate(**asked))
        return told

    def _asked(self, name: str, rows: Table) -> Iterator[tuple[str, Value]]:
        yield "nulls", self.columns.nulls(name, rows).cast("int32").sum()
        if not self._is_number(name):
            text = self.columns.text(name, rows)
            yield "known", text.count()
            yield "distinct", text.nunique()
            return
        value = self.columns.number(name, rows)
        yield "known", value.count()
        feature = self.config.features.get(name, _NO_FEATURE)
        if feature.min is not None:
            yield "below", (value < feature.min).cast("int32").sum()
        if feature.max is not None:
            yield "above", (value > feature.max).cast("int32").sum()
        for what, share in _QUARTILES.items():
            yield what, value.quantile(share)
        if self.edges is None:
            for share in DECILES:
                yield f"d{share}", value.quantile(share)

    def _edges(self, name: str) -> tuple[float, ...]:
        if self.edges is not None:
            return self.edges.get(name, ())
        deciles = [self._told[f"{name}|d{share}"] for share in DECILES]
        return edges_of([float(one) for one in deciles if one is not None])

    @cached_property
    def _classes(self) -> Sequence[Mapping[str, Any]]:
        """Return what a second pass counts by slice and class."""
        rows = self._rows
        rows = rows.mutate(slice_=placed(rows, slice_starts(self.window)))
        asked: dict[str, Value] = {"rows": rows.count()}
        for name in self._names:
            asked |= self._class_counts(name, rows)
        return collected(self.engine, rows.group_by("slice_").aggregate(**asked))

    def _class_counts(self, name: str, rows: Table) -> dict[str, Value]:
        nulls = {f"{name}|nulls": self.columns.nulls(name, rows).cast("int32").sum()}
        if not self._is_number(name):
            text = self.columns.text(name, rows)
            told = list(self._categories[name])[:SLICED]
            counted = {
                f"{name}|{at}": (text == one).cast("int32").sum() for at, one in enumerate(told)
            }
            return {**nulls, **counted, f"{name}|known": text.count()}
        value = self.columns.number(name, rows)
        counted = {
            f"{name}|{at}": (value <= edge).cast("int32").sum()
            for at, edge in enumerate(self._edges(name))
        }
        return {**nulls, **counted, f"{name}|known": value.count()}

    def _feature(self, name: str) -> FeatureProfile:
        told = {what: self._told.get(f"{name}|{what}") for what in _WHAT}
        n, nulls, known = int(self._told["n"]), int(told["nulls"] or 0), int(told["known"] or 0)
        repeats, same = self._repeats(name)
        number = self._is_number(name)
        distinct, commonest = self._runs(name) if number else (int(told["distinct"] or 0), 0)
        edges = self._edges(name) if number else ()
        return FeatureProfile(
            name=name,
            type="number" if number else "category",
            n=n,
            nulls=nulls,
            mismatched=n - nulls - known,
            out_of_range=int(told["below"] or 0) + int(told["above"] or 0),
            low_quartile=told["low"],
            median=told["median"],
            high_quartile=told["high"],
            distinct=distinct,
            categories={} if number else self._categories[name],
            commonest=commonest,
            edges=edges,
            bins=self._bins(name, len(edges)) if edges else (),
            slices=self._slices(name, len(edges), number=number) if known else (),
            repeats=repeats,
            same=same,
        )

    def _runs(self, name: str) -> tuple[int, int]:
        """Return how many numbers differ, and how often the commonest one stands.

        Not asked with the rest: not every engine has a mode.
        """
        import ibis

        rows = self._rows.select(of_=self.columns.number(name, self._rows))
        known = rows.filter(rows["of_"].notnull())
        runs = known.group_by("of_").aggregate(n_=ibis._.count())
        (told,) = collected(
            self.engine, runs.aggregate(distinct=runs.count(), commonest=runs["n_"].max())
        )
        return int(told["distinct"]), int(told["commonest"] or 0)

    def _sum(self, key: str) -> int:
        return sum(int(one.get(key) or 0) for one in self._classes)

    def _bins(self, name: str, edges: int) -> tuple[int, ...]:
        upto = [self._sum(f"{name}|{at}") for at in range(edges)]
        ends = [0, *upto, self._sum(f"{name}|known")]
        return tuple(later - earlier for earlier, later in pairwise(ends))

    def _slices(self, name: str, edges: int, *, number: bool) -> tuple[tuple[int, ...], ...]:
        by = {int(one["slice_"]): one for one in self._classes}
        width = edges if number else min(SLICED, len(self._categories[name]))
        found = []
        for at in range(SLICES):
            told = by.get(at, {})
            counts = [int(told.get(f"{name}|{one}") or 0) for one in range(width)]
            known = int(told.get(f"{name}|known") or 0)
            nulls = int(told.get(f"{name}|nulls") or 0)
            parts = (
                [later - earlier for earlier, later in pairwise([0, *counts, known])]
                if number
                else [*counts, known - sum(counts)]
            )
            found.append((nulls, *parts))
        return tuple(found)

    @cached_property
    def _categories(self) -> Mapping[str, Mapping[str, int]]:
        names = [name for name in self._names if not self._is_number(name)]
        return {name: self._by(self.columns.text(name, self._rows)) for name in names}

    def _by(self, text: Value) -> dict[str, int]:
        """Return how often each text stands, the commonest first, and no more than are told."""
        import ibis

        rows = self._rows.select(of_=text)
        counts = rows.filter(rows["of_"].notnull()).group_by("of_").aggregate(n_=ibis._.count())
        top = counts.order_by(ibis.desc("n_"), ibis.asc("of_")).limit(CATEGORIES)
        pairs = [(str(one["of_"]), int(one["n_"])) for one in collected(self.engine, top)]
        return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))

    def _repeats(self, name: str) -> tuple[int, int]:
        if self._entity is None or name not in self.columns.types:
            return 0, 0
        rows = self._rows
        value = (
            self.columns.number(name, rows)
            if self._is_number(name)
            else self.columns.text(name, rows)
        )
        whom = self.columns.text(self._entity, rows)
        told = rows.select(whom_=whom, at_=rows["at_"], value_=value)
        told = told.filter(told["whom_"].notnull() & told["value_"].notnull())
        last = (
            told["value_"]
            .lag()
            .over(group_by=told["whom_"], order_by=[told["at_"], told["value_"]])
        )
        pairs = told.mutate(last_=last)
        (found,) = collected(
            self.engine,
            pairs.aggregate(
                repeats=pairs["last_"].count(),
                same=(pairs["last_"] == pairs["value_"]).cast("int32").sum(),
            ),
        )
        return int(found["repeats"]), int(found["same"] or 0)

    def _over_time(self, flags: Sequence[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        length = self.window.until - self.window.since
        starts = [
            self.window.since + -(-length * at // FLAG_SLICES) for at in range(1, FLAG_SLICES)
        ]
        rows = self._rows.mutate(slice_=placed(self._rows, starts))
        by = rows.group_by("slice_")
        told = {
            int(one["slice_"]): one
            for one in collected(self.engine, by.aggregate(**_flag_counts(rows, flags)))
        }
        return {
            name: tuple(
                (int(one.get(f"{name}|true") or 0), int(one.get(f"{name}|said") or 0))
                for one in (told.get(at, {}) for at in range(FLAG_SLICES))
            )
            for name in flags
            if any(one[f"{name}|said"] for one in told.values())
        }

    def _by_entity(self, flags: Sequence[str]) -> dict[str, Clusters]:
        rows = self._rows.mutate(whom_=self.columns.text(self._entity or "", self._rows))
        named = rows.filter(rows["whom_"].notnull())
        by = named.group_by("whom_").aggregate(**_flag_counts(named, flags))
        sums: dict[str, Value] = {}
        for name in flags:
            k, n = (by[f"{name}|{what}"].cast("int64") for what in ("true", "said"))
            k = k.fill_null(0)
            each = ((n > 0).cast("int32"), k, n, k * k, k * n, n * n)
            sums |= {f"{name}|{at}": one.sum() for at, one in enumerate(each)}
        (told,) = collected(self.engine, by.aggregate(**sums))
        return {
            name: Clusters(*(int(told[f"{name}|{at}"] or 0) for at in range(6)))
            for name in flags
            if told[f"{name}|0"]
        }


_WHAT: Final = ("nulls", "known", "below", "above", "low", "median", "high", "distinct")


def _flag_counts(rows: Table, flags: Sequence[str]) -> dict[str, Value]:
    return {
        f"{name}|{what}": one
        for name in flags
        for what, one in (("true", rows[name].cast("int32").sum()), ("said", rows[name].count()))
    }
