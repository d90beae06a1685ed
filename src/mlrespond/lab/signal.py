"""Simulated signals of a model in production, deterministic by seed, in simulated time.

They model the world, and know nothing of the rules that judge it: requests arrive, are answered by
whatever serves at that moment, some fail, and labels come later. Every answer counts rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate

from mlrespond.lab.exposition import EDGES_S
from mlrespond.lab.signal_condition import Conditions
from mlrespond.lab.signal_effect import Effect, Trait, good, rules
from mlrespond.lab.signal_golden import GoldenAnswers, asked, golden
from mlrespond.lab.signal_input import SCORE, Inputs
from mlrespond.lab.signal_label import LabelBook
from mlrespond.lab.signal_query import parse
from mlrespond.lab.signal_row import FAILED, INVALID, Rows
from mlrespond.lab.signal_served import Piece, ServedHistory
from mlrespond.model.json import Json
from mlrespond.model.reading import (
    Case,
    Edges,
    LabelCounts,
    Logged,
    Profile,
    Route,
    Sample,
    Window,
)

RATE = 50.0
PHI = 1.3

_EDGES = (*map(str, EDGES_S), "+Inf")


class SimulatedSignals:
    """The signals of one service; it is now what `now` says, and nothing later is ever seen.

    `traits` are those of versions; others are fallbacks, or good versions that were trained later.
    `effects` count from the moment that this is made. Tell `observe` of every change.
    """

    def __init__(
        self,
        seed: int,
        now: Callable[[], datetime],
        served: Mapping[str, str | None],
        *,
        traits: Mapping[str, Trait] | None = None,
        effects: Sequence[Effect] = (),
        rate: float = RATE,
        phi: float = PHI,
    ) -> None:
        self._seed = seed
        self._now = now
        self._replicas = tuple(served)
        self._traits = dict(traits or {})
        self._history = ServedHistory(served)
        conditions = Conditions(seed, effects, now().timestamp(), rate=rate, phi=phi)
        self._inputs = Inputs(seed, conditions)
        self._rows = Rows(seed, conditions, self._inputs, self._trait, streams=len(served))
        self._desk = LabelBook(self._rows, conditions.stalled())
        self._answers = GoldenAnswers(seed, self._trait)

    def observe(
        self,
        at: datetime,
        served: Mapping[str, str | None],
        route: Route | None = None,
        starts: Mapping[str, int] | None = None,
    ) -> None:
        """Take note of what serves from a time on; call it in order of time.

        `starts` counts the starts of each replica's process, from 1. What is left out stays.
        """
        self._history.observe(at.timestamp(), served, route, starts)

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        """See Metrics.instant; RejectedError for what is no query (see signal_query)."""
        asked = parse(query, self._replicas)
        until = min(at, self._now()).timestamp()
        if not any(asked.selects(one) for one in self._history.servers(until)):
            return ()
        window = self._history.pieces(until - asked.window_s, until)
        pieces = [piece for piece in window if asked.selects(piece.server)]
        if asked.what == "latency":
            return self._histogram(pieces)
        fates = self._counts("fate", pieces)
        found = fates[FAILED] if asked.what == "errors" else fates.total()
        return (Sample(labels={}, value=found),)

    def profile(
        self, window: Window, version: str | None = None, edges: Edges | None = None
    ) -> Profile:
        """See Predictions.profile; `valid` is said of answered rows, `ok` of all."""
        pieces = self._pieces(window, version)
        fates: Counter[int] = Counter()
        by_version: Counter[str] = Counter()
        for piece in pieces:
            found = self._rows.counts("fate", piece)
            fates.update(found)
            by_version[piece.server.version] += found.total()
        n = fates.total()
        answered = n - fates[FAILED]
        newest = [at for piece in pieces if (at := self._rows.newest(piece)) is not None]
        return Profile(
            window=window,
            n=n,
            newest=datetime.fromtimestamp(max(newest), UTC) if newest else None,
            by_version={name: rows for name, rows in sorted(by_version.items()) if rows},
            features=tuple(
                scale.profile(self._counts(name, pieces))
                for name, scale in self._inputs.scales.items()
            ),
            score=SCORE.profile(self._counts("score", pieces)),
            flags={"ok": (answered, n), "valid": (answered - fates[INVALID], answered)}
            if n
            else {},
        )

    def labels(self, window: Window, version: str | None = None) -> LabelCounts:
        """See Predictions.labels; labels are mature after MATURE_S."""
        pieces = self._pieces(window, version)
        return self._desk.count(window, pieces, self._now().timestamp())

    def cases(self) -> tuple[Case, ...]:
        """Return the golden cases."""
        return golden()

    def recent(self, window: Window, limit: int) -> tuple[Logged, ...]:
        """Return inputs of a window; no more than came in it."""
        n = sum(self._counts("fate", self._pieces(window, None)).values())
        return tuple(Logged(row=asked(self._seed, at)) for at in range(min(n, limit)))

    def answer(self, version: str, row: Mapping[str, Json]) -> Json:
        """Return what a version answers to a row."""
        return self._answers.answer(version, row)

    def _pieces(self, window: Window, version: str | None) -> list[Piece]:
        until = min(window.until, self._now()).timestamp()
        found = self._history.pieces(window.since.timestamp(), until)
        return [one for one in found if version is None or one.server.version == version]

    def _counts(self, name: str, pieces: Sequence[Piece]) -> Counter[int]:
        counts: Counter[int] = Counter()
        for piece in pieces:
            counts.update(self._rows.counts(name, piece))
        return counts

    def _histogram(self, pieces: Sequence[Piece]) -> tuple[Sample, ...]:
        counts = self._counts("latency", pieces)
        below = accumulate(counts[code] for code in range(len(_EDGES)))
        pairs = zip(_EDGES, below, strict=True)
        return tuple(Sample(labels={"le": edge}, value=found) for edge, found in pairs)

    def _trait(self, version: str) -> Trait:
        if version not in self._traits:
            trained = version.isdecimal()
            self._traits[version] = (
                replace(good(self._seed, version), adapted=True) if trained else rules(self._seed)
            )
        return self._traits[version]
