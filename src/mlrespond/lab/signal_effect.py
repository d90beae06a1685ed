"""What makes simulated signals differ: traits of versions, and effects of faults from a time on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlrespond.lab.signal_chance import drawn

CASES = 60

_SHARE_OF_WRONG_CASES = ((0, 25), (1, 30), (2, 30), (3, 15))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """How one version does on healthy inputs; shares are from 0 to 1.

    `score_shift` is in standard deviations of the score's logit. `wrong` and `void` are numbers of
    golden cases: answered wrongly, and answered with null. `adapted` was trained on today's habits,
    `ignores` names features that it does not look at.
    """

    errors: float
    invalid: float
    accuracy: float
    slowness: float = 1.0
    score_shift: float = 0.0
    wrong: frozenset[int] = frozenset()
    void: frozenset[int] = frozenset()
    adapted: bool = False
    ignores: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What is different in the world from `before_s` seconds before now on.

    `errors` by replica and `nulls` by feature are shares on top of the usual ones; `restart_cures`
    says that a restarted replica has no such errors. `slowness`, `unit` and `rate` are factors of
    latencies, amounts and arrivals. `harm` is the accuracy lost, `score_shift` as in Trait. All of
    it is there at once, but `harm`, which grows over `ramp_s`. `habits` says that people changed:
    versions trained later are not harmed. `stalled` labels never come, but for a `trickle`.
    """

    before_s: float
    errors: Mapping[str, float] = field(default_factory=dict)
    restart_cures: bool = False
    slowness: float = 1.0
    nulls: Mapping[str, float] = field(default_factory=dict)
    unit: float = 1.0
    rate: float = 1.0
    harm: float = 0.0
    ramp_s: float = 0.0
    score_shift: float = 0.0
    habits: bool = False
    stalled: bool = False
    trickle: float = 0.0
    trickle_bias: float = 1.0

    def reaches(self, trait: Trait) -> bool:
        """Return whether a version's answers suffer from it."""
        broken = {*self.nulls, *(("amount",) if self.unit != 1 else ())}
        return not (self.habits and trait.adapted) and not (broken and broken <= trait.ignores)

    def grown(self, since_s: float) -> float:
        """Return the share of its harm that is done some seconds after it began."""
        if since_s < 0:
            return 0.0
        return min(1.0, since_s / self.ramp_s) if self.ramp_s else 1.0


def good(seed: int, version: str) -> Trait:
    """Return a version that is fit for production: much like the others of the same service."""
    team, own = drawn(seed, "service"), drawn(seed, "version", version)
    errors, invalid = team.uniform(0.002, 0.006), team.uniform(0.0003, 0.002)
    accuracy = team.uniform(0.93, 0.96)
    counts, weights = zip(*_SHARE_OF_WRONG_CASES, strict=True)
    (wrong,) = own.choices(counts, weights)
    return Trait(
        errors=errors * own.uniform(0.93, 1.07),
        invalid=invalid * own.uniform(0.9, 1.1),
        accuracy=accuracy + own.uniform(-0.004, 0.004),
        slowness=own.uniform(0.97, 1.03),
        score_shift=own.gauss(0.0, 0.03),
        wrong=cases(seed, version, wrong),
    )


def rules(seed: int) -> Trait:
    """Return the fallback: quick and steady, and a good deal less accurate."""
    chance = drawn(seed, "rules")
    return Trait(
        errors=0.0005,
        invalid=0.0,
        accuracy=chance.uniform(0.8, 0.88),
        slowness=0.3,
        score_shift=0.4,
        ignores=frozenset({"amount", "country"}),  # as mlrespond.lab.fallback does
        wrong=cases(seed, "rules", chance.randint(6, 12)),
    )


def cases(seed: int, name: str, count: int) -> frozenset[int]:
    """Return the numbers of some golden cases, always the same ones for a name."""
    return frozenset(drawn(seed, "cases", name).sample(range(CASES), count))
