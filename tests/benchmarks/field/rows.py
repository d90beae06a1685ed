"""The rows of a town in which something went wrong, and what is measured of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from tests.benchmarks.field.town import (
    BUCKET_S,
    EDGES_S,
    MATURE_S,
    SPAN_S,
    Chance,
    Floats,
    Town,
    Ways,
    seeded,
)

from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, dump
from mlrespond.model.reading import (
    Case,
    Edges,
    FeatureProfile,
    LabelCounts,
    Logged,
    Profile,
    Sample,
    Window,
)


class Rows:
    """The signals of a town. Releases are (seconds from the onset, version, by replica or all)."""

    def __init__(
        self,
        town: Town,
        ways: Ways,
        onset: datetime,
        now: datetime,
        releases: tuple[tuple[float, str, tuple[str, ...]], ...],
    ) -> None:
        self._town, self._ways, self._onset, self._now = town, ways, onset, now
        chance = seeded("rows", town.seed)
        until = (now - onset).total_seconds()
        self.t = _arrivals(town, ways, chance, until)
        n = len(self.t)
        self.replica = chance.integers(0, len(town.replicas), n).astype(float)
        self.version = np.ones(n)
        for at, version, replicas in releases:
            moved = [town.replicas.index(one) for one in replicas]
            self.version[(self.t >= at) & np.isin(self.replica, moved)] = float(version)
        self.failed = chance.random(n) < self._share(ways.errors, town.errors, chance)
        self.invalid = chance.random(n) < self._share(ways.invalid, town.invalid, None)
        wrong = np.full(n, 1 - town.right)
        if ways.wrong:
            wrong = wrong + ways.wrong(self.t, self.version)
        self.right = chance.random(n) >= wrong
        self.took = _latency(town, chance, n)
        if ways.slower:
            self.took = self.took * ways.slower(self.t, self.version, self.replica)
        self.delay = chance.gamma(2.0, MATURE_S / 6, n)
        self.labelled = chance.random(n) < 0.97
        self.columns = {name: self._number(name, chance) for name in town.numbers}
        self.words = {name: self._word(name, chance) for name in town.words}

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        """Answer `NAME of VERSION on REPLICA in WINDOW`, or the name of a value."""
        name, *rest = query.split()
        if not rest:
            return self._value(name, at)
        _, version, _, replica, _, window = rest
        until = (min(at, self._now) - self._onset).total_seconds()
        rows = self._between(until - parse_duration(window), until) & self._of(version, replica)
        n = int(rows.sum())
        names = self._town.names
        if name == names["latency"]:
            took = self.took[rows & ~self.failed]
            told = [(str(edge), float((took <= edge).sum())) for edge in EDGES_S]
            pairs = [*told, ("+Inf", float(len(took)))]
            return tuple(Sample(labels={"le": edge}, value=count) for edge, count in pairs)
        assert name in {names["errors"], names["requests"]}
        found = int((rows & self.failed).sum()) if name == names["errors"] else n
        return (Sample(labels={}, value=float(found)),)

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        """See Predictions.profile; counted on the quartiles that it needs alone."""
        assert edges is None or isinstance(edges, Mapping)
        rows = self._in(window) & self._of(version or ".*", ".*")
        n = int(rows.sum())
        answered = rows & ~self.failed
        newest = self._onset + timedelta(seconds=float(self.t[rows].max())) if n else None
        if newest and self._ways.ahead_s and newest >= self._onset:
            newest += timedelta(seconds=self._ways.ahead_s)
        flag = int((answered & ~self.invalid).sum()), int(answered.sum())
        return Profile(
            window=window,
            n=n,
            newest=newest,
            by_version={version or "1": n},
            features=tuple(self._features(rows)),
            flags={self._town.names["valid"]: flag} if n else {},
        )

    def labels(self, window: Window, version: str | None) -> LabelCounts:
        """See Predictions.labels."""
        rows = self._in(window) & self._of(version or ".*", ".*") & ~self.failed
        now = (self._now - self._onset).total_seconds()
        mature = rows & (self.t + MATURE_S <= now)
        come = self.labelled & (self.t + self.delay <= now)
        if self._ways.labels_stop:
            come &= self.t + self.delay <= 0
        known = mature & come
        return LabelCounts(
            window=window,
            predicted=int(rows.sum()),
            mature=int(mature.sum()),
            labelled=int(known.sum()),
            correct=int((known & self.right).sum()),
        )

    def cases(self) -> tuple[Case, ...]:
        """Return the golden cases."""
        words = ("yes", "no", "maybe")
        return tuple(Case(row={"k": at}, expected=words[at % 3]) for at in range(self._town.cases))

    def answer(self, version: str, row: Mapping[str, Json]) -> Json:
        """Return what a version answers: golden cases by how good it is, other rows as served."""
        chance = seeded(self._town.seed, version, dump(row))
        if "k" not in row:
            one = np.array([1.0])
            v = np.array([float(version)]) if version.isdecimal() else one
            fails = sum(
                float(way(one, v, np.array([0.0]))[0])
                for way in (self._ways.errors, self._ways.invalid)
                if way
            )
            return None if chance.random() < fails else "yes"
        bad = self._ways.golden.get(version, 0.02)
        at = row["k"]
        assert isinstance(at, int)
        return ("yes", "no", "maybe")[at % 3] if chance.random() >= bad else "other"

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        """See Cases.recent."""
        rows = np.flatnonzero(self._in(window))[-limit:]
        names = tuple(self._town.numbers)
        return tuple(
            Logged(
                row={"asked": int(at), **{name: _null(self.columns[name][at]) for name in names}}
            )
            for at in rows
        )

    def _value(self, name: str, at: datetime) -> tuple[Sample, ...]:
        since = (at - self._onset).total_seconds()
        usual = seeded(self._town.seed, name, int(since // 60)).normal(1.0, 0.07)
        factor = self._ways.values.get(name, 1.0) if since >= 0 else 1.0
        return (Sample(labels={}, value=float(max(0.1, usual) * factor)),)

    def _share(self, way: object, usual: float, bursts: Chance | None) -> Floats:
        """Return the share of failures of each row; failures come in bursts of buckets."""
        share = np.full(len(self.t), usual)
        if callable(way):
            share = np.minimum(1.0, share + way(self.t, self.version, self.replica))
        if bursts is not None and self._town.phi > 1:
            spread = np.sqrt((self._town.phi - 1) / max(1.0, self._town.rate * BUCKET_S * usual))
            buckets = np.floor((self.t - self.t.min(initial=0.0)) / BUCKET_S).astype(int)
            shape = 1 / min(4.0, max(1e-6, spread * spread))
            factors = bursts.gamma(shape, 1 / shape, buckets.max(initial=0) + 1)
            share = np.minimum(1.0, share * factors[buckets]) if len(buckets) else share
        return share

    def _number(self, name: str, chance: Chance) -> Floats:
        n, shape = len(self.t), self._town.numbers[name]
        draws = {
            "gamma": lambda: chance.gamma(2.0, 30.0, n),
            "normal": lambda: chance.normal(50.0, 12.0, n),
            "pareto": lambda: 10 * (1 + chance.pareto(2.5, n)),
            "uniform": lambda: chance.uniform(0.0, 100.0, n),
            "lognormal": lambda: chance.lognormal(3.0, 0.8, n),
        }
        found: Floats = draws[shape]()
        if name == self._town.main and self._ways.unit:
            found = np.where(self.t >= 0, self._ways.unit(found), found)
        if name in self._ways.frozen:
            found = np.where(self.t >= 0, np.median(found), found)
        return _holed(found, self._nulls(name, chance))

    def _word(self, name: str, chance: Chance) -> Floats:
        """Return codes of words; beyond those that are known, new ones."""
        known = len(self._town.words[name])
        weights = 1 / np.arange(1, known + 1)
        found = chance.choice(known, len(self.t), p=weights / weights.sum()).astype(float)
        moved = chance.random(len(self.t)) < self._ways.renamed.get(name, 0.0)
        found = np.where((self.t >= 0) & moved, found + known, found)
        return _holed(found, self._nulls(name, chance))

    def _nulls(self, name: str, chance: Chance) -> npt_bool:
        share = np.full(len(self.t), self._town.nulls[name])
        share = np.where(self.t >= 0, share + self._ways.nulls.get(name, 0.0), share)
        return chance.random(len(self.t)) < share

    def _features(self, rows: npt_bool) -> list[FeatureProfile]:
        found = []
        n = int(rows.sum())
        for name, column in self.columns.items():
            held = column[rows]
            held = held[~np.isnan(held)]
            low, median, high = np.quantile(held, [0.25, 0.5, 0.75]) if len(held) else [None] * 3
            distinct, counts = np.unique(held, return_counts=True)
            found.append(
                FeatureProfile(
                    name=name,
                    type="number",
                    n=n,
                    nulls=n - len(held),
                    median=_float(median),
                    low_quartile=_float(low),
                    high_quartile=_float(high),
                    distinct=len(distinct),
                    commonest=int(counts.max(initial=0)),
                )
            )
        for name, codes in self.words.items():
            held = codes[rows]
            held = held[~np.isnan(held)]
            words = self._town.words[name]
            known, counts = np.unique(held, return_counts=True)
            told = {_spelt(int(code), words): int(k) for code, k in zip(known, counts, strict=True)}
            found.append(
                FeatureProfile(
                    name=name,
                    type="category",
                    n=n,
                    nulls=n - len(held),
                    distinct=len(told),
                    categories=told,
                )
            )
        return found

    def _of(self, version: str, replica: str) -> npt_bool:
        rows = np.ones(len(self.t), dtype=bool)
        if version != ".*":
            rows &= self.version == (float(version) if version.isdecimal() else -1.0)
        if replica != ".*":
            names = replica.split("|")
            codes = [at for at, one in enumerate(self._town.replicas) if one in names]
            rows &= np.isin(self.replica, codes)
        return rows

    def _in(self, window: Window) -> npt_bool:
        since, until = ((one - self._onset).total_seconds() for one in (window.since, window.until))
        return self._between(since, until)

    def _between(self, since: float, until: float) -> npt_bool:
        return (self.t >= since) & (self.t < until)


npt_bool = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def _arrivals(town: Town, ways: Ways, chance: Chance, until: float) -> Floats:
    """Return when rows came: overdispersed by bucket, with a slow season and a fault's factor."""
    starts = np.arange(-SPAN_S, until, BUCKET_S)
    mean = town.rate * BUCKET_S * (1 + town.season * np.sin(starts / 7000 + town.seed))
    mean = np.where(starts >= 0, mean * ways.traffic, mean)
    if town.arrivals > 0:
        shape = 1 / town.arrivals**2
        mean = mean * chance.gamma(shape, 1 / shape, len(starts))
    counts = chance.poisson(mean)
    t = np.repeat(starts, counts) + chance.uniform(0.0, BUCKET_S, int(counts.sum()))
    return np.sort(t[t < until])


def _latency(town: Town, chance: Chance, n: int) -> Floats:
    if town.tail == "gamma":
        return town.median_s * chance.gamma(3.0, 1 / 2.67, n)
    if town.tail == "lognormal":
        return town.median_s * chance.lognormal(0.0, 0.6, n)
    return town.median_s * (0.6 + 0.4 * chance.pareto(2.2, n))


def _holed(found: Floats, holes: npt_bool) -> Floats:
    return np.where(holes, np.nan, found)


def _null(one: float) -> float | None:
    return None if np.isnan(one) else float(one)


def _float(one: object) -> float | None:
    return None if one is None else float(one)  # type: ignore[arg-type]  # a number of numpy


def _spelt(code: int, words: tuple[str, ...]) -> str:
    return words[code] if code < len(words) else words[code - len(words)].upper()
