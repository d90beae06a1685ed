"""The conditions that simulated rows meet at a time: load, noise, and what faults do to them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mlrespond.lab.signal_chance import Wobble, burst, drawn
from mlrespond.lab.signal_effect import Effect, Trait
from mlrespond.lab.signal_served import Server

USUAL_NULLS: Mapping[str, float] = {
    "amount": 0.0005,
    "country": 0.01,
    "hour": 0.0,
    "prior_orders": 0.004,
    "account_age_days": 0.002,
}

_BURST_S = 20.0
_DAY_S = 86400.0
_DAILY = 0.3  # of the rate: how much more there is at the busiest hour
_BUSIEST_S = 15 * 3600.0
_LOAD_SPREAD = 0.05
_ERRORS_SPREAD = 0.1
_ACCURACY_SPREAD = 0.004
_LATENCY_SPREAD = 0.04
_NULLS_SPREAD = 0.15
_HICCUP = 0.004  # of the buckets; collectors pause, neighbours are noisy
_MEDIAN_S = (0.026, 0.034)


class Conditions:
    """What holds when, in epoch seconds; `now` is when the effects' `before_s` are counted from.

    `rate` are the requests a second of a usual day. Failures come in bursts: over twenty seconds
    or more, their count has `phi` times the variance of a binomial.
    """

    def __init__(
        self, seed: int, effects: Sequence[Effect], now: float, *, rate: float, phi: float
    ) -> None:
        self._seed = seed
        self._phi = phi
        self._effects = tuple((now - one.before_s, one) for one in effects)
        self._rate = rate
        self._load = Wobble(60.0, seed, "load")
        self._errors = Wobble(600.0, seed, "errors")
        self._quality = Wobble(600.0, seed, "quality")
        self._speed = Wobble(60.0, seed, "speed")
        self._mix = Wobble(1800.0, seed, "mix")
        self._nulls = {name: Wobble(900.0, seed, "nulls", name) for name in USUAL_NULLS}
        chance = drawn(seed, "conditions")
        self._usual_nulls = {name: p * chance.uniform(0.7, 1.4) for name, p in USUAL_NULLS.items()}
        self._median_s = chance.uniform(*_MEDIAN_S)

    def rate(self, t: float) -> float:
        """Return the requests a second that all streams have together."""
        factor = math.prod(one.rate for one in self._at(t))
        return self._rate * self._season(t) * self._load.factor(t, _LOAD_SPREAD) * factor

    def errors(self, t: float, server: Server, trait: Trait, share: float) -> float:
        """Return the share of requests that fail; `share` of all requests are the server's."""
        block = t // _BURST_S * _BURST_S
        fine = 1 - min(1.0, trait.errors * self._errors.factor(block, _ERRORS_SPREAD))
        for one in self._at(t):
            if not (one.restart_cures and server.restarted):
                fine *= 1 - one.errors.get(server.replica, 0.0)
        chance = drawn(self._seed, "burst", block, *server)
        return burst(chance, 1 - fine, self._rate * share * _BURST_S, self._phi)

    def accuracy(self, t: float, trait: Trait) -> float:
        """Return the share of valid decisions that labels will confirm."""
        harm = math.fsum(
            one.harm * one.grown(t - since) for since, one in self._effects if one.reaches(trait)
        )
        noise = _ACCURACY_SPREAD * self._quality.at(t)
        return min(1.0, max(0.0, trait.accuracy - harm + noise))

    def median_s(self, t: float, server: Server, trait: Trait) -> float:
        """Return the median time to answer, in seconds."""
        factor = math.prod(one.slowness for one in self._at(t)) if server.replica else 1.0
        place = drawn(self._seed, "place", server.replica).uniform(0.95, 1.06)
        hiccup = drawn(self._seed, "hiccup", server.replica, t)
        if hiccup.random() < _HICCUP:
            factor *= hiccup.uniform(1.5, 3.0)
        noise = self._speed.factor(t, _LATENCY_SPREAD)
        return self._median_s * factor * trait.slowness * place * noise

    def nulls(self, t: float, name: str) -> float:
        """Return the usual share of nulls of a feature."""
        usual = self._usual_nulls[name]
        return usual and usual * self._nulls[name].factor(t, _NULLS_SPREAD)

    def lost(self, t: float) -> Mapping[str, float]:
        """Return the shares of nulls that a broken source adds; its features go together."""
        return {name: share for one in self._at(t) for name, share in one.nulls.items()}

    def unit(self, t: float) -> float:
        """Return the factor of amounts."""
        return math.prod(one.unit for one in self._at(t))

    @property
    def units(self) -> tuple[float, ...]:
        """Return all factors of amounts that there ever are, the usual one first."""
        return (1.0, *sorted({one.unit for _, one in self._effects} - {1.0}))

    def score_shift(self, t: float, trait: Trait) -> float:
        """Return how far scores have moved, in standard deviations of their logit."""
        shifts = (one.score_shift for one in self._at(t) if one.reaches(trait))
        return trait.score_shift + math.fsum(shifts)

    def mix(self, t: float) -> float:
        """Return how customers differ from usual: about -1 to 1, by hour of the day and slowly."""
        return 0.5 * (self._season(t) - 1) / _DAILY + 0.5 * self._mix.at(t)

    def stalled(self) -> tuple[float, Effect] | None:
        """Return since when labels do not come any more, if so."""
        return next(((since, one) for since, one in self._effects if one.stalled), None)

    def _season(self, t: float) -> float:
        return 1 + _DAILY * math.cos(2 * math.pi * (t - _BUSIEST_S) / _DAY_S)

    def _at(self, t: float) -> list[Effect]:
        return [one for since, one in self._effects if t >= since]
