"""Folding a recorded run again: each decision is made anew, with the replies that were recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from tests.rig import Rig

from mlrespond.engine.decide import decide
from mlrespond.engine.evolve import evolve, fold
from mlrespond.engine.intent import Act, Look, MakePlan, ReadAction, Reread, Write
from mlrespond.engine.state import RunState
from mlrespond.model.event import Event
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json, Record, items, record, text
from mlrespond.model.kind import Body
from mlrespond.model.kinds import body
from mlrespond.model.run_kind import ActionIntended
from mlrespond.ports.timeline import Filter
from mlrespond.testing.clock import FixedClock
from mlrespond.usecases.app import App, Store
from mlrespond.usecases.recorder import calls_of, replayed
from mlrespond.usecases.work import Told, Worker

ENGINE_TOLD = frozenset({"run_claimed", "run_renewed", "run_parked", "run_interrupted"})


@dataclass(frozen=True)
class Decision:
    """What was recorded, and what is decided when it is decided again."""

    seq: int
    kind: str
    recorded: object
    again: object


class AsItWas:
    """A timeline as far as an attempt knew it."""

    def __init__(self, store: Store, seen: Record, service: str, incident: str) -> None:
        self._store = store
        self._until = {f"service:{service}": seen["ledger_seq"], incident: seen["incident_seq"]}
        self._dependencies = record(seen.get("dependencies"))

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        until = self._until[stream]
        assert isinstance(until, int)
        return tuple(one for one in self._store.read(stream, after) if one.seq <= until)

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        assert wanted
        assert not self._dependencies, "no dependency is part of these runs"
        return ()


def decisions(here: Rig, incident: str) -> Iterator[Decision]:
    """Yield each event that the engine or a verb made of a run, beside the same made again."""
    events = here.events(incident)
    states: dict[str, RunState] = {}
    for at, event in enumerate(events):
        state = states.get(str(event.run))
        if state is not None and state.ended is None and _is_decided(event):
            yield Decision(event.seq, event.kind, body(event), _again(here, state, event))
        states = {run: evolve(one, event) for run, one in states.items()}
        if event.kind == "run_requested":
            requested = fold(events[: at + 1], str(event.run))
            assert requested is not None
            states[requested.run] = requested


def _is_decided(event: Event) -> bool:
    told = event.kind in ENGINE_TOLD or event.kind == "baseline_resolved"
    return event.source == "engine" and not event.late and not told


def _again(here: Rig, state: RunState, event: Event) -> object:
    """Decide at the event's time, and do what was decided on the recorded replies."""
    seen = _transcript(here.app, event)
    now = parse_iso(text(seen.get("now")) or "") if seen else event.occurred_at
    intent = decide(state, here.app.vocabulary.verbs, now)
    recorded = body(event)
    match intent:
        case Write(said):
            return next((one.body for one in said if type(one.body) is type(recorded)), None)
        case Act() if isinstance(recorded, ActionIntended):
            return Worker(here.app, state).intended(intent, event.occurred_at)
        case Act() | Look() | MakePlan() | Reread() | ReadAction() if seen:
            return _told(here.app, state, intent, seen)
        case _:
            return _after_intent(here.app, state, event, seen)


def _after_intent(app: App, state: RunState, event: Event, seen: Record) -> object:
    """What came of an action follows its intent, which leaves nothing to decide before it."""
    step = state.steps[str(event.step)]
    index = event.data.get("action")
    assert isinstance(index, int)
    acting = Act(step.spec.id, index, step.actions[index].try_)
    return _told(app, state, acting, seen)


def _told(
    app: App, state: RunState, intent: Act | Look | MakePlan | Reread | ReadAction, seen: Record
) -> Body:
    clock = FixedClock(parse_iso(text(seen.get("now")) or ""))
    calls = calls_of(seen)
    started = state.steps[intent.step].started
    assert started is not None
    store = AsItWas(app.store, seen, started.service, f"incident:{state.incident}")
    trial = replace(app, clock=clock, store=cast("Store", store), ports=lambda *_: replayed(calls))
    worker = Worker(trial, state)
    told: Told
    if isinstance(intent, Act):
        told = worker.act(intent, started.pace.timeout_s, lambda: None)
    else:
        told = worker.do(intent, lambda: None)
    return told.bodies[0]


def _transcript(app: App, event: Event) -> Record:
    digest = text(event.evidence.get("readings"))
    return record(json.loads(app.store.evidence(digest))) if digest else {}


def calls(here: Rig, incident: str) -> Sequence[Mapping[str, Json]]:
    """Return every call that the transcripts of an incident's events hold."""
    found = [_transcript(here.app, one) for one in here.events(incident)]
    return [record(one) for seen in found for one in items(seen.get("calls"))]
