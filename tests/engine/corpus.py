"""Real runs, recorded on the shipped fakes: several runbooks, worlds and people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tests.rig import Rig, rig

from mlrespond.model.event import Event
from mlrespond.testing.world import World, WorldHolder

YES: Mapping[str, str] = {
    "approval": "approve",
    "inconclusive": "continue",
    "unknown": "continue",
    "when": "run",
    "ask": "answer",
}
NO: Mapping[str, str] = {"approval": "deny", "inconclusive": "stop", "unknown": "stop"}
AGAIN: Mapping[str, str] = {**YES, "unknown": "retry", "inconclusive": "escalate"}
EVERYTHING = """
runbook: everything
title: Something of everything
inputs: {share: {type: number, default: 50}}
mitigated_when: steps.mended.outcome == "ok"
mitigated_for: 1m
steps:
  - {id: who, ask: {say: "which?", answers: {name: {type: string}}}}
  - {id: seen, diagnose: {}, on_inconclusive: continue}
  - id: doubtful
    when: steps.seen.onset > 3
    command: {args: [mend, "by {{ inputs.share }}"], effect: change}
    verify: {read: {command: {args: [show], effect: read}}, until: read.code == 0, every: 1s}
  - id: block
    steps:
      - {id: told, notify: {to: ops, say: "{{ steps.who.by }} is at it"}}
      - {id: pause, wait: {for: 20s}}
  - {id: away, switch: {to: rules}, verify: {every: 1s}}
  - {id: out, drain: {replicas: [us-1]}, verify: {every: 1s}, on_failure: undo_run}
  - id: mended
    activate: {version: "1", preflight: [load]}
    verify: {every: 1s, within: 10s}
    on_failure: undo
    on_unknown: ask
finally:
  - {id: closing, notify: {to: ops, say: "it ends as {{ run.ending }}"}}
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A run to record: in which world, by whom."""

    name: str
    runbook: str
    world: World
    answers: Mapping[str, str]
    acked: bool = False
    free_after: int | None = None


def bad() -> World:
    return World(wanted="3", versions=["1", "2", "3"], served={"eu-1": "3", "us-1": "3"})


def mixed() -> World:
    return World(wanted="2", served={"eu-1": "2", "us-1": "1"})


def stuck() -> World:
    world = bad()
    world.stuck = ["us-1"]
    return world


def broken(name: str) -> World:
    world = bad()
    world.broken = {name: "it is down"}
    return world


def _scenes() -> Sequence[Scene]:
    return (
        Scene("rolled back", "bad-release", bad(), YES),
        Scene("denied", "bad-release", bad(), NO),
        Scene("nobody there", "bad-release", bad(), {}),
        Scene("one replica is stuck", "bad-release", stuck(), YES),
        Scene("stuck, and tried again", "bad-release", stuck(), AGAIN, free_after=4),
        Scene("replicas differ", "partial-rollout", mixed(), YES),
        Scene("the registry is down", "registry-outage", broken("registry"), YES),
        Scene("the metrics are down", "bad-release", broken("metrics"), YES),
        Scene("somebody takes the page", "first-look", bad(), NO, acked=True),
        Scene("something of everything", "everything", bad(), YES),
        Scene("everything, then stuck", "everything", stuck(), AGAIN, free_after=9),
        Scene("everything, denied", "everything", bad(), NO),
    )


@cache
def recorded_runs() -> Mapping[str, tuple[Event, ...]]:
    """Return the incident's events of each scene."""
    return {scene.name: _recorded(scene) for scene in _scenes()}


def _recorded(scene: Scene) -> tuple[Event, ...]:
    here = _staged(scene)
    here.respond(runbook=scene.runbook)
    for _ in range(3):  # what parked is taken up later, by another process
        if here.ending() is not None:
            break
        here.clock.advance(700)
        here.resume()
    return here.events()


def _staged(scene: Scene) -> Rig:
    holder = WorldHolder(scene.world)
    history = ((-90000.0, "1"), (-80000.0, "2"), (-600.0, scene.world.wanted or "2"))
    here = rig(world=holder, history=history, runbooks={"everything": EVERYTHING})
    here.talker.answers.update(scene.answers)
    here.talker.values = {"name": "eu-1"}
    holder.after = lambda _: _meanwhile(scene, holder.look())
    return here


def _meanwhile(scene: Scene, world: World) -> None:
    """Let somebody take the pages, and let a stuck replica come round."""
    if scene.acked:
        world.acks.update(dict.fromkeys(world.pages, "ana"))
    if scene.free_after is not None and len(world.log) >= scene.free_after:
        world.stuck = []
