"""What `command` and `http` share: the team's own words, which prove nothing by themselves."""

from __future__ import annotations

from mlrespond.model.json import Record, record
from mlrespond.model.plan import NOTHING_TO_PROVE, Action, Plan, Reading
from mlrespond.model.text import one_line
from mlrespond.model.word import Effect
from mlrespond.verbs.interface import Planned, StepContext


def effect_of(body: Record) -> Effect:
    """Return the effect that a body declares; one that cannot be read counts as a change."""
    match body.get("effect"):
        case "read":
            return "read"
        case "page":
            return "page"
        case _:
            return "change"


def timeout_s(body: Record) -> float:
    """Return how long an attempt may take."""
    return 60.0 if effect_of(body) == "read" else 300.0


def planned(
    ctx: StepContext, verb: str, effect: Effect, target: str, summary: str, call: Record
) -> Planned:
    """Return the one action, and how the step's `undo:` takes it back."""
    undo = record(record(ctx.undo).get(verb))
    action = Action(
        kind=verb,
        target=target,
        summary=one_line(summary),
        before=dict(undo) or None,
        after=call,
        settle="readable" if ctx.pace.verify_read is not None else "none",
        undoable=bool(undo),
        lease=f"{verb}/{ctx.name}",
        verify=NOTHING_TO_PROVE if effect == "page" else None,
    )
    return Planned(plan=Plan(actions=(action,)))


def read(_: StepContext, __: object, action: Action) -> Reading:
    """Return that it shows nothing of itself: the step's `verify.read` does."""
    return Reading(where="before", seen=action.before)
