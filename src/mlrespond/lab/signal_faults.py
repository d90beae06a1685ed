"""The table of the simulated world's faults; each is drawn by seed, within what is plausible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from mlrespond.errors import UsageError
from mlrespond.lab.signal_break import (
    concept_drift,
    label_delay,
    null_surge,
    nulls,
    registry_down,
    said,
    serving_errors,
    slow_dependency,
    traffic_drop,
    unit_change,
)
from mlrespond.lab.signal_chance import drawn
from mlrespond.lab.signal_release import bad_release, slow_release, stuck_replica
from mlrespond.lab.signal_scenario import THREE, Fault, Scenario

_FALSE_ALARMS = (
    "PredictionDrift",
    "ErrorRatioHigh",
    "LatencyHigh",
    "InputDataBroken",
    "LabelQualityLow",
)


def fault(name: str, seed: int) -> Fault:
    """Return a fault with its circumstances; UsageError for an unknown one."""
    if name not in FAULTS:
        raise UsageError(f"there is no fault `{name}`", hint=f"one of {', '.join(FAULTS)}")
    return FAULTS[name](Scenario.of(seed, drawn(name, seed)))


def nothing(of: Scenario) -> Fault:
    """Return an alert without a fault, at times some while after a release that is fine."""
    alert = of.chance.choice(_FALSE_ALARMS)
    found = replace(of.unreleased("nothing", "nothing is broken", alert), truth=())
    if of.chance.random() < 1 / 2:
        return found
    release = of.rollout("2", "3", 60.0 * of.chance.randint(25, 90))
    return replace(
        found,
        did="nothing is broken; version 3, released a while ago, is fine",
        moves=(*found.moves, *release),
        versions=THREE,
        traits=of.traits(),
    )


def two_faults(of: Scenario) -> Fault:
    """Return a bad release and a null surge at the same time."""
    found, effect = bad_release(of), nulls(of)
    truth = ("bad-release", "null-surge")
    return replace(found, truth=truth, did=f"{found.did}; {said(effect)}", effects=(effect,))


FAULTS: Mapping[str, Callable[[Scenario], Fault]] = {
    "bad-release": bad_release,
    "slow-release": slow_release,
    "null-surge": null_surge,
    "unit-change": unit_change,
    "stuck-replica": stuck_replica,
    "serving-errors": serving_errors,
    "registry-down": registry_down,
    "concept-drift": concept_drift,
    "nothing": nothing,
    "two-faults": two_faults,
    "slow-dependency": slow_dependency,
    "label-delay": label_delay,
    "traffic-drop": traffic_drop,
}
