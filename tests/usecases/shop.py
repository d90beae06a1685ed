"""A small web shop's recommender in simulated time: another world than the lab's.

It shares no code with the lab's signals: few requests, weekly season, other objectives, other
features, and rows that are drawn one by one.
"""

from __future__ import annotations

import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.rig import Rig, rig

from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json
from mlrespond.model.reading import (
    Case,
    Edges,
    FeatureProfile,
    LabelCounts,
    Logged,
    Profile,
    Route,
    Sample,
    Window,
)
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.world import World, WorldHolder

NOW = datetime(2026, 3, 11, 19, 0, tzinfo=UTC)  # a Wednesday evening
CHUNK_S = 30
MATURE_S = 900.0
CASES = 25
EDGES_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)

_OF = "{{ version }} {{ replica }} {{ window }}"
OBJECTIVES: Mapping[str, Json] = {
    "refused": {
        "kind": "ratio",
        "bad": f"refused {_OF}",
        "total": f"asked {_OF}",
        "max": 0.05,
        "margin": 0.03,
    },
    "tail": {"kind": "latency", "histogram": f"took {_OF}", "quantile": 0.9, "max": "400ms"},
    "known_answers": {"kind": "golden", "min": 0.8},
}
PREDICTIONS: Mapping[str, Json] = {
    "kind": "fake",
    "features": {
        "basket": {"type": "number", "min": 0.0, "nulls": 0.01},
        "visits": {"type": "number", "min": 0.0},
    },
    "labels": {"path": "l", "on": "id", "column": "y", "mature_after": f"{MATURE_S:.0f}s"},
}


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How the shop does at a time, for a version on a replica; each may depend on all three."""

    rate: float = 4.0
    refused: Callable[[float, str, str], float] = lambda _t, _v, _r: 0.01
    slowness: Callable[[float, str, str], float] = lambda _t, _v, _r: 1.0
    right: Callable[[float, str], float] = lambda _t, _v: 0.9
    empty: Callable[[float], float] = lambda _t: 0.005
    unit: Callable[[float], float] = lambda _t: 1.0
    golden: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One request and what became of it."""

    t: float
    replica: str
    version: str
    refused: bool
    took_s: float
    basket: float | None
    visits: float
    right: bool
    labelled: bool


class Shop:
    """The signals of the shop. `t` of its ways counts in seconds from NOW; before it is below 0."""

    def __init__(self, seed: int, ways: Ways, clock: FixedClock) -> None:
        self._seed = seed
        self._ways = ways
        self._clock = clock
        self._history: list[tuple[float, dict[str, str | None], Route]] = []
        self._rows: dict[int, list[Row]] = {}

    def observe(self, at: datetime, served: Mapping[str, str | None], route: Route) -> None:
        """Note who serves from a time on."""
        self._history.append((at.timestamp(), dict(served), route))
        self._rows = {
            chunk: rows for chunk, rows in self._rows.items() if (chunk + 1) * CHUNK_S <= _s(at)
        }

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        what, version, replica, window = query.split()
        since = at - timedelta(seconds=parse_duration(window))
        names = set(replica.split("|"))
        rows = [
            row
            for row in self._between(since, at)
            if version in {".*", row.version} and (replica == ".*" or row.replica in names)
        ]
        if not rows:
            return ()
        if what == "took":
            counts = [(edge, sum(row.took_s <= edge for row in rows)) for edge in EDGES_S]
            told = [(str(edge), count) for edge, count in counts] + [("+Inf", len(rows))]
            return tuple(Sample(labels={"le": edge}, value=count) for edge, count in told)
        found = sum(row.refused for row in rows) if what == "refused" else len(rows)
        return (Sample(labels={}, value=found),)

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        rows = [
            row
            for row in self._between(window.since, window.until)
            if version in {None, row.version}
        ]
        baskets = [row.basket for row in rows]
        return Profile(
            window=window,
            n=len(rows),
            newest=datetime.fromtimestamp(rows[-1].t, UTC) if rows else None,
            by_version=dict(Counter(row.version for row in rows)),
            features=(
                _feature("basket", baskets),
                _feature("visits", [row.visits for row in rows]),
            ),
        )

    def labels(self, window: Window, version: str | None) -> LabelCounts:
        rows = [
            row
            for row in self._between(window.since, window.until)
            if version in {None, row.version}
        ]
        ripe = self._clock.now().timestamp() - MATURE_S
        mature = [row for row in rows if row.t <= ripe]
        known = [row for row in mature if row.labelled]
        return LabelCounts(
            window=window,
            predicted=len(rows),
            mature=len(mature),
            labelled=len(known),
            correct=sum(row.right for row in known),
        )

    def cases(self) -> tuple[Case, ...]:
        return tuple(Case(row={"case": at}, expected="buy") for at in range(CASES))

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        rows = sum(1 for _ in self._between(window.since, window.until))
        return tuple(Logged(row={"case": 0, "asked": at}) for at in range(min(rows, limit)))

    def answer(self, version: str, row: Mapping[str, Json]) -> Json:
        case = row["case"]
        chance = random.Random(f"{self._seed} {version} {row}")  # noqa: S311  # a simulation, no secret
        if "asked" in row and chance.random() < self._ways.refused(0.0, version, "eu-1"):
            return None
        assert isinstance(case, int)
        return "buy" if case < self._ways.golden.get(version, CASES - 1) else "leave"

    def _between(self, since: datetime, until: datetime) -> Iterator[Row]:
        start, end = since.timestamp(), min(until, self._clock.now()).timestamp()
        for chunk in range(int(start // CHUNK_S), int(end // CHUNK_S) + 1):
            if chunk not in self._rows:
                self._rows[chunk] = list(self._draw(chunk))
            yield from (row for row in self._rows[chunk] if start <= row.t < end)

    def _draw(self, chunk: int) -> Iterator[Row]:
        chance = random.Random(f"{self._seed} {chunk}")  # noqa: S311  # a simulation, no secret
        ways, began = self._ways, chunk * CHUNK_S
        day = 1 + 0.5 * math.sin(2 * math.pi * (began / 86400 - 0.3))
        n = max(0, round(chance.gauss(ways.rate * day * CHUNK_S, (ways.rate * CHUNK_S) ** 0.5)))
        for at in sorted(began + chance.uniform(0, CHUNK_S) for _ in range(n)):
            replica, version = self._answering(at, chance)
            t = at - NOW.timestamp()
            yield Row(
                t=at,
                replica=replica,
                version=version,
                refused=chance.random() < ways.refused(t, version, replica),
                took_s=chance.lognormvariate(-2.6, 0.6) * ways.slowness(t, version, replica),
                basket=None
                if chance.random() < ways.empty(t)
                else chance.lognormvariate(3.0 + 0.1 * day, 0.8) * ways.unit(t),
                visits=float(round(chance.expovariate(0.2 / day))),
                right=chance.random() < ways.right(t, version),
                labelled=chance.random() < 0.9,
            )

    def _answering(self, at: float, chance: random.Random) -> tuple[str, str]:
        _, served, route = next(
            (one for one in reversed(self._history) if one[0] <= at), self._history[0]
        )
        if route.to != "primary":
            return "", route.to
        able = [name for name, one in served.items() if one and name not in route.drained]
        replica = chance.choice(able)
        return replica, served[replica] or ""


def _s(at: datetime) -> float:
    return at.timestamp()


def _feature(name: str, values: list[float | None] | list[float]) -> FeatureProfile:
    known = sorted(one for one in values if one is not None)
    quartiles = statistics.quantiles(known, n=4) if len(known) > 1 else [None] * 3
    return FeatureProfile(
        name=name,
        type="number",
        n=len(values),
        nulls=len(values) - len(known),
        out_of_range=sum(one < 0 for one in known),
        low_quartile=quartiles[0],
        median=quartiles[1],
        high_quartile=quartiles[2],
        distinct=len(set(known)),
    )


def shop(  # each circumstance has its name
    ways: Ways,
    *,
    seed: int = 1,
    released_s: float | None = None,
    half: bool = False,
    replicas: tuple[str, ...] = ("eu-1", "us-1"),
    watched: bool = True,
    broken: tuple[str, ...] = (),
    **service: Json,
) -> Rig:
    """Return a rig whose world is the shop, now.

    Version 1 served for days, 2 for many hours, and 3 since `released_s` seconds ago: on all
    replicas, or on the first only. A watcher looked every quarter of an hour, if there was one.
    """
    clock = FixedClock(NOW)
    signals = Shop(seed, ways, clock)
    world = World(served=dict.fromkeys(replicas, "2"), versions=["1", "2", "3"])
    world.starts = dict.fromkeys(replicas, 1)
    holder = WorldHolder(world)
    given: dict[str, Json] = {"objectives": OBJECTIVES, "predictions": PREDICTIONS, **service}
    if len(replicas) == 1:
        given["serving"] = {
            "kind": "fake",
            "model": "m",
            "replicas": [{"name": replicas[0], "url": "u"}],
        }
    here = rig(world=holder, signals=signals, clock=clock, history=(), service=given)
    primary = Route(to="primary")
    signals.observe(NOW - timedelta(days=9), dict.fromkeys(replicas, "1"), primary)
    signals.observe(NOW - timedelta(hours=26), dict.fromkeys(replicas, "2"), primary)
    if watched:
        _watched(here, replicas)
    clock.turn(NOW)
    if released_s is not None:
        world.wanted = "3"
        world.served = {name: "3" if not half or name == replicas[0] else "2" for name in replicas}
        signals.observe(NOW - timedelta(seconds=released_s), world.served, primary)
        _look(here, released_s - 20)
        clock.turn(NOW)
    world.broken = dict.fromkeys(broken, "it is away")

    def observe(_: str) -> None:
        now = holder.look()
        route = Route(to=now.route, share=now.share, drained=tuple(now.drained))
        signals.observe(clock.now(), now.served, route)

    holder.after = observe
    return here


def _watched(here: Rig, replicas: tuple[str, ...]) -> None:
    world = here.world.look()
    for hours in (30.0, 27.0):
        world.wanted, world.served = "1", dict.fromkeys(replicas, "1")
        _look(here, hours * 3600)
    world.wanted, world.served = "2", dict.fromkeys(replicas, "2")
    for quarters in (103, *range(16, 0, -1)):
        _look(here, quarters * 900)


def _look(here: Rig, before_s: float) -> None:
    from mlrespond.usecases.looking import record_look

    here.clock.turn(NOW - timedelta(seconds=before_s))
    record_look(here.app, "fraud-scorer", why="watch", always=True)
