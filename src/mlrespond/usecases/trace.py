"""The trace of a run, made of its events alone: the run is the root span, a step's round a child.

It is made when the run ends, whoever drove it before, so that a killed process loses no span.
Attributes are those of OpenTelemetry's CI/CD conventions (opentelemetry.io/docs/specs/semconv/cicd)
and, where they have none, `mlrespond.…`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mlrespond.engine.evolve import fold
from mlrespond.model.event import Event
from mlrespond.model.json import text
from mlrespond.ports.trace import Attribute, Moment, Span, Trace
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream

_MOMENTS = frozenset(
    {
        "action_intended",
        "action_sent",
        "action_settled",
        "attempt_failed",
        "question_asked",
        "question_answered",
        "question_expired",
    }
)
_FAILED = frozenset({"failed", "unknown", "undecided", "denied"})
_ENDINGS = {
    "mitigated": "success",
    "done": "success",
    "no_fault": "success",
    "stopped": "cancellation",
    "unknown": "error",
}


def send_trace(app: App, incident: str, run: str) -> None:
    """Send the trace of a run that has ended."""
    found = trace_of(app.store.read(incident_stream(incident)), run)
    if found is not None:
        app.tracer.export(found)


def trace_of(events: Sequence[Event], run: str) -> Trace | None:
    """Return the trace of a run; None while it has not ended."""
    state = fold(events, run)
    asked = {_question(one) for one in events if one.run == run and one.kind == "question_asked"}
    of_run = [
        one
        for one in events
        if not one.late and (one.run == run or (one.run is None and _question(one) in asked))
    ]
    if state is None or state.ended is None:
        return None
    first, last = of_run[0], next(one for one in of_run if one.kind == "run_ended")
    ending = state.ended.ending
    result = _ENDINGS.get(ending, "failure")
    attributes: dict[str, Attribute] = {
        "cicd.pipeline.name": state.requested.runbook.name,
        "cicd.pipeline.run.id": run,
        "cicd.pipeline.result": result,
        "mlrespond.incident": state.incident,
        "mlrespond.service": state.requested.service,
        "mlrespond.severity": state.severity,
        "mlrespond.ending": ending,
        "mlrespond.epoch": state.epoch,
    }
    failed = "" if result in {"success", "cancellation"} else ending
    root = Span(
        key=first.id,
        name=f"run {state.requested.runbook.name}",
        start=first.occurred_at,
        end=last.occurred_at,
        failed=failed,
        attributes=_with_error(attributes, failed),
        moments=[_moment(one) for one in of_run if one.kind in _OF_RUN],
    )
    return Trace(root=root, children=list(_steps(of_run, last)), parent=state.requested.traceparent)


_OF_RUN = frozenset({"run_claimed", "run_parked", "run_interrupted", "criterion_met"})


@dataclass(frozen=True, slots=True)
class _Open:
    """A step's round that has begun."""

    started: Event
    moments: tuple[Event, ...] = ()


def _steps(of_run: Sequence[Event], last: Event) -> Iterator[Span]:
    begun: dict[str, _Open] = {}
    asked = {_question(one): one.step for one in of_run if one.kind == "question_asked"}
    for event in of_run:
        step = event.step or asked.get(_question(event)) or ""
        if event.kind == "step_started":
            begun[step] = _Open(event)
        elif event.kind in _MOMENTS and step in begun:
            begun[step] = replace(begun[step], moments=(*begun[step].moments, event))
        elif event.kind == "step_finished" and step in begun:
            yield _step(begun.pop(step), event, text(event.data.get("outcome")) or "")
    for one in begun.values():
        yield _step(one, last, "unfinished")


def _question(event: Event) -> str:
    """Return the question that an event is about; who answers from elsewhere names no step."""
    return text(event.data.get("question")) or ""


def _step(known: _Open, end: Event, outcome: str) -> Span:
    started = known.started
    failed = outcome if outcome in _FAILED else ""
    attributes: dict[str, Attribute] = {
        "cicd.pipeline.task.name": started.step or "",
        "cicd.pipeline.task.run.id": f"{started.run}:{started.step}:{started.attempt}",
        "cicd.pipeline.task.run.result": _result(outcome),
        "mlrespond.effect": text(started.data.get("effect")) or "",
        "mlrespond.outcome": outcome,
    }
    verdict = text(end.data.get("verdict")) if end.kind == "step_finished" else None
    if verdict:
        attributes["mlrespond.verdict"] = verdict
    return Span(
        key=started.id,
        name=f"step {started.step}",
        start=started.occurred_at,
        end=end.occurred_at,
        failed=failed,
        attributes=_with_error(attributes, failed),
        moments=[_moment(one) for one in known.moments],
    )


def _result(outcome: str) -> str:
    known = {"ok": "success", "skipped": "skip", "unfinished": "cancellation"}
    return known.get(outcome, "failure")


def _with_error(attributes: dict[str, Attribute], failed: str) -> dict[str, Attribute]:
    return {**attributes, "error.type": failed} if failed else attributes


def _moment(event: Event) -> Moment:
    said: dict[str, Attribute] = {"mlrespond.said": event.summary, "mlrespond.event": event.id}
    return Moment(name=event.kind, at=event.occurred_at, attributes=said)
