"""Scenes of the library's runbooks, each in a world where it takes its long way."""

from __future__ import annotations

from collections.abc import Mapping

from tests.crash.scene import Scene, in_doubt
from tests.crash.signals import FallingQuality, SurgingNulls
from tests.marks import INCIDENT

from mlrespond.model.json import Json
from mlrespond.testing.steady import SteadySignals
from mlrespond.testing.world import World

_RELEASED = ((-7200.0, "2"), (-600.0, "3"))
_OLD = ((-7 * 86400.0, "2"), (-86400.0, "2"))
_ACKNOWLEDGED = {f"{INCIDENT}:payments-ml": "ana"}
_LABELLED: Mapping[str, Json] = {
    "kind": "fake",
    "features": {"amount": {"type": "number", "min": 0}, "country": {"type": "category"}},
    "labels": {"path": "labels", "on": "id", "column": "y", "mature_after": "10m"},
}


def released() -> World:
    """Return a world in which the bad version 3 was released a while ago."""
    return World(
        wanted="3",
        versions=["1", "2", "3"],
        served={"eu-1": "3", "us-1": "3"},
        acks=dict(_ACKNOWLEDGED),
    )


def _half_released() -> World:
    world = released()
    world.served = {"eu-1": "3", "us-1": "2"}
    return world


def _hanging() -> World:
    return World(broken={"us-1": "it hangs"}, acks=dict(_ACKNOWLEDGED))


def _no_registry() -> World:
    return World(broken={"registry": "it is down"}, acks=dict(_ACKNOWLEDGED))


def _sound() -> SteadySignals:
    return SteadySignals({})


LIBRARY = (
    Scene(
        name="bad-release",
        runbook="bad-release",
        ending="mitigated",
        world=released,
        history=_RELEASED,
    ),
    Scene(
        name="latency-regression",
        runbook="latency-regression",
        ending="not_mitigated",
        world=released,
        history=_RELEASED,
    ),
    Scene(
        name="serving-errors",
        runbook="serving-errors",
        ending="mitigated",
        world=_hanging,
        undecided=in_doubt("again", "restart"),  # who does not answer does not say since when
    ),
    Scene(
        name="partial-rollout",
        runbook="partial-rollout",
        ending="mitigated",
        world=_half_released,
        history=_RELEASED,
        signals=_sound,
    ),
    Scene(
        name="registry-outage",
        runbook="registry-outage",
        ending="escalated",
        world=_no_registry,
        inputs={"every": "2m", "within": "6m"},
    ),
    Scene(
        name="input-data-broken",
        runbook="input-data-broken",
        ending="escalated",
        signals=SurgingNulls,
        inputs={"hold_for": "1m"},
    ),
    Scene(
        name="stale-model-retrain",
        runbook="stale-model-retrain",
        ending="mitigated",
        signals=FallingQuality,
        history=_OLD,
        service={"predictions": _LABELLED},
        inputs={"hold_for": "1m", "window": "2h"},
    ),
    Scene(
        name="first-look",
        runbook="first-look",
        ending="mitigated",
        world=released,
        history=_RELEASED,
    ),
)
