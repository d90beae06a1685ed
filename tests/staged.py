"""A staged fault, answered by the whole program: which move it takes first, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeGuard

from tests.rig import ROOT, Rig, rig

from mlrespond.lab.signal_scenario import Move
from mlrespond.lab.signal_service import OBJECTIVES, PREDICTIONS
from mlrespond.lab.signal_stage import Stage, stage
from mlrespond.model.kind import Body
from mlrespond.model.kinds import body
from mlrespond.model.reading import Route
from mlrespond.model.run_kind import ActionIntended, RunEnded, RunRequested, StepFinished
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.world import World, WorldHolder
from mlrespond.usecases.alerts import read_alerts
from mlrespond.usecases.app import Store
from mlrespond.usecases.looking import record_look
from mlrespond.usecases.runner import Driven, Parked


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was done about a staged fault. `first` is the verb of the first change, or None."""

    fault: str
    seed: int
    did: str
    alert: str
    runbook: str
    top: str | None
    verdict: str | None
    first: str | None
    verbs: tuple[str, ...]
    ending: str | None
    served: Mapping[str, str | None]
    said: str


def play(staged: Stage, store: Store | None = None) -> Rig:
    """Set the stage: let a watcher look at the past as it was, then stand at its present."""
    clock = FixedClock(staged.now)
    signals = staged.signals(clock.now)
    world = World(wanted=staged.wanted, versions=staged.versions, served=staged.served)
    world.starts, world.stuck = staged.starts, staged.stuck
    holder = WorldHolder(world)
    here = rig(
        playbooks=_playbooks(),
        world=holder,
        store=store,
        signals=signals,
        clock=clock,
        history=(),
        service={"objectives": OBJECTIVES, "predictions": PREDICTIONS},
    )
    for look in staged.looks:
        _look(here, staged.now - timedelta(seconds=look.before_s), look)
    clock.turn(staged.now)
    world.wanted, world.served, world.broken = staged.wanted, staged.served, staged.broken

    def observe(_: str) -> None:
        now = holder.look()
        route = Route(to=now.route, share=now.share, drained=tuple(now.drained))
        signals.observe(clock.now(), now.served, route, now.starts)

    holder.after = observe
    return here


def _look(here: Rig, at: datetime, look: Move) -> None:
    """Look at the past with the eyes of a watcher: what was served then, and how it did."""
    here.clock.turn(at)
    world = here.world.look()
    world.served = dict(look.served)
    world.broken = {} if look.wanted else {"registry": "it is down"}
    world.wanted = look.wanted or world.wanted
    record_look(here.app, "fraud-scorer", why="watch", always=True)


def _playbooks() -> dict[str, str]:
    """Return the playbooks that ship; this team trains on hours, since its world turns in hours."""
    shipped = {one.stem: one.read_text() for one in (ROOT / "playbooks").glob("*.md")}
    retrain = "{runbook: stale-model-retrain"
    assert retrain in shipped["stale-model"]
    paced = shipped["stale-model"].replace(retrain, f"{retrain}, inputs: {{window: 6h}}")
    return {**shipped, "stale-model": paced}


def decide(name: str, seed: int) -> Decision:
    """Return what the program did about a staged fault, every approval given."""
    staged = stage(name, seed)
    here = play(staged)
    alerts = read_alerts(json.dumps(staged.webhook(staged.now)))
    found = here.respond(service=None, alerts=alerts, approve=("all",))
    assert found.incident is not None
    _drive_on(here, found.driven)
    events = here.events(found.incident.id)
    told = [(one.step, body(one)) for one in events]
    requested = next(what for _, what in told if isinstance(what, RunRequested))
    first_look = next((what for _, what in told if _is_diagnosis(what)), None)
    verbs = tuple(_changes(requested, told))
    ended = [what.ending for _, what in told if isinstance(what, RunEnded)]
    return Decision(
        fault=name,
        seed=seed,
        did=staged.fault.did,
        alert=staged.alert.name,
        runbook=requested.runbook.name,
        top=first_look.yields["top"] if first_look else None,  # type: ignore[arg-type]  # a name
        verdict=first_look.verdict if first_look else None,
        said=first_look.said if first_look else "",
        first=verbs[0] if verbs else None,
        verbs=verbs,
        ending=ended[-1] if ended else None,
        served=dict(here.world.look().served),
    )


def _drive_on(here: Rig, driven: Driven | None) -> None:
    """Go on whenever a parked run is due, as `mlir tick` does."""
    while isinstance(driven, Parked) and driven.until is not None:
        here.clock.turn(driven.until)
        driven = here.resume(driven.state.run)


def _is_diagnosis(what: Body) -> TypeGuard[StepFinished]:
    return isinstance(what, StepFinished) and "top" in what.yields


def _changes(requested: RunRequested, told: Sequence[tuple[str | None, Body]]) -> Iterator[str]:
    """Yield the verbs of the steps that did something, in order."""
    verbs = {one.id: one.verb for one in requested.runbook.steps}
    last: str | None = None
    for step, what in told:
        if isinstance(what, ActionIntended) and step is not None and step != last:
            yield verbs.get(step, "escalate")
            last = step
