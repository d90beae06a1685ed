"""One life of a responder: composed on the files of a folder, it goes on with what it finds."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tests.crash.death import Death, MortalTimeline
from tests.crash.scene import Scene
from tests.rig import SERVICE, FakeProcesses, Rig, Talker, rig

from mlrespond.adapters.process import SystemProcesses
from mlrespond.engine.lease import LEASE_S
from mlrespond.errors import HeldError
from mlrespond.model.instant import parse_iso
from mlrespond.model.run_kind import QuestionAsked
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.world import FileWorld
from mlrespond.usecases.respond import Call, respond
from mlrespond.usecases.resume import resume
from mlrespond.usecases.runner import Driven, Parked
from mlrespond.usecases.undo import undo

INCIDENT = "INC-0001"


def stage(scene: Scene, folder: Path) -> None:
    """Write the world and the ledger as they are before anybody responds."""
    (folder / "world.json").write_text(json.dumps(vars(scene.world())))
    clock = FixedClock()
    store = MortalTimeline(folder / "timeline.db", clock.now, Death())
    rig(store=store, clock=clock, history=scene.history)
    store.close()


def compose(scene: Scene, folder: Path, death: Death, *, afar: bool = False) -> Rig:
    """Return the program on a folder's files. Its clock starts where the last one stopped.

    One from `afar` cannot tell whether the processes of others live.
    """
    path = folder / "timeline.db"
    clock = FixedClock(_stopped_at(path))
    store = MortalTimeline(path, clock.now, death)
    world = FileWorld(folder / "world.json")
    here = rig(
        runbooks=scene.runbooks,
        world=world,
        store=store,
        signals=scene.signals(),
        clock=clock,
        history=(),
        service=scene.service,
    )
    here.talker.answers = {"ask": "answer", "approval": "approve", **scene.choices}
    here.talker.values = scene.values
    here.app = replace(
        here.app,
        processes=FakeProcesses(pid=os.getpid()) if afar else SystemProcesses(),
        approver=_Honest(here.talker, world),  # type: ignore[arg-type]  # an Approver, by its method
    )
    world.before = lambda effect: death.near(f"before {effect}")

    def done(effect: str) -> None:
        _note_effect(folder, len(world.look().log) - 1, store.last_pos)
        death.near(f"after {effect}")

    world.after = done
    return here


@dataclass
class _Honest:
    """Answers as the talker does; asked what happened, it looks at the world and says so."""

    talker: Talker
    world: FileWorld

    def ask(self, question: QuestionAsked, *rest: object) -> object:
        if question.sort == "undecided":
            happened = _happened(question.text, self.world)
            self.talker.answers["undecided"] = "done" if happened else "not_done"
        return self.talker.ask(question, *rest)  # type: ignore[arg-type]  # passed on as they came


def _happened(question: str, world: FileWorld) -> bool:
    """Return whether an effect that the question names is in the world's log."""
    told = [" ".join(str(part) for part in entry[1:]) for entry in world.look().log]
    return any(one.split(" 0 ")[0] in question for one in told)


def live(scene: Scene, here: Rig) -> None:
    """Do what a person would: respond, resume what stands, take back; and wait while it waits."""
    while (driven := _go_on(scene, here)) is not None:
        if isinstance(driven, Parked):
            assert driven.until is not None, driven.waiting_for
            here.clock.turn(max(driven.until, here.clock.now()))


def outwait(scene: Scene, here: Rig) -> None:
    """Live, but wait first for the claim of somebody who may be dead."""
    try:
        live(scene, here)
    except HeldError:
        here.clock.advance(LEASE_S)
        live(scene, here)


def _go_on(scene: Scene, here: Rig) -> Driven | None:
    runs = here.kinds().count("run_requested")  # read first: one that began since is active below
    active = here.app.store.active_runs()
    if active:
        return resume(here.app, active[0][1])
    if runs == 0:
        call = Call(service=SERVICE, runbook=scene.runbook, inputs=scene.inputs, approve=("all",))
        return respond(here.app, call).driven
    if runs == 1 and scene.undo:
        return undo(here.app, INCIDENT, None, approve=("all",))
    return None


def _stopped_at(path: Path) -> datetime:
    """Return the last time that the file knows: what the dead process's clock last said to it."""
    db = sqlite3.connect(path)
    try:
        found = db.execute("SELECT MAX(recorded_at) FROM event").fetchone()[0]
    finally:
        db.close()
    return max(START, parse_iso(found)) if found else START


def _note_effect(folder: Path, index: int, pos: int) -> None:
    with (folder / "effects.jsonl").open("a") as file:
        file.write(json.dumps({"index": index, "pos": pos}) + "\n")
