"""Going on with a run: by hand (`resume`), or whatever is due (`tick`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlrespond.engine.decide import decide
from mlrespond.engine.evolve import fold
from mlrespond.engine.intent import Act, Await, Reread, Sleep
from mlrespond.engine.state import RunState
from mlrespond.errors import Error, UsageError
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream
from mlrespond.usecases.custody import custody
from mlrespond.usecases.driver import driven
from mlrespond.usecases.leases import break_lease, read_lease
from mlrespond.usecases.runner import Driven, Interrupted, Runner


def run_named(app: App, name: str) -> tuple[str, str]:
    """Return (incident, run) of `INC-0042` (its active run) or `INC-0042.1`."""
    incident, dot, _ = name.partition(".")
    known = incident_of(app, incident)
    if dot:
        if name not in known.runs:
            raise UsageError(
                f"{incident} has no run `{name}`", hint=f"runs: {', '.join(known.runs)}"
            )
        return incident, name
    if known.active_run is None:
        raise UsageError(
            f"{incident} has no active run", hint="mlir respond --incident … --runbook …"
        )
    return incident, known.active_run


def resume(
    app: App, name: str, *, interactive: bool = False, breaking: tuple[str, ...] = ()
) -> Driven:
    """Drive a run on; `breaking` names leases to take away from their holders first.

    None is taken away for a run that cannot be driven from here.
    """
    incident, run = run_named(app, name)
    runner = Runner(app, incident, run, interactive=interactive)
    if breaking:
        runner.must_be_free()
    for resource in breaking:
        break_lease(app, resource, f"broken for {run}")
    return runner.drive()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What came of one run that was due, or that could not be read."""

    run: str
    driven: Driven | None
    error: Error | None = None


def tick(app: App) -> tuple[Ticked, ...]:
    """Drive every run that is due, until it waits again; runs that others drive are left alone.

    One that fails, or cannot even be read, hinders no other. Once one of them was interrupted, no
    other is begun. Raises TimelineError when nobody can tell which runs are active.
    """
    ticked: list[Ticked] = []
    for incident, run in app.store.active_runs():
        try:
            if not due(app, incident, run):
                continue
            driven = Runner(app, incident, run).drive()
            ticked.append(Ticked(run=run, driven=driven))
            if isinstance(driven, Interrupted):
                break
        except Error as error:
            ticked.append(Ticked(run=run, driven=None, error=error))
    return tuple(ticked)


def due(app: App, incident: str, run: str) -> bool:
    """Return whether a run has anything to do now, other than wait."""
    events = app.store.read(incident_stream(incident))
    state = fold(events, run)
    if state is None or state.ended is not None or not custody(app.store, incident, events).here:
        return False
    now = app.clock.now()
    if driven(state, app.processes, now):
        return False
    intent = decide(state, app.vocabulary.verbs, now)
    if isinstance(intent, Act | Reread):
        return not _held_by_another(app, state, intent.step, now)
    return not isinstance(intent, Await | Sleep) or _soon(intent, now)


def _held_by_another(app: App, state: RunState, step: str, now: datetime) -> bool:
    """Return whether another run holds what a step changes: it parks again until that is over."""
    plan = state.steps[step].plan
    leases = plan.leases if plan else ()
    return any(read_lease(app, one).held_by_another(state.run, now) for one in leases)


def _soon(intent: Await | Sleep, now: datetime) -> bool:
    return isinstance(intent, Sleep) and intent.until <= now
