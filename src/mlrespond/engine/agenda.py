"""Which step is next, and when a step's result ends the run.

A step's `on_…` keys add steps (undo, page) and may halt the run; both follow from results alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlrespond.engine.pseudo import page_id, spec_of, undo_id
from mlrespond.engine.state import RunState, StepState
from mlrespond.model.json import text
from mlrespond.model.run_kind import QuestionSort
from mlrespond.model.spec import StepSpec
from mlrespond.model.word import ENDINGS, Ending


@dataclass(frozen=True, slots=True)
class Halt:
    """The run goes no further, and how it ends if nothing better is true."""

    ending: Ending
    reason: str
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a step's result asks for."""

    pseudo: tuple[str, ...] = ()
    halt: Halt | None = None


def next_step(state: RunState) -> StepSpec | Halt | None:
    """Return the first step that is not over, or why the main steps halt, or None at their end."""
    for spec in state.requested.runbook.steps:
        step = state.steps.get(spec.id)
        if step is None or step.result is None:
            return spec
        reaction = react(state, step)
        added = _next_added(state, reaction)
        if added is not None or reaction.halt is not None:
            return added or reaction.halt
    return None


def _next_added(state: RunState, reaction: Reaction) -> StepSpec | None:
    """Return the first added step that is not over; an undo that fails adds a page of its own."""
    for step_id in reaction.pseudo:
        added = state.steps.get(step_id)
        if added is None or added.result is None:
            return spec_of(state.requested, step_id)
        more = _next_added(state, react(state, added))
        if more is not None:
            return more
    return None


def next_final(state: RunState) -> StepSpec | None:
    """Return the first of the final steps that is not over; their failures stop nothing."""
    for spec in state.requested.runbook.finally_steps:
        step = state.steps.get(spec.id)
        if step is None or step.result is None:
            return spec
    return None


def react(state: RunState, step: StepState) -> Reaction:
    """Return what the result of a step of the main part asks for."""
    result = step.result
    assert result is not None
    if "as" in result.yields and text(result.yields["as"]) in ENDINGS:
        return Reaction(halt=_explicit(str(result.yields["as"]), result.said))
    if step.refresh:
        return Reaction()
    judged = step.started is not None and step.started.effect == "read"
    if result.outcome == "failed" and not (judged and result.reason == "timed_out"):
        return _on_failure(state, step)
    if result.outcome == "unknown":
        return _on_unknown(state, step)
    if result.outcome in {"denied", "expired"}:
        return _on_denied(state, step)
    if judged and result.verdict == "inconclusive":
        return _on_inconclusive(state, step)
    return Reaction()


def _explicit(word: str, said: str) -> Halt:
    for ending in ENDINGS:
        if ending == word:
            return Halt(ending, said, explicit=True)
    raise ValueError(word)


def _on_failure(state: RunState, step: StepState) -> Reaction:
    spec, result = step.spec, step.result
    assert result is not None
    halt = Halt("failed", f"{spec.id}: {result.said or result.reason}")
    match spec.on_failure:
        case "continue":
            return Reaction()
        case "stop":
            return Reaction(halt=halt)
        case "undo":
            return Reaction(tuple(undo_id(one) for one in (spec.id,) if step.carried_out), halt)
        case "undo_run":
            return Reaction(tuple(undo_id(one.spec.id) for one in _changed(state)), halt)
        case "escalate":
            return Reaction((page_id(spec.id),), Halt("escalated", halt.reason))


def _on_unknown(state: RunState, step: StepState) -> Reaction:
    spec = step.spec
    choice = chosen(state, step, "unknown") if spec.on_unknown == "ask" else spec.on_unknown
    if choice == "continue":
        return Reaction()
    halt = Halt("unknown", f"{spec.id} was sent, but is not proven")
    if choice == "escalate":
        return Reaction((page_id(spec.id),), Halt("escalated", halt.reason))
    return Reaction(halt=halt)


def _on_denied(state: RunState, step: StepState) -> Reaction:
    spec, result = step.spec, step.result
    assert result is not None
    choice = chosen(state, step, "approval")
    escalate = choice == "escalate" or result.handled_by == "escalate"
    if escalate or spec.on_denied == "escalate":
        reason = f"{spec.id} was {result.outcome}"
        return Reaction((page_id(spec.id),), Halt("escalated", reason))
    if choice == "skip" or spec.on_denied == "continue":
        return Reaction()
    return Reaction(halt=Halt("denied", f"{spec.id} was {result.outcome}"))


def _on_inconclusive(state: RunState, step: StepState) -> Reaction:
    spec = step.spec
    policy = spec.on_inconclusive
    choice = chosen(state, step, "inconclusive") if policy == "ask" else policy
    if choice == "continue":
        return Reaction()
    reason = f"{spec.id} could not tell"
    if choice == "escalate":
        return Reaction((page_id(spec.id),), Halt("escalated", reason))
    return Reaction(halt=Halt("not_mitigated", reason))


def chosen(state: RunState, step: StepState, sort: QuestionSort) -> str:
    """Return what a person chose about a step in its present round, or nothing."""
    question = state.questions.get(question_id(state, step.spec.id, sort, step.round))
    return question.answer.choice if question and question.answer else ""


def question_id(
    state: RunState, step_id: str, sort: QuestionSort, round_: int, index: int | None = None
) -> str:
    """Return the one id that a question of a step has in a round."""
    place = "" if index is None else f".{index}"
    return f"{state.run}:{step_id}:{sort}:{round_}{place}"


def _changed(state: RunState) -> Iterator[StepState]:
    """Yield the steps that changed something, last first."""
    for spec in reversed(state.requested.runbook.steps):
        step = state.steps.get(spec.id)
        if step and step.started and step.started.effect == "change" and step.carried_out:
            yield step
