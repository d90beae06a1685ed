"""A service whose traffic shows one plain fault, without chance, and the library run on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.marks import INCIDENT
from tests.rig import Rig, rig

from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json
from mlrespond.model.reading import Edges, LabelCounts, Profile, Sample, Window
from mlrespond.testing.clock import START
from mlrespond.testing.steady import OBJECTIVES, RATE, Quality, SteadySignals
from mlrespond.testing.world import World, WorldHolder
from mlrespond.usecases.app import Pace
from mlrespond.usecases.runner import Driven

ONSET = START - timedelta(seconds=1800)
HISTORY = tuple((-21600.0 + 900 * at, "2") for at in range(24))
_PACE: Mapping[str, Json] = {"prove_every": "1s", "hold_for": "10s"}
_LOOKS: Mapping[str, Json] = {**_PACE, "every": "30s", "looks": 12, "settle": "0s"}
_PACES: Mapping[str, Mapping[str, Json]] = {
    "registry-outage": _PACE,
    "stale-model-retrain": {**_PACE, "every": "30s", "window": "2h"},
}
SERVICE: Mapping[str, Json] = {
    "objectives": {
        **OBJECTIVES,
        "latency_p99": {
            "kind": "latency",
            "histogram": "latency|{{ version }}|{{ replica }}|{{ window }}",
            "quantile": 0.99,
            "max": "250ms",
        },
        "valid": {"kind": "ratio", "from": "predictions", "good": "valid", "min": 0.9},
    },
    "predictions": {
        "kind": "fake",
        "features": {"amount": {"type": "number", "min": 0}},
        "labels": {"path": "labels", "on": "id", "column": "y", "mature_after": "10m"},
    },
}


@dataclass
class PlainSignals(SteadySignals):
    """Steady traffic with what is named here: by version, by replica, or since the onset."""

    world: WorldHolder = field(default_factory=WorldHolder)
    slow: frozenset[str] = frozenset()
    failing: str = ""
    nulls: bool = False
    drifted: bool = False
    invalid: bool = False

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        what, version, replica, window = query.split("|", 3)
        if "|" in window:
            *names, window = query.split("|")[2:]
            replica = "|".join(names)
        n = RATE * parse_duration(window)
        if what == "latency":
            fast = 0.9 if self._answering(version) in self.slow else 1.0
            edges = (("0.1", 0.5), ("0.25", fast), ("0.5", 1.0), ("+Inf", 1.0))
            return tuple(Sample(labels={"le": le}, value=round(n * share)) for le, share in edges)
        if what == "errors" and self._fails(replica, at):
            return (Sample(labels={}, value=round(n * 0.3)),)
        return super().instant(f"{what}|{version}|{replica}|{window}", at)

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        found = super().profile(window, version, edges)
        broken = self.nulls and window.until > ONSET
        amount = replace(found.features[0], nulls=found.n // 3 if broken else 0)
        rules = self.world.look().route != "primary"
        good = round(found.n * (0.5 if self.invalid and rules else 0.99))
        return replace(found, features=(amount,), flags={"valid": (good, found.n)})

    def labels(self, window: Window, version: str | None) -> LabelCounts:
        found = super().labels(window, version)
        stale = self.drifted and window.until > ONSET and self.world.look().wanted == "2"
        return replace(found, correct=round(found.labelled * 0.7)) if stale else found

    def _answering(self, version: str) -> str:
        return version if version != ".*" else str(self.world.look().wanted)

    def _fails(self, replica: str, at: datetime) -> bool:
        started = self.world.look().starts.get(self.failing, 1) > 1
        return bool(self.failing) and self.failing in replica and at > ONSET and not started


def plain(world: World | None = None, pid: int = 1, **shows: object) -> Rig:
    """Return a rig on which the named fault shows since the onset; version 2 was always served."""
    holder = WorldHolder(world or World())
    bad = shows.pop("bad", None)
    qualities = {"3": Quality(0.2, 0.3)} if bad else {}
    signals = PlainSignals(qualities=qualities, world=holder, **shows)  # type: ignore[arg-type]  # its fields
    everywhere = set(holder.look().served.values()) == {"3"}
    history = (*HISTORY[:-2], (-1900.0, "3")) if everywhere else HISTORY
    return rig(
        world=holder,
        signals=signals,
        history=history,
        service=SERVICE,
        pid=pid,
        pace=Pace(park_after_s=3600.0, slice_s=1e9),
    )


def released(version: str = "3") -> World:
    """Return a world in which a new version was released everywhere."""
    return World(
        wanted=version, versions=["1", "2", "3"], served={"eu-1": version, "us-1": version}
    )


def half() -> World:
    """Return a world in which a rollout stopped half-way."""
    return World(wanted="3", versions=["1", "2", "3"], served={"eu-1": "3", "us-1": "2"})


def run(here: Rig, runbook: str, *approve: str, **inputs: Json) -> Driven:
    """Run a runbook of the library to its end; whoever is paged takes it."""
    here.world.look().acks |= {f"{INCIDENT}:payments-ml": "ben", f"{INCIDENT}:cto": "cto"}
    known = {**_PACES.get(runbook, _LOOKS), **inputs}
    driven = here.respond(runbook=runbook, onset=ONSET, approve=approve, inputs=known).driven
    assert driven is not None
    return driven
