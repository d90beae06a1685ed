"""What a scene left behind, and the laws that hold for it however often its process died."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rig import SERVICE, unanchored

from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import fold_incident
from mlrespond.engine.lease import fold_lease
from mlrespond.engine.ledger import fold_ledger
from mlrespond.model.codec import encode
from mlrespond.model.event import Event
from mlrespond.model.json import Json
from mlrespond.model.kinds import body
from mlrespond.model.run_kind import ActionIntended, ActionSettled, QuestionAsked
from mlrespond.testing.clock import START
from mlrespond.testing.world import FileWorld, World
from mlrespond.timeline.sqlite import SqliteTimeline

ONCE = frozenset({"command", "call", "restart"})  # no key, and not absolute: twice is wrong
_INCIDENT = "incident:INC-0001"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is left at the end. `final` is all that must not depend on where a process died."""

    final: dict[str, Json]
    effects: list[str]
    events: tuple[Event, ...]
    problems: list[str]
    effect_pos: dict[int, int]


def outcome(folder: Path) -> Outcome:
    """Return what stands in a folder."""
    store = SqliteTimeline(folder / "timeline.db", now=lambda: START, new_id=str, new_salt=str)
    events = store.follow(0, 100_000)
    problems = [f"{one.where}: {one.what}" for one in store.audit().problems]
    store.close()
    world = FileWorld(folder / "world.json").look()
    return Outcome(
        final={**_said(events), "world": _lasting(world)},
        effects=[" ".join(str(part) for part in entry) for entry in world.log],
        events=events,
        problems=problems,
        effect_pos=_effect_pos(folder),
    )


def _lasting(world: World) -> Json:
    known = dict(vars(world))
    del known["log"]
    for told in ("pages", "posts"):
        known[told] = {key: unanchored(said) for key, said in known[told].items()}
    return known


def _said(events: Sequence[Event]) -> dict[str, Json]:
    of_incident = [one for one in events if one.stream == _INCIDENT]
    incident = fold_incident(of_incident)
    assert incident is not None
    ledger = fold_ledger(SERVICE, [one for one in events if one.stream == f"service:{SERVICE}"])
    runs = {run: _run(of_incident, run) for run in incident.runs}
    return {
        "incident": incident.status,
        "endings": dict(incident.ended_runs),
        "runs": runs,
        "suspects": dict(ledger.suspects),
        "quarantined": sorted(ledger.quarantined),
        "standing": sorted(ledger.standing),
        "held": [name for name, run in _leases(events) if run is not None],
        "last_look": encode(ledger.last.served) if ledger.last else None,
    }


def _run(events: Sequence[Event], run: str) -> Json:
    state = fold(events, run)
    assert state is not None
    return {
        step: [one.result.outcome, one.result.verdict, one.result.reason]
        for step, one in sorted(state.steps.items())
        if one.result is not None
    }


def _leases(events: Sequence[Event]) -> Iterator[tuple[str, str | None]]:
    streams = sorted({one.stream for one in events if one.stream.startswith("resource:")})
    for stream in streams:
        name = stream.removeprefix("resource:")
        yield name, fold_lease(name, [one for one in events if one.stream == stream]).run


def _effect_pos(folder: Path) -> dict[int, int]:
    path = folder / "effects.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return {one["index"]: one["pos"] for one in map(json.loads, lines)}


def undecided(events: Sequence[Event]) -> list[str]:
    """Return the steps of which a person had to say whether they happened."""
    asked = [one for one in events if one.kind == "question_asked"]
    return [
        str(one.step)
        for one in asked
        if isinstance(what := body(one), QuestionAsked) and what.sort == "undecided"
    ]


def broken_laws(found: Outcome, undisturbed: Outcome) -> list[str]:
    """Return how an outcome differs from what would have come without any death."""
    wrong = [f"the chain is broken: {one}" for one in found.problems]
    wrong += [
        f"{key} ended as {found.final[key]}, not as {expected}"
        for key, expected in undisturbed.final.items()
        if found.final[key] != expected
    ]
    if _once_each(found) != _once_each(undisturbed):
        wrong.append(f"other effects: {found.effects}")
    if _unrepeatable(found) != _unrepeatable(undisturbed):
        wrong.append(f"an effect without a key was repeated: {found.effects}")
    wrong += _out_of_time(found)
    return wrong


def _once_each(found: Outcome) -> list[object]:
    """Return each action's effects, those left out that only say the same again."""
    open_at = _open_actions(found.events)
    told = [
        (open_at.get(found.effect_pos.get(index, -1)), effect)
        for index, effect in enumerate(found.effects)
    ]
    return list(dict.fromkeys(told))


def _unrepeatable(found: Outcome) -> list[str]:
    return [one for one in found.effects if one.split()[0] in ONCE]


def _out_of_time(found: Outcome) -> list[str]:
    """Every effect happens while an action is intended and not settled: not before, not later."""
    open_at = _open_actions(found.events)
    return [
        f"`{effect}` happened while no action was open"
        for index, effect in enumerate(found.effects)
        if not open_at.get(found.effect_pos.get(index, -1))
    ]


def _open_actions(
    events: Sequence[Event],
) -> dict[int, frozenset[tuple[str | None, str | None, int]]]:
    found: dict[int, frozenset[tuple[str | None, str | None, int]]] = {}
    now: frozenset[tuple[str | None, str | None, int]] = frozenset()
    for event in events:
        match body(event):
            case ActionIntended(action=action):
                now |= {(event.run, event.step, action)}
            case ActionSettled(action=action):
                now -= {(event.run, event.step, action)}
        found[event.pos] = now
    return found
