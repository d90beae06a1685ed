"""Faults of the simulated world that nobody released: inputs, processes, dependencies, people."""

from __future__ import annotations

from dataclasses import replace

from mlrespond.lab.folder import REPLICAS
from mlrespond.lab.signal_chance import log_uniform
from mlrespond.lab.signal_effect import Effect
from mlrespond.lab.signal_label import MATURE_S
from mlrespond.lab.signal_scenario import HOUR_S, Fault, Scenario

_FROM_ELSEWHERE = ("amount", "country", "prior_orders", "account_age_days")
_INPUT_ALERTS = ("InputDataBroken", "InputDataBroken", "PredictionDrift")


def null_surge(of: Scenario) -> Fault:
    """Return one or two features that are missing in 20 to 60 % of the rows, together."""
    effect = nulls(of)
    return of.unreleased("null-surge", said(effect), of.chance.choice(_INPUT_ALERTS), effect)


def nulls(of: Scenario) -> Effect:
    """Return a broken source of features; scores move a little, to either side."""
    chance = of.chance
    names = chance.sample(_FROM_ELSEWHERE, chance.randint(1, 2))
    share = chance.uniform(0.2, 0.6)
    return Effect(
        before_s=of.onset_s,
        nulls=dict.fromkeys(names, share),
        harm=share * len(names) * chance.uniform(0.08, 0.16),
        score_shift=share * chance.uniform(-0.3, 0.3),
    )


def said(effect: Effect) -> str:
    """Return in words which features are null."""
    (share,) = set(effect.nulls.values())
    return f"{' and '.join(effect.nulls)} null in {share:.0%} of the rows"


def unit_change(of: Scenario) -> Fault:
    """Return amounts in another unit; scores follow them."""
    factor = of.chance.choice((100.0, 1000.0, 0.01))
    shift = of.chance.uniform(0.8, 1.6) * (1 if factor > 1 else -1)
    harm = of.chance.uniform(0.08, 0.25)
    effect = Effect(before_s=of.onset_s, unit=factor, score_shift=shift, harm=harm)
    did = f"amounts arrive {factor:g} times as large"
    return of.unreleased("unit-change", did, of.chance.choice(_INPUT_ALERTS), effect)


def serving_errors(of: Scenario) -> Fault:
    """Return 5 to 60 % of failures: a process that a restart cures, or what all of them need."""
    everywhere = of.chance.random() < 1 / 3
    names = REPLICAS if everywhere else tuple(of.order()[:1])
    share = log_uniform(of.chance, 0.05, 0.6)
    errors = dict.fromkeys(names, share)
    effect = Effect(before_s=of.onset_s, errors=errors, restart_cures=not everywhere)
    did = f"{share:.0%} of the requests fail on {' and '.join(names)}"
    return of.unreleased("serving-errors", did, "ErrorRatioHigh", effect)


def registry_down(of: Scenario) -> Fault:
    """Return a registry that does not answer; serving goes on."""
    found = of.unreleased("registry-down", "the registry is away", "RegistryDown")
    blind = replace(found.moves[-1], before_s=of.onset_s, wanted=None)
    return replace(found, moves=(*found.moves, blind), broken={"registry": "it is down"})


def concept_drift(of: Scenario) -> Fault:
    """Return people who changed: over some hours, 8 to 25 points of accuracy are lost."""
    points = of.chance.uniform(0.08, 0.25)
    before_s = of.chance.randint(3, 7) * HOUR_S
    ramp_s = before_s - MATURE_S - of.chance.uniform(0.25, 1) * HOUR_S
    effect = Effect(before_s=before_s, harm=points, ramp_s=ramp_s, habits=True)
    did = f"people changed: {100 * points:.0f} in 100 decisions more are wrong"
    second_s = of.chance.uniform(10, 48) * HOUR_S
    return of.unreleased("concept-drift", did, "LabelQualityLow", effect, second_s=second_s)


def slow_dependency(of: Scenario) -> Fault:
    """Return 2 to 6 times the latency, on every replica."""
    factor = log_uniform(of.chance, 2, 6)
    effect = Effect(before_s=of.onset_s, slowness=factor)
    did = f"what all replicas need is slow: {factor:.1f} times the latency"
    return of.unreleased("slow-dependency", did, "LatencyHigh", effect)


def label_delay(of: Scenario) -> Fault:
    """Return labels that stopped coming, but for a few, among which wrong decisions are common."""
    trickle, bias = of.chance.uniform(0.0, 0.2), of.chance.uniform(1.5, 3)
    before_s = 60.0 * of.chance.randint(60, 180)
    effect = Effect(before_s=before_s, stalled=True, trickle=trickle, trickle_bias=bias)
    did = f"labels do not come any more, but for {trickle:.0%}"
    return of.unreleased("label-delay", did, "LabelQualityLow", effect)


def traffic_drop(of: Scenario) -> Fault:
    """Return 2 to 40 % of the usual requests."""
    share = log_uniform(of.chance, 0.02, 0.4)
    effect = Effect(before_s=of.onset_s, rate=share)
    return of.unreleased("traffic-drop", f"{share:.0%} of the requests come", "TrafficLow", effect)
