"""The last screen of a driven run: what is true now, whether a retry is safe, the next command."""

from __future__ import annotations

from collections.abc import Callable

import click

from mlrespond.engine.incident import IncidentState
from mlrespond.engine.ledger import Ledger
from mlrespond.engine.measure import milestones, phases
from mlrespond.model.codec import encode
from mlrespond.model.exit_code import ExitCode
from mlrespond.model.instant import duration, iso
from mlrespond.model.json import Json
from mlrespond.model.service_kind import describe_served
from mlrespond.model.text import printable
from mlrespond.render.document import document
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.answer import open_questions
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, read_ledger
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.runner import Driven, Ended, Parked

Echo = Callable[[str], None]


def show(app: App, driven: Driven, redact: Callable[[str], str], *, as_json: bool) -> ExitCode:
    """Print what became of a run, and return the exit code."""
    code = exit_code(driven)
    if as_json:
        click.echo(redact(_document(app, driven, code)))
        return code
    incident = incident_of(app, driven.state.incident)
    ledger, _ = read_ledger(app, incident.service)
    for line in (*_now(app, incident, ledger, driven), *_next(app, incident, driven)):
        click.echo(printable(redact(line)))
    return code


def _now(app: App, incident: IncidentState, ledger: Ledger, driven: Driven) -> list[str]:
    lines = [f"{incident.id} {incident.severity} {incident.service}: {incident.status}"]
    if isinstance(driven, Ended) and driven.state.ended:
        ended = driven.state.ended
        lines.append(f"run       {ended.ending}" + (f": {ended.reason}" if ended.reason else ""))
    last = ledger.last
    if last is not None:
        wanted = last.wanted or "not known"
        lines.append(f"serving   {describe_served(last.served)} (registry wants {wanted})")
    lines += [
        f"stands    {one.sort}: {one.what}, until {one.until}" for one in ledger.standing.values()
    ]
    known = milestones(app.store.read(incident_stream(incident.id)))
    took = [
        f"{one.name} {duration(one.seconds)}" for one in phases(known) if one.seconds is not None
    ]
    if took:
        lines.append(f"took      {', '.join(took)}")
    return lines


def _next(app: App, incident: IncidentState, driven: Driven) -> list[str]:
    name = incident.id
    if isinstance(driven, Parked):
        until = f", due {iso(driven.until)[:19]}Z" if driven.until else ""
        lines = [f"waits for {driven.waiting_for}{until}"]
        lines += ["          nothing happens by itself; mlir tick does what is due"]
        return [*lines, *_questions(app, name)]
    if not isinstance(driven, Ended):
        return [f"next      mlir resume {name}   (safe: what was begun is settled first)"]
    if incident.status == "mitigated":
        return [f'next      mlir resolve {name} · mlir postmortem {name} · mlir note "…"']
    if incident.status == "open":
        return [
            f"next      mlir timeline {name} · mlir respond --incident {name} --runbook …",
            f"          mlir undo {name} takes back what was changed",
        ]
    return [f"next      mlir postmortem {name}"]


def _questions(app: App, name: str) -> list[str]:
    _, questions = open_questions(app, name)
    lines = []
    for one in questions:
        asked = one.asked
        if asked.sort == "approval":
            lines.append(
                f"next      mlir approve {name} {one.step}   or: mlir deny {name} {one.step}"
            )
        else:
            choices = "|".join(asked.choices)
            lines.append(f"next      mlir answer {name} {choices}   ({asked.text})")
    return lines or [f"next      mlir resume {name}"]


def _document(app: App, driven: Driven, code: ExitCode) -> str:
    state = driven.state
    incident = incident_of(app, state.incident)
    ledger, _ = read_ledger(app, incident.service)
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
        questions=[encode(one.asked) for one in questions],
        steps=steps,
        served=dict(ledger.last.served) if ledger.last else None,
        standing=[f"{one.sort}: {one.what}" for one in ledger.standing.values()],
    )
