"""One case: a town in which something went wrong, diagnosed once by the program as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from tests.benchmarks.field.faults import FAULTS, NEVER_RELEASED, NONE, Fault
from tests.benchmarks.field.rows import Rows
from tests.benchmarks.field.simple import simple_moves
from tests.benchmarks.field.town import MATURE_S, SPAN_S, Chance, Town, seeded, town
from tests.rig import SERVICE, Rig, rig

from mlrespond.model.json import Json, items, record
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.world import World, WorldHolder
from mlrespond.usecases.looking import bare_context
from mlrespond.verbs.interface import Done, IncidentView, Past
from mlrespond.verbs.table import verb

Mark = Literal["right", "abstained", "wrong", "harmful", "forbidden"]
WORTH: Mapping[Mark, float] = {
    "right": 1.0,
    "abstained": 0.3,
    "wrong": 0.0,
    "harmful": -1.0,
    "forbidden": -2.0,
}
CHANGES = frozenset({"rollback", "activate", "switch", "restart", "retrain", "hold", "drain"})
SIGNALS = ("metrics", "predictions", "golden", "labels")
TELLS = {
    "feature_age": "features_old",
    "provider_model": "upstream_changed",
    "quota_refusals": "rate_limited",
    "eur_per_1k": "cost_up",
    "top_share": "exposure_concentrated",
    "rss_gib": "memory_high",
    "feature_file_mib": "artefact_bad",
}
_AWAY = timedelta(days=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the program would do first about a case, and how that is marked."""

    fault: str
    seed: int
    n: int
    missing: tuple[str, ...]
    move: str
    top: str | None
    said: str
    mark: Mark
    right: frozenset[str]
    forbidden: frozenset[str]
    failed: tuple[str, ...]
    simple: Mapping[str, Mark]

    @property
    def changes(self) -> bool:
        """Return whether its first move changes something."""
        return self.move in CHANGES


def marked(right: frozenset[str], forbidden: frozenset[str], move: str) -> Mark:
    """Return the mark of a first move, as the reference on failure modes says."""
    if move in forbidden:
        return "forbidden"
    if move in right:
        return "right"
    if move in CHANGES:
        return "harmful"
    return "abstained" if move == "escalate" else "wrong"


def played(name: str, seed: int, n: int, missing: int = 0) -> Played:
    """Play a case of which `n` rows came since the onset, with some signals missing."""
    chance = seeded("case", name, seed)
    wait_s = 7200.0 if name else 0.0
    place = town(seed, 1.0)
    fault = FAULTS[name](place, chance)
    delay_s = float(chance.uniform(0, 200))
    wait_s = delay_s + (7200.0 if fault.long else float(chance.uniform(180, 600)))
    place = town(seed, n / (600.0 if fault.long else wait_s - delay_s))
    if fault.release_s is None and name not in NEVER_RELEASED and chance.random() < 1 / 4:
        fault.release_s = -float(chance.uniform(1500, 6000))
    gone = tuple(str(one) for one in chance.permutation(SIGNALS)[:missing])
    here, onset_s = _stage(place, fault, delay_s, wait_s, gone)
    found = _diagnosed(here, onset_s)
    move = _move(found)
    shown = [record(one) for one in items(found.yields["findings"])]
    return Played(
        fault=name,
        seed=seed,
        n=n,
        missing=gone,
        move=move,
        top=found.yields["top"],  # type: ignore[arg-type]  # a name
        said=found.said,
        mark=marked(fault.right, fault.forbidden, move),
        right=fault.right,
        forbidden=fault.forbidden,
        failed=tuple(f"{one['kind']}: {one['said']}" for one in shown if one["verdict"] == "fail"),
        simple={
            rule: marked(fault.right, fault.forbidden, move)
            for rule, move in simple_moves(shown).items()
        },
    )


def _move(found: Done) -> str:
    """Return the first move; who cannot tell calls somebody."""
    if found.verdict == "fail":
        return str(found.yields["move"])
    return NONE if found.verdict == "pass" else "escalate"


def _stage(
    place: Town, fault: Fault, delay_s: float, wait_s: float, gone: tuple[str, ...]
) -> tuple[Rig, float]:
    now = START + _AWAY
    onset = now - timedelta(seconds=wait_s)
    moved = place.replicas[: max(1, len(place.replicas) // 2)] if fault.half else place.replicas
    releases = () if fault.release_s is None else ((fault.release_s, "2", moved),)
    served: dict[str, str | None] = dict.fromkeys(place.replicas, "1")
    wanted = "1"
    for _, version, replicas in releases:
        served.update(dict.fromkeys(replicas, version))
        wanted = version
    world = World(versions=["1", "2"], served=served, wanted=fault.wanted or wanted)
    lately = int((_AWAY - timedelta(seconds=wait_s)).total_seconds())
    world.starts = dict.fromkeys(place.replicas, lately if fault.restarted else 1)
    world.broken = {**fault.broken, **{one: "it is gone" for one in gone if one != "labels"}}
    if fault.approved:
        world.tags = {f"{fault.approved}:approved": "yes"}
    clock = FixedClock(now)
    here = rig(
        world=WorldHolder(world),
        signals=Rows(place, fault.ways, onset, now, releases),
        clock=clock,
        history=(),
        service=_service(place, fault, labels="labels" not in gone),
    )
    _watch(here, place, fault, releases, now, wait_s)
    return here, wait_s - delay_s


def _watch(
    here: Rig,
    place: Town,
    fault: Fault,
    releases: tuple[tuple[float, str, tuple[str, ...]], ...],
    now: object,
    wait_s: float,
) -> None:
    """Put into the ledger what a watcher saw every few minutes."""
    assert now == here.clock.now()
    at_s = -SPAN_S + 600
    while at_s < wait_s - 20:
        served: dict[str, str | None] = dict.fromkeys(place.replicas, "1")
        wanted = "1"
        for since, version, replicas in releases:
            if at_s >= since:
                served.update(dict.fromkeys(replicas, version))
                wanted = version
        away = bool(fault.broken) and at_s >= 0
        look = ServiceLooked(
            wanted=None if away else (fault.wanted if fault.wanted and at_s >= 0 else wanted),
            served=served,
            objectives={"any": "pass"},
            route="primary",
        )
        at = here.clock.now() + timedelta(seconds=at_s - wait_s)
        here.app.store.append([draft(f"service:{SERVICE}", look, at, source="poll")])
        at_s += 60.0


def _diagnosed(here: Rig, onset_s: float) -> Done:
    now = here.clock.now()
    incident = IncidentView(
        id="INC-1", severity="SEV2", onset=now - timedelta(seconds=onset_s), opened_at=now
    )
    found = verb("diagnose")
    assert found.look is not None
    past = Past(n=1, data=None, started_at=now)
    seen = found.look(bare_context(here.app, SERVICE, incident), found.body({}), past)
    assert isinstance(seen, Done)
    return seen


def _service(place: Town, fault: Fault, *, labels: bool) -> dict[str, Json]:
    """Return how its team would describe it, written without a look at what goes wrong."""
    names = place.names
    of = "of {{ version }} on {{ replica }} in {{ window }}"
    limit = max(0.02, round(4 * place.errors, 3))
    objectives: dict[str, Json] = {
        names["error_ratio"]: {
            "kind": "ratio",
            "bad": f"{names['errors']} {of}",
            "total": f"{names['requests']} {of}",
            "max": limit,
            "margin": max(0.01, round(place.errors, 4)),
        },
        names["slow"]: {
            "kind": "latency",
            "histogram": f"{names['latency']} {of}",
            "quantile": 0.95,
            "max": f"{round(6000 * place.median_s)}ms",
        },
        names["valid"]: {
            "kind": "ratio",
            "from": "predictions",
            "good": names["valid"],
            "min": 0.97,
        },
        names["known"]: {"kind": "golden", "min": 0.85},
        **{
            name: {"kind": "value", "query": name, "max": 1.5, "tells": sign}
            for name, sign in TELLS.items()
        },
    }
    features: dict[str, Json] = {
        **{name: {"type": "number"} for name in place.numbers},
        **{name: {"type": "category"} for name in place.words},
    }
    predictions: dict[str, Json] = {
        "kind": "fake",
        "decision": "d",
        "features": features,
    }
    if labels:
        predictions["labels"] = {
            "path": "l",
            "on": "id",
            "column": "y",
            "mature_after": f"{MATURE_S:.0f}s",
        }
    replicas = [{"name": one, "url": f"http://{one}"} for one in place.replicas]
    return {
        "objectives": objectives,
        "predictions": predictions,
        "serving": {"kind": "fake", "model": "m", "replicas": replicas},
        **({"approved": {"approved": "yes"}} if fault.approved else {}),
    }


__all__ = ["Chance", "Played", "played"]
