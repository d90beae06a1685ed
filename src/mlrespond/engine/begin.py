"""Beginning a step: its templates are rendered once, and what came out is recorded."""

from __future__ import annotations

from collections.abc import Callable

from mlrespond.engine.inputs import resolve_inputs
from mlrespond.engine.names import names
from mlrespond.engine.state import RunState
from mlrespond.errors import Error, InvalidInputError
from mlrespond.model.codec import decode
from mlrespond.model.evaluate import fill_all, shown
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, Record, items, record, text
from mlrespond.model.run_kind import StepFinished, StepStarted
from mlrespond.model.shape import VerbShape
from mlrespond.model.spec import Approve, InputSpec, Pace, Retry, StepSpec

READ_ATTEMPTS = 3
_VERIFY = Pace()


def begin(
    state: RunState, spec: StepSpec, shape: VerbShape, *, round_: int = 1, refresh: bool = False
) -> StepStarted | StepFinished:
    """Return the step's start, or its failure when what was rendered makes no sense."""
    known = names(state, spec.scope)

    def filled(value: Json) -> Json:
        # what comes with a plan was rendered before: text is never evaluated again (RUNBOOKS)
        return value if spec.given_plan is not None else fill_all(value, known)

    try:
        title = shown(filled(spec.title)) or spec.id
        body = _body(state, spec, filled)
        wrong = shape.mistake(body)
        if wrong:
            raise InvalidInputError(wrong)
        return StepStarted(
            title=title,
            body=body,
            effect=shape.effect(record(body)),
            service=text(filled(spec.service)) or state.requested.service,
            pace=_pace(record(filled(spec.pace)), shape, record(body)),
            approve=_approve(filled(spec.approve)) if _asks(shape, body) else None,
            undo=filled(spec.undo),
            round=round_,
            refresh=refresh,
        )
    except Error as error:
        return failed(spec, "bad_input", error.message, round_)


def begin_block(state: RunState, spec: StepSpec) -> tuple[StepStarted, StepFinished]:
    """Return start and end of a block; `use` hands its inputs to the steps inside."""
    started = StepStarted(title=spec.title, body=None, effect="read", service="")
    try:
        inputs = _used_inputs(state, spec)
    except Error as error:
        return started, failed(spec, "bad_input", error.message, 1)
    started = StepStarted(title=spec.title, body=None, effect="read", service="", inputs=inputs)
    return started, StepFinished(title=spec.title, outcome="ok")


def failed(spec: StepSpec, reason: str, said: str, round_: int) -> StepFinished:
    """Return the end of a step that could not do its work."""
    return StepFinished(title=spec.title, outcome="failed", reason=reason, said=said, round=round_)


def _used_inputs(state: RunState, spec: StepSpec) -> Record | None:
    body = record(spec.body)
    if "specs" not in body:
        return None
    specs = {name: decode(InputSpec, one) for name, one in record(body["specs"]).items()}
    given = record(fill_all(body.get("inputs"), names(state, spec.scope)))
    return resolve_inputs(specs, given)


def _body(state: RunState, spec: StepSpec, filled: Callable[[Json], Json]) -> Json:
    if spec.undo_of and spec.given_plan is None:
        origin = state.steps[spec.undo_of]
        return origin.started.body if origin.started else None
    return filled({} if spec.body is None else spec.body)


def _asks(shape: VerbShape, body: Json) -> bool:
    return shape.family == "change" and shape.effect(record(body)) == "change"


def _pace(pace: Record, shape: VerbShape, body: Record) -> Pace:
    retry, verify = record(pace.get("retry")), record(pace.get("verify"))
    attempts = max(shape.attempts, READ_ATTEMPTS if shape.effect(body) == "read" else 1)
    return Pace(
        timeout_s=_seconds(pace.get("timeout"), shape.timeout_s(body)),
        retry=Retry(
            attempts=_whole(retry.get("attempts"), attempts),
            every_s=_seconds(retry.get("every"), Retry().every_s),
            max_s=_seconds(retry.get("max"), Retry().max_s),
        ),
        verify_within_s=_seconds(verify.get("within"), _VERIFY.verify_within_s),
        verify_every_s=_seconds(verify.get("every"), _VERIFY.verify_every_s),
        verify_consecutive=_whole(verify.get("consecutive"), _VERIFY.verify_consecutive),
        verify_read=verify.get("read"),
        verify_until=text(verify.get("until")),
    )


def _approve(given: Json) -> Approve:
    rule = record(given)
    default = Approve()
    remind = rule.get("remind")
    return Approve(
        by=tuple(str(one) for one in items(rule.get("by"))),
        within_s=_seconds(rule.get("within"), default.within_s),
        otherwise="escalate" if rule.get("otherwise") == "escalate" else "deny",
        not_self=rule.get("not_self") is True,
        remind_s=_seconds(remind, 0.0) if remind else None,
        fresh_s=_seconds(rule.get("fresh"), default.fresh_s),
    )


def _seconds(value: Json, default: float) -> float:
    if value is None:
        return default
    return parse_duration(value if isinstance(value, str) else f"{value}")


def _whole(value: Json, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInputError(f"`{value}` is no whole number")
    return value
