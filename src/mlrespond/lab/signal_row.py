"""The simulated rows: every request of every stream exists, as a byte in some columns.

Rows come in buckets of twenty seconds. A row's bytes depend on the seed, its bucket, its stream
and, for what a server makes of it, on that server: windows only count rows, so that they agree.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import NormalDist

from mlrespond.lab.exposition import EDGES_S
from mlrespond.lab.signal_chance import binomial, drawn, poisson
from mlrespond.lab.signal_condition import Conditions
from mlrespond.lab.signal_effect import Trait
from mlrespond.lab.signal_input import Inputs
from mlrespond.lab.signal_scale import NULL, tilted
from mlrespond.lab.signal_served import ALL, Piece, Server

BUCKET_S = 20.0
RIGHT, WRONG, INVALID, FAILED = range(4)  # what became of a row

_BLOCK = 3  # buckets are a minute
_ARRIVALS_PHI = 1.5
_BODY = 0.45  # spread of the logarithm of latency
_TAIL = (0.01, math.log(6.0), 0.5)  # share, how much slower, spread
_NORMAL = NormalDist()
_NO_SCORE = bytes(NULL if fate >= INVALID else 0 for fate in range(256))

_Key = tuple[str, int, str, Server | None]


class Rows:
    """Columns of rows, drawn when they are first asked for."""

    def __init__(
        self,
        seed: int,
        conditions: Conditions,
        inputs: Inputs,
        traits: Callable[[str], Trait],
        *,
        streams: int,
    ) -> None:
        self._seed = seed
        self._conditions = conditions
        self._inputs = inputs
        self._traits = traits
        self._streams = streams
        self._arrived: dict[tuple[int, str], int] = {}
        self._cells: dict[_Key, bytes] = {}
        self._blocks: dict[tuple[_Key, tuple[int, int]], Counter[int]] = {}
        self._of_server: Mapping[str, Callable[[int, str, Server], bytes]] = {
            "fate": self._fates,
            "latency": self._latencies,
            "score": self._scores,
        }

    def arrived(self, bucket: int, stream: str) -> int:
        """Return how many requests of a stream come in a bucket."""
        key = (bucket, stream)
        if key not in self._arrived:
            mean = self._conditions.rate(bucket * BUCKET_S) * BUCKET_S / self._streams
            chance = drawn(self._seed, "arrivals", *key)
            shape = mean / (_ARRIVALS_PHI - 1)
            self._arrived[key] = poisson(chance, mean * chance.gammavariate(shape, 1 / shape))
        return self._arrived[key]

    def counts(self, name: str, piece: Piece) -> Counter[int]:
        """Return how often each byte is in a column: fate, latency, score, or a feature."""
        counts: Counter[int] = Counter()
        bucket, last = int(piece.since // BUCKET_S), math.ceil(piece.until / BUCKET_S)
        while bucket < last:
            if self._is_block(bucket, piece):
                counts.update(self._block(name, bucket, piece))
                bucket += _BLOCK
            else:
                counts.update(self._part(name, bucket, piece))
                bucket += 1
        return counts

    def cells(self, name: str, piece: Piece) -> Iterator[tuple[int, bytes]]:
        """Yield a column bucket by bucket; `delay` is one too."""
        first, last = int(piece.since // BUCKET_S), math.ceil(piece.until / BUCKET_S)
        for bucket in range(first, last):
            yield bucket, self._part(name, bucket, piece)

    def newest(self, piece: Piece) -> float | None:
        """Return when the last row of a piece came, in epoch seconds."""
        first, last = int(piece.since // BUCKET_S), math.ceil(piece.until / BUCKET_S)
        for bucket in range(last - 1, first - 1, -1):
            n = self.arrived(bucket, piece.stream)
            taken = _taken(n, bucket * BUCKET_S, piece)
            if taken:
                return (bucket + (taken[-1] + 0.5) / n) * BUCKET_S
        return None

    def _is_block(self, bucket: int, piece: Piece) -> bool:
        start, end = bucket * BUCKET_S, (bucket + _BLOCK) * BUCKET_S
        return bucket % _BLOCK == 0 and piece.since <= start and end <= piece.until

    def _block(self, name: str, first: int, piece: Piece) -> Counter[int]:
        """Return the counts of a minute's rows, which are asked for again and again."""
        key = self._key(name, first, piece), piece.part
        if key not in self._blocks:
            buckets = range(first, first + _BLOCK)
            parts = (self._part(name, bucket, piece) for bucket in buckets)
            self._blocks[key] = Counter(b"".join(parts))
        return self._blocks[key]

    def _part(self, name: str, bucket: int, piece: Piece) -> bytes:
        rows = self._cell(self._key(name, bucket, piece))
        start = bucket * BUCKET_S
        if start < piece.since or start + BUCKET_S > piece.until or piece.part != ALL:
            return bytes(rows[at] for at in _taken(len(rows), start, piece))
        return rows

    def _key(self, name: str, bucket: int, piece: Piece) -> _Key:
        return name, bucket, piece.stream, piece.server if name in self._of_server else None

    def _cell(self, key: _Key) -> bytes:
        if key not in self._cells:
            name, bucket, stream, server = key
            if server is not None:
                self._cells[key] = self._of_server[name](bucket, stream, server)
            elif name == "delay":
                n = self.arrived(bucket, stream)
                self._cells[key] = drawn(self._seed, name, bucket, stream).randbytes(n)
            else:
                n = self.arrived(bucket, stream)
                self._cells[key] = self._inputs.draw(name, bucket * BUCKET_S, stream, n)
        return self._cells[key]

    def _fates(self, bucket: int, stream: str, server: Server) -> bytes:
        t, n, trait = bucket * BUCKET_S, self.arrived(bucket, stream), self._traits(server.version)
        chance = drawn(self._seed, "fate", bucket, stream, *server)
        failed = binomial(chance, n, self._conditions.errors(t, server, trait, 1 / self._streams))
        invalid = binomial(chance, n - failed, trait.invalid)
        accuracy = self._conditions.accuracy(t, trait)
        wrong = binomial(chance, n - failed - invalid, 1 - accuracy)
        fates = bytes([FAILED]) * failed + bytes([INVALID]) * invalid + bytes([WRONG]) * wrong
        column = bytearray(n)
        for at, fate in zip(chance.sample(range(n), len(fates)), fates, strict=True):
            column[at] = fate
        return bytes(column)

    def _latencies(self, bucket: int, stream: str, server: Server) -> bytes:
        trait = self._traits(server.version)
        median_s = self._conditions.median_s(bucket * BUCKET_S, server, trait)
        reached = [_below(edge, median_s) for edge in EDGES_S] + [1.0]
        chance = drawn(self._seed, "latency", bucket, stream, *server)
        n = self.arrived(bucket, stream)
        return bytes(chance.choices(range(len(reached)), cum_weights=reached, k=n))

    def _scores(self, bucket: int, stream: str, server: Server) -> bytes:
        t, trait = bucket * BUCKET_S, self._traits(server.version)
        shift = self._conditions.score_shift(t, trait) + 0.05 * self._conditions.mix(t)
        chance = drawn(self._seed, "score", bucket, stream)
        column = chance.randbytes(self.arrived(bucket, stream)).translate(tilted(round(shift, 2)))
        fates = self._cell(("fate", bucket, stream, server))
        return _either(column, fates.translate(_NO_SCORE))


def _either(column: bytes, nulls: bytes) -> bytes:
    """Return a column with nulls where there are any: null has all bits, so all rows go at once."""
    both = int.from_bytes(column) | int.from_bytes(nulls)
    return both.to_bytes(len(column))


def _below(edge_s: float, median_s: float) -> float:
    share, slower, spread = _TAIL
    z = math.log(edge_s / median_s)
    return (1 - share) * _NORMAL.cdf(z / _BODY) + share * _NORMAL.cdf((z - slower) / spread)


def _taken(n: int, start: float, piece: Piece) -> Sequence[int]:
    """Return which rows of a bucket are a piece's; rows lie evenly in time."""
    within = range(_place(piece.since, start, n), _place(piece.until, start, n))
    low, high = piece.part
    return within if piece.part == ALL else [at for at in within if low <= at * 37 % 100 < high]


def _place(t: float, start: float, n: int) -> int:
    """Return how many of a bucket's rows came before a time."""
    return min(n, max(0, math.ceil(n * (t - start) / BUCKET_S - 0.5)))
