"""Faults of the simulated world that come with a release."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from mlrespond.lab.folder import REPLICAS
from mlrespond.lab.signal_chance import log_uniform
from mlrespond.lab.signal_effect import CASES, Trait, cases
from mlrespond.lab.signal_scenario import Fault, Scenario

_WRONG, _FAILING, _VOID = 0.7, 0.35, 0.35  # how often a bad release is each of these


def bad_release(of: Scenario) -> Fault:
    """Return a release that is wrong, fails or answers nonsense, or does several of these."""
    chance = of.chance
    wrong, failing, void = (chance.random() < p for p in (_WRONG, _FAILING, _VOID))
    trait, said = of.traits()["3"], []
    alert = "GoldenAccuracyLow"
    if wrong or not (failing or void):
        trait, told = _wrong(trait, of.seed, chance)
        said.append(told)
    if void:
        trait, told = _void(trait, of.seed, chance)
        said.append(told)
        alert = "OutputInvalid"
    if failing:
        trait = replace(trait, errors=log_uniform(chance, 0.04, 0.4))
        said.append(f"fails {trait.errors:.0%} of the requests")
        alert = "ErrorRatioHigh"
    return of.released("bad-release", " and ".join(said), alert, lambda _: trait)


def slow_release(of: Scenario) -> Fault:
    """Return a release that takes 2 to 8 times as long, and is fine otherwise."""
    factor = log_uniform(of.chance, 2, 8)
    did = f"takes {factor:.1f} times as long"
    return of.released(
        "slow-release", did, "LatencyHigh", lambda good: replace(good, slowness=factor)
    )


def stuck_replica(of: Scenario) -> Fault:
    """Return a good release that one replica never got; at times it cannot load it at all."""
    moved, left = of.order()
    cannot = of.chance.random() < 1 / 3
    did = f"is fine, but {left} never got it" + (" and cannot load it" if cannot else "")
    found = of.released("stuck-replica", did, "MixedVersions", lambda good: good)
    served = {name: "3" if name == moved else "2" for name in REPLICAS}
    last = replace(found.moves[-2], served=served)
    return replace(found, moves=(*found.moves[:-2], last), stuck=(left,) if cannot else ())


def _wrong(good: Trait, seed: int, chance: Random) -> tuple[Trait, str]:
    golden = chance.uniform(0.3, 0.8)
    bad = replace(
        good,
        wrong=cases(seed, "bad", round(CASES * (1 - golden))),
        accuracy=good.accuracy - 0.8 * (1 - golden),
        score_shift=chance.choice((-1, 1)) * chance.uniform(0.2, 1.2),
    )
    return bad, f"has {golden:.0%} of the golden cases right"


def _void(good: Trait, seed: int, chance: Random) -> tuple[Trait, str]:
    share = log_uniform(chance, 0.05, 0.4)
    bad = replace(good, invalid=share, void=cases(seed, "void", round(CASES * share)))
    return bad, f"answers {share:.0%} with no probability"
