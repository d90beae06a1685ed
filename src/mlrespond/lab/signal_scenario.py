"""A fault of the simulated world as values: what was released, what broke, and what it looks like.

All times are seconds before now.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from mlrespond.lab.folder import REPLICAS
from mlrespond.lab.signal_chance import log_uniform
from mlrespond.lab.signal_effect import Effect, Trait, good

HOUR_S = 3600.0
TWO = ("1", "2")
THREE = (*TWO, "3")

TICK_S = 20.0  # faults begin where buckets of rows do
_STEP_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change: what the registry wants and each replica serves from then on."""

    before_s: float
    wanted: str | None
    served: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedAlert:
    """What a monitor noticed, and when."""

    name: str
    severity: str
    summary: str
    before_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How the world is to be set; `did` tells the truth in words, and `truth` names the faults.

    The last of the moves, oldest first, is how the world is now.
    """

    truth: tuple[str, ...]
    did: str
    onset_s: float
    alert: StagedAlert
    moves: tuple[Move, ...]
    versions: tuple[str, ...] = TWO
    traits: Mapping[str, Trait] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)
    stuck: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """The circumstances of a fault, drawn by chance: when it began, when it was noticed."""

    seed: int
    chance: Random
    onset_s: float
    noticed_s: float
    second_s: float

    @classmethod
    def of(cls, seed: int, chance: Random) -> Scenario:
        """Draw a scenario: noticed 30 to 170 s after it began, and now it is 10 to 90 s later.

        Version 2 took over from 1 between 100 minutes and two days ago.
        """
        noticed = chance.uniform(10, 90)
        onset = TICK_S * math.ceil((noticed + chance.uniform(30, 150)) / TICK_S)
        second = log_uniform(chance, 100 * 60, 48 * HOUR_S)
        return cls(seed, chance, onset, noticed, second)

    def traits(self) -> dict[str, Trait]:
        """Return the three versions as they are when none is bad."""
        return {name: good(self.seed, name) for name in THREE}

    def history(self, second_s: float | None = None) -> tuple[Move, ...]:
        """Return how version 2 took over from 1."""
        second = second_s or self.second_s
        return (
            Move(
                before_s=second + 3 * 24 * HOUR_S, wanted="1", served=dict.fromkeys(REPLICAS, "1")
            ),
            *self.rollout("1", "2", second),
        )

    def rollout(self, old: str, new: str, before_s: float) -> tuple[Move, ...]:
        """Return a release: one replica, and 5 to 25 s later the other."""
        first, _ = self.order()
        later = max(0.0, before_s - _STEP_S * self.chance.randint(1, 5))
        half = {name: new if name == first else old for name in REPLICAS}
        return (
            Move(before_s=before_s, wanted=new, served=half),
            Move(before_s=later, wanted=new, served=dict.fromkeys(REPLICAS, new)),
        )

    def order(self) -> list[str]:
        """Return the replicas in some order."""
        return self.chance.sample(REPLICAS, len(REPLICAS))

    def alert(self, name: str) -> StagedAlert:
        """Return an alert as a monitoring rule of that name sends it."""
        severity, summary = ALERTS[name]
        return StagedAlert(name=name, severity=severity, summary=summary, before_s=self.noticed_s)

    def unreleased(
        self, name: str, did: str, alert: str, *effects: Effect, second_s: float | None = None
    ) -> Fault:
        """Return a fault that nobody released: what its effects do while version 2 serves."""
        return Fault(
            truth=(name,),
            did=did,
            onset_s=max((one.before_s for one in effects), default=self.onset_s),
            alert=self.alert(alert),
            moves=self.history(second_s),
            traits={name: good(self.seed, name) for name in TWO},
            effects=effects,
        )

    def released(self, name: str, did: str, alert: str, three: Callable[[Trait], Trait]) -> Fault:
        """Return a fault that came with version 3, which is a good one changed."""
        traits = self.traits()
        return Fault(
            truth=(name,),
            did=f"released version 3, which {did}",
            onset_s=self.onset_s,
            alert=self.alert(alert),
            moves=(*self.history(), *self.rollout("2", "3", self.onset_s)),
            versions=THREE,
            traits={**traits, "3": three(traits["3"])},
        )


ALERTS: Mapping[str, tuple[str, str]] = {
    "GoldenAccuracyLow": ("critical", "Too few golden cases come out right"),
    "OutputInvalid": ("critical", "Scores are no probabilities"),
    "ErrorRatioHigh": ("critical", "More than 2 % of the requests fail"),
    "LatencyHigh": ("warning", "The 95th percentile of latency is over 100 ms"),
    "InputDataBroken": ("critical", "Inputs do not look as they should"),
    "PredictionDrift": ("warning", "The scores are distributed in another way"),
    "MixedVersions": ("warning", "The replicas serve different versions"),
    "RegistryDown": ("warning", "The registry cannot be read"),
    "LabelQualityLow": ("warning", "Decisions and labels agree less than they did"),
    "TrafficLow": ("critical", "Far fewer requests come than at this time of other days"),
}
