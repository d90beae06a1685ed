"""Carrying out `escalate`: a page a level, and whether somebody took it."""

from __future__ import annotations

from mlrespond.errors import PortError, UnsupportedError
from mlrespond.model.instant import iso, parse_duration, parse_iso
from mlrespond.model.json import Json, record, text
from mlrespond.model.plan import NOTHING_TO_PROVE, Action, Plan, Reading, Verification
from mlrespond.model.reading import Acknowledged
from mlrespond.model.service import Level
from mlrespond.verbs.anchor import anchored
from mlrespond.verbs.escalate import EscalateBody
from mlrespond.verbs.interface import NoTarget, Planned, StepContext


def plan(ctx: StepContext, body: EscalateBody) -> Planned | NoTarget:
    """Return one page a level; the first that is acknowledged ends it."""
    levels = [Level(page=body.to)] if body.to else list(ctx.service.escalation)
    if not levels:
        return NoTarget(reason=f"{ctx.name} has no escalation policy; nobody was paged")
    said = body.say or f"{ctx.incident.severity} {ctx.name}: {ctx.incident.title}"
    actions = tuple(_page(ctx, level, said, body) for level in levels)
    yields: dict[str, Json] = {"acked_by": None, "acked_at": None}
    return Planned(plan=Plan(actions=actions, mode="first", yields=yields))


def _page(ctx: StepContext, level: Level, said: str, body: EscalateBody) -> Action:
    phone = f" (phone {level.phone})" if level.phone else ""
    verify = Verification(
        within_s=parse_duration(level.within), every_s=parse_duration(body.every), consecutive=1
    )
    return Action(
        kind="page",
        target=level.page,
        summary=f"page {level.page}{phone}",
        after={"to": level.page, "text": f"[{ctx.incident.id}] {said}"},
        settle="keyed",
        undoable=False,
        verify=verify if body.wait == "ack" else NOTHING_TO_PROVE,
        detail={"phone": level.phone, "since": iso(ctx.now)},
    )


def key_of(mark: str, action: Action) -> str:
    """Return the key of a page: one an incident and target, however often it is sent."""
    return f"{mark}:{action.target}"


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Page somebody, under a key that pages once an incident and target."""
    said = record(action.after)
    try:
        words = anchored(ctx, text(said.get("text")) or "")
        receipt = ctx.ports.pager.page(key_of(ctx.incident.mark, action), action.target, words)
    except PortError as error:
        raise type(error)(_whom_to_phone(action, error.message), hint=error.hint) from error
    return {"receipt": receipt}


def read(ctx: StepContext, _: object, action: Action) -> Reading:
    """Return whether somebody took it, at the pager or with `mlir ack`."""
    taken = _acknowledged_here(ctx, action)
    if taken is not None:
        return _taken(taken)
    try:
        taken = ctx.ports.pager.acknowledged(key_of(ctx.incident.mark, action))
    except UnsupportedError as error:
        said = f"{error.message}; whoever takes it says so here: mlir ack {ctx.incident.id}"
        return Reading(where="pending", detail=_whom_to_phone(action, said))
    except PortError as error:
        return Reading(where="unreadable", detail=_whom_to_phone(action, error.message))
    if taken is None:
        return Reading(where="pending", detail=_whom_to_phone(action, "nobody acknowledged yet"))
    return _taken(taken)


def _acknowledged_here(ctx: StepContext, action: Action) -> Acknowledged | None:
    """Return an acknowledgement of the incident that came after the page was planned."""
    taken = ctx.incident.acknowledged
    since = text(record(action.detail).get("since"))
    return taken if taken and since and taken.at >= parse_iso(since) else None


def _taken(taken: Acknowledged) -> Reading:
    yields: dict[str, Json] = {"acked_by": taken.by, "acked_at": iso(taken.at)}
    return Reading(
        where="reached", seen=taken.by, detail=f"acknowledged by {taken.by}", yields=yields
    )


def _whom_to_phone(action: Action, said: str) -> str:
    phone = text(record(action.detail).get("phone"))
    return f"{said}; phone {action.target}: {phone}" if phone else f"{said} ({action.target})"
