"""What a service of this world is like when all is well; every seed draws another one.

Rows are drawn one by one with numpy: how often they come, how they fail and how long they take are
of families that the lab's simulation does not have. Nothing here knows of the rules that judge it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Chance: TypeAlias = np.random.Generator
Shape = Literal["gamma", "normal", "pareto", "uniform", "lognormal"]

SHAPES: tuple[Shape, ...] = ("gamma", "normal", "pareto", "uniform", "lognormal")
EDGES_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
MATURE_S = 900.0
SPAN_S = 4 * 3600.0
BUCKET_S = 15.0
WORDS = ("red", "blue", "green", "north", "south", "gold", "iron", "salt", "tin", "oak", "elm")


def seeded(*key: object) -> Chance:
    """Return the chance of a key; the same key always draws the same."""
    import hashlib

    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8]))


@dataclass(frozen=True, kw_only=True)
class Town:
    """A service when all is well. `rate` is in rows a second, `phi` how bursty failures are."""

    seed: int
    rate: float
    replicas: tuple[str, ...]
    errors: float
    invalid: float
    right: float
    median_s: float
    tail: Literal["gamma", "lognormal", "pareto"]
    arrivals: float
    phi: float
    season: float
    numbers: Mapping[str, Shape]
    words: Mapping[str, tuple[str, ...]]
    nulls: Mapping[str, float]
    names: Mapping[str, str]
    cases: int

    @property
    def main(self) -> str:
        """Return the number that units are changed of."""
        return next(iter(self.numbers))


def town(seed: int, rate: float) -> Town:
    """Return the service of a seed: its size and noise, and what its team calls things."""
    chance = seeded("town", seed)
    letters = [f"{one}{number}" for one in "abcdefgh" for number in range(3)]
    features = list(chance.permutation(letters))
    numbers = {features[at]: SHAPES[int(chance.integers(5))] for at in range(chance.integers(2, 6))}
    words = {
        features[10 + at]: tuple(chance.permutation(WORDS)[: chance.integers(3, 9)])
        for at in range(chance.integers(1, 4))
    }
    usual = [0.0, 0.0, 0.002, 0.01, 0.05]
    return Town(
        seed=seed,
        rate=rate,
        replicas=tuple(f"node-{at}" for at in range(chance.integers(2, 6))),
        errors=float(10 ** chance.uniform(-3.2, -1.9)),
        invalid=float(10 ** chance.uniform(-3.5, -2.2)),
        right=float(chance.uniform(0.72, 0.97)),
        median_s=float(10 ** chance.uniform(-2.0, -0.5)),
        tail=("gamma", "lognormal", "pareto")[chance.integers(3)],
        arrivals=float(chance.uniform(0.0, 0.25)),
        phi=float(chance.uniform(1.0, 3.0)),
        season=float(chance.uniform(0.0, 0.25)),
        numbers=numbers,
        words=words,
        nulls={name: float(chance.choice(usual)) for name in (*numbers, *words)},
        names={
            "errors": str(chance.choice(["failures_total", "http_5xx", "bad"])),
            "requests": str(chance.choice(["calls_total", "http_all", "seen"])),
            "latency": str(chance.choice(["took_bucket", "duration_seconds_bucket"])),
            "error_ratio": str(chance.choice(["availability", "fails", "errors_5m"])),
            "slow": str(chance.choice(["p95", "speed", "latency_slo"])),
            "valid": str(chance.choice(["parsed", "schema_ok", "well_formed"])),
            "known": str(chance.choice(["exam", "golden_set", "known_answers"])),
        },
        cases=int(chance.integers(30, 120)),
    )


@dataclass(kw_only=True)
class Ways:
    """What a fault does; `t` counts seconds from the onset, and is below 0 before it.

    Each function is given the time, the version and the replica of many rows at once.
    """

    errors: Callable[[Floats, Floats, Floats], Floats] | None = None
    slower: Callable[[Floats, Floats, Floats], Floats] | None = None
    invalid: Callable[[Floats, Floats, Floats], Floats] | None = None
    wrong: Callable[[Floats, Floats], Floats] | None = None
    nulls: Mapping[str, float] = field(default_factory=dict)
    unit: Callable[[Floats], Floats] | None = None
    renamed: Mapping[str, float] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()
    traffic: float = 1.0
    ahead_s: float = 0.0
    labels_stop: bool = False
    values: Mapping[str, float] = field(default_factory=dict)
    golden: Mapping[str, float] = field(default_factory=dict)
