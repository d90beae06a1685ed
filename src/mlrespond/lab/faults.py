"""Breaking a lab: each failure mode as it happens in production, and the alert that follows."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from mlrespond.errors import UsageError
from mlrespond.lab.alert import Alert
from mlrespond.lab.control import Control, Drift
from mlrespond.lab.fit import examples, fit
from mlrespond.lab.folder import REPLICAS, Folder
from mlrespond.lab.json_file import read_json, write_json
from mlrespond.lab.model import Model
from mlrespond.lab.platform import Platform
from mlrespond.lab.platforms import platform_of
from mlrespond.lab.state import Fault, LabState, changing, save
from mlrespond.lab.up import GOOD_VERSION_ROWS, register
from mlrespond.model.codec import decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What was broken, in words, and the file with the alert that a monitor would send."""

    mode: str
    seed: int
    did: str
    alert: Path


@dataclass(frozen=True, slots=True)
class _Wound:
    """A lab about to be broken: where it is, what runs, and the chance of this seed."""

    folder: Folder
    state: LabState
    chance: random.Random

    @property
    def platform(self) -> Platform:
        return platform_of(self.folder, self.state)

    def trained(self) -> Model:
        """Return a new good model."""
        seed = self.chance.randrange(1 << 30)
        return fit(examples(seed, GOOD_VERSION_ROWS), seed=seed)

    def release(self, model: Model, replicas: tuple[str, ...] = REPLICAS) -> str:
        """Register a version, move the alias to it and serve it."""
        platform = self.platform
        version = register(platform.catalogue, model)
        platform.catalogue.want(version)
        for name in replicas:
            platform.serve(name, version)
        return version

    def steer(self, change: Callable[[Control], Control]) -> None:
        """Change what arrives."""
        control = decode(Control, read_json(self.folder.control))
        write_json(self.folder.control, encode(change(control)))


def break_(folder: Path, mode: str, seed: int = 1) -> Broken:
    """Break a lab that is up; the same seed breaks it the same way.

    The embedded lab has no monitor: `alert.json` is written at once. On a stack the monitor that
    is part of it will notice. Give the lab half a minute of history first (see `up`). Faults add
    up until `mend`. Raises UsageError for an unknown mode, or if no lab is up.
    """
    if mode not in MODES:
        raise UsageError(f"there is no mode `{mode}`", hint=f"one of {', '.join(MODES)}")
    place = Folder(folder.resolve())
    alert, injure = MODES[mode]
    with changing(place) as state:
        fault = Fault(mode=mode, seed=seed, at=datetime.now(UTC))
        save(place, replace(state, faults=(*state.faults, fault)))
        chance = random.Random(f"{mode} {seed}")  # noqa: S311  # a simulation, no secret
        did = injure(_Wound(place, state, chance))
        if not state.stack:
            write_json(place.alert, alert.webhook(seed, datetime.now(UTC)))
    return Broken(mode=mode, seed=seed, did=did, alert=place.alert)


def _bad_release(lab: _Wound) -> str:
    version = lab.release(replace(lab.trained(), defect="column-order"))
    return f"released version {version}, which reads its columns in another order than in training"


def _slow_release(lab: _Wound) -> str:
    delay_ms = float(lab.chance.randint(140, 180))
    version = lab.release(replace(lab.trained(), delay_ms=delay_ms))
    return f"released version {version}, which takes {delay_ms:.0f} ms more"


def _null_surge(lab: _Wound) -> str:
    share = round(lab.chance.uniform(0.2, 0.6), 2)
    lab.steer(lambda control: replace(control, null_share=share))
    return f"amount and country are null in {share:.0%} of the rows"


def _unit_change(lab: _Wound) -> str:
    factor = lab.chance.choice((100.0, 1000.0))
    lab.steer(lambda control: replace(control, unit_factor=factor))
    return f"amounts arrive {factor:.0f} times as large"


def _stuck_replica(lab: _Wound) -> str:
    moved, stuck = REPLICAS
    version = lab.release(lab.trained(), (moved,))
    return f"released version {version}, which {stuck} never got"


def _serving_errors(lab: _Wound) -> str:
    name, errors = lab.chance.choice(REPLICAS), round(lab.chance.uniform(0.3, 0.6), 2)
    lab.platform.misbehave(name, errors=errors)
    return f"{name} fails {errors:.0%} of its requests"


def _registry_down(lab: _Wound) -> str:
    lab.platform.registry_away()
    return "the registry is away"


def _concept_drift(lab: _Wound) -> str:
    speed = round(lab.chance.uniform(6.0, 12.0), 1)
    drift = Drift(since=datetime.now(UTC), degrees_per_s=speed)
    lab.steer(lambda control: replace(control, drift=drift))
    return f"fraudsters change their habits, {speed:g} degrees a second to a quarter turn"


def _nothing(lab: _Wound) -> str:
    del lab
    return "nothing is broken"


_CRITICAL, _WARNING = "critical", "warning"

MODES: Mapping[str, tuple[Alert, Callable[[_Wound], str]]] = {
    "bad-release": (
        Alert("GoldenAccuracyLow", _CRITICAL, "Too few golden cases come out right"),
        _bad_release,
    ),
    "slow-release": (
        Alert("LatencyHigh", _WARNING, "The 95th percentile of latency is over 100 ms"),
        _slow_release,
    ),
    "null-surge": (
        Alert("InputDataBroken", _CRITICAL, "Inputs do not look as they should"),
        _null_surge,
    ),
    "unit-change": (
        Alert("InputDataBroken", _CRITICAL, "Inputs do not look as they should"),
        _unit_change,
    ),
    "stuck-replica": (
        Alert("MixedVersions", _WARNING, "The replicas serve different versions"),
        _stuck_replica,
    ),
    "serving-errors": (
        Alert("ErrorRatioHigh", _CRITICAL, "More than 2 % of the requests fail"),
        _serving_errors,
    ),
    "registry-down": (
        Alert("RegistryDown", _WARNING, "The registry cannot be read"),
        _registry_down,
    ),
    "concept-drift": (
        Alert("LabelQualityLow", _WARNING, "Decisions and labels agree less than they did"),
        _concept_drift,
    ),
    "nothing": (
        Alert("PredictionDrift", _WARNING, "The scores are distributed in another way"),
        _nothing,
    ),
}
