"""The last screen of a driven run: what is true now, whether a retry is safe, the next command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import click

from mlrespond.cli.say import say
from mlrespond.engine.incident import IncidentState
from mlrespond.engine.ledger import Ledger
from mlrespond.engine.measure import milestones, phases
from mlrespond.engine.state import QuestionState, RunState
from mlrespond.model.codec import encode
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.instant import duration, iso
from mlrespond.model.json import Json, record
from mlrespond.model.service_kind import describe_served
from mlrespond.model.text import printable
from mlrespond.render.document import document
from mlrespond.render.question import CHOICES, asked_text, parked_lines
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.answer import open_questions
from mlrespond.usecases.app import App
from mlrespond.usecases.brief import brief
from mlrespond.usecases.context import incident_stream, read_ledger
from mlrespond.usecases.moved import moved_steps
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.runner import Driven, Ended, Parked

_DONE = frozenset({"ok", "reconciled"})
_OPEN = frozenset({"unknown", "undecided"})
_SAFE = "safe: what was begun is settled first, and nothing is done twice blindly"


def show(app: App, driven: Driven, redact: Callable[[str], str], *, as_json: bool) -> ExitCode:
    """Print what became of a run, and return the exit code."""
    code = exit_code(driven)
    if as_json:
        click.echo(redact(_document(app, driven, code)))
        return code
    incident = incident_of(app, driven.state.incident)
    ledger, _ = read_ledger(app, incident.service)
    for line in (
        *_run(incident, driven),
        *_world(app, incident, ledger, driven.state),
        *_next(app, incident, driven),
    ):
        say(printable(redact(line)))
    return code


def _run(incident: IncidentState, driven: Driven) -> Iterator[str]:
    state = driven.state
    yield f"{incident.id} {incident.severity} {incident.service}: {incident.status}"
    what = f"{state.run} ({state.requested.runbook.name})"
    if isinstance(driven, Parked):
        yield f"run       {what} waits; no process drives it, and nothing happens by itself"
    elif isinstance(driven, Ended) and state.ended:
        reason = f": {state.ended.reason}" if state.ended.reason else ""
        yield f"run       {what} ended as {state.ended.ending}{reason}"
    else:
        yield f"run       {what} was interrupted, and can be resumed"


def _world(app: App, incident: IncidentState, ledger: Ledger, state: RunState) -> Iterator[str]:
    last = ledger.last
    if last is not None:
        wanted = last.wanted or "not known"
        ago = duration(max(0.0, round((app.clock.now() - last.at).total_seconds())))
        served = describe_served(last.served)
        yield f"serving   {served} (registry wants {wanted}), looked at {ago} ago"
    yield from _titled("moved", _moved(app, state))
    yield from _titled("changed", _actions(state, _DONE))
    yield from _titled("not known", _actions(state, _OPEN))
    for one in ledger.standing_at(app.clock.now()).values():
        yield f"stands    {one.sort}: {one.what}, until {one.until}"
    known = milestones(app.store.read(incident_stream(incident.id)))
    took = [
        f"{phase.name} {duration(phase.seconds)}"
        for phase in phases(known)
        if phase.seconds is not None
    ]
    if took:
        yield f"took      {', '.join(took)}"


def _moved(app: App, state: RunState) -> Iterator[str]:
    for step, who in moved_steps(app, state).items():
        yield f"{who} (step {step})"


def _titled(title: str, found: Iterable[str]) -> Iterator[str]:
    for at, one in enumerate(found):
        yield f"{'' if at else title:<9} {one}"


def _actions(state: RunState, outcomes: frozenset[str]) -> Iterator[str]:
    """Yield what was done, or may have been: an intent without a result is not known either."""
    for step in state.steps.values():
        actions = step.plan.actions if step.plan else ()
        for action, known in zip(actions, step.actions, strict=False):
            outcome = known.settled.outcome if known.settled else "unknown" if known.try_ else ""
            if outcome in outcomes:
                yield f"{action.summary} (step {step.spec.id}: {outcome})"


def _next(app: App, incident: IncidentState, driven: Driven) -> Iterator[str]:
    name = incident.id
    if isinstance(driven, Parked):
        yield from _parked(app, name, driven)
    elif not isinstance(driven, Ended):
        yield f"retry     {_SAFE}"
        yield f"next      mlir resume {name}"
    elif incident.status == "open":
        yield from _still_open(incident, driven.state)
    elif incident.status == "mitigated":
        yield f'next      mlir resolve {name} · mlir postmortem {name} · mlir note "…"'
    else:
        yield f"next      mlir postmortem {name}"


def _still_open(incident: IncidentState, state: RunState) -> Iterator[str]:
    name = incident.id
    changed = any(_actions(state, _DONE | _OPEN))
    if any(_actions(state, _OPEN)):
        yield f"retry     not before you know what came of it: mlir diagnose {incident.service}"
    else:
        begun = "what was done stands" if changed else "nothing was changed"
        yield f"retry     safe: {begun}, and a new run reads and plans afresh"
    yield f"next      mlir timeline {name} · mlir respond --incident {name} --runbook …"
    if changed:
        yield f"          mlir undo {name} takes back what was changed"


def _parked(app: App, name: str, driven: Parked) -> Iterator[str]:
    _, questions = open_questions(app, name)
    if not questions:
        due = f", due {iso(driven.until)[:19]}Z" if driven.until else ""
        yield f"waits     for {driven.waiting_for}{due}"
    for one in questions:
        yield from _question(app, name, one)
    yield f"retry     {_SAFE}"
    then = "then: " if questions else "when it is due: "
    goes_on = f"mlir resume {name} (or mlir tick, which does whatever is due)"
    yield f"{'' if questions else 'next':<9} {then}{goes_on}"


def _question(app: App, name: str, known: QuestionState) -> Iterator[str]:
    asked = known.asked
    yield f"waits     for {_what(known)}"
    yield from parked_lines(brief(app.store, asked, app.teams), app.clock.now())
    if asked.sort == "approval":
        yield f"next      mlir approve {name} {known.step}   or: mlir deny {name} {known.step}"
    elif asked.sort == "ask":
        values = " ".join(f"--set {one}=…" for one in asked.wanted)
        yield f"next      mlir answer {name} answer {values}   or: mlir answer {name} stop"
    else:
        for at, one in enumerate(asked.choices):
            meaning = CHOICES.get(one, "")
            yield f"{'' if at else 'next':<9} mlir answer {name} {one}   ({meaning})"


def _what(known: QuestionState) -> str:
    asked = known.asked
    if asked.sort == "approval":
        return f"approval of step {known.step}: {asked.text.partition(':')[0]}"
    return f"an answer: {asked_text(asked)}"


def _document(app: App, driven: Driven, code: ExitCode) -> str:
    state = driven.state
    incident = incident_of(app, state.incident)
    ledger, _ = read_ledger(app, incident.service)
    standing = ledger.standing_at(app.clock.now())
    steps: dict[str, Json] = {
        name: encode(step.result) for name, step in state.steps.items() if step.result
    }
    _, questions = open_questions(app, incident.id)
    return document(
        "run",
        incident=incident.id,
        status=incident.status,
        severity=incident.severity,
        service=incident.service,
        run=state.run,
        runbook=state.requested.runbook.name,
        ending=state.ended.ending if state.ended else None,
        reason=state.ended.reason if state.ended else None,
        exit_code=int(code),
        waiting_for=driven.waiting_for if isinstance(driven, Parked) else None,
        questions=[{**record(encode(one.asked)), "step": one.step} for one in questions],
        steps=steps,
        changed=list(_actions(state, _DONE)),
        moved=dict(moved_steps(app, state)),
        not_known=list(_actions(state, _OPEN)),
        served=dict(ledger.last.served) if ledger.last else None,
        standing=[f"{one.sort}: {one.what}" for one in standing.values()],
    )
