"""`command`: a program of the team's, without a shell; one that changes must be proven."""

from __future__ import annotations

from pydantic import Field

from mlrespond.errors import BadReplyError, InvalidInputError, NoAnswerError, RejectedError
from mlrespond.model.authored import Authored, TplText, no_entries
from mlrespond.model.json import Json, Record, items, parse, record
from mlrespond.model.plan import NOTHING_TO_PROVE, Action, Plan, Reading
from mlrespond.model.reading import Finished
from mlrespond.model.shape import VerbShape
from mlrespond.model.text import one_line
from mlrespond.model.word import Effect
from mlrespond.verbs.interface import Done, Past, Planned, StepContext, Verb


class CommandBody(Authored):
    """What to run."""

    args: list[TplText] = Field(description="The program and its arguments", min_length=1)
    effect: Effect = Field(description="read, change or page")
    env: dict[str, TplText] = Field(
        default_factory=no_entries, description="Variables; env:NAME and file:PATH are secrets"
    )
    json_: bool = Field(default=False, alias="json", description="Read its output as JSON")


def effect_of(body: Record) -> Effect:
    """Return the effect that a body declares; one that cannot be read counts as a change."""
    match body.get("effect"):
        case "read":
            return "read"
        case "page":
            return "page"
        case _:
            return "change"


def look(ctx: StepContext, body: CommandBody, _: Past) -> Done:
    """Run a reading command once."""
    out = _run(ctx, {"args": body.args, "env": body.env, "json": body.json_})
    return Done(said=f"{body.args[0]} ran", verdict="pass", yields={"out": out, "code": 0})


def plan(ctx: StepContext, body: CommandBody) -> Planned:
    """Return the one action, and how the step's `undo:` takes it back."""
    undo = record(record(ctx.undo).get("command"))
    call: Json = {"args": list(body.args), "env": dict(body.env), "json": body.json_}
    action = Action(
        kind="command",
        target=body.args[0],
        summary=one_line(f"run {' '.join(body.args)}"),
        before=dict(undo) or None,
        after=call,
        settle="readable" if ctx.pace.verify_read is not None else "none",
        undoable=bool(undo),
        lease=f"command/{ctx.name}",
        verify=NOTHING_TO_PROVE if body.effect == "page" else None,
    )
    return Planned(plan=Plan(actions=(action,)))


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Run the command."""
    return {"out": _run(ctx, record(action.after))}


def read(_: StepContext, __: object, action: Action) -> Reading:
    """Return that a command shows nothing of itself: the step's `verify.read` does."""
    return Reading(where="before", seen=action.before)


def _run(ctx: StepContext, call: Record) -> Json:
    args = [str(one) for one in items(call.get("args"))]
    env = {name: str(value) for name, value in record(call.get("env")).items()}
    done = ctx.ports.commands.run(args, env, ctx.pace.timeout_s)
    _check(args[0], done)
    if not call.get("json"):
        return done.out
    try:
        return parse(done.out)
    except InvalidInputError as cause:
        raise BadReplyError(f"{args[0]} printed no JSON: {one_line(done.out, 80)}") from cause


def _check(name: str, done: Finished) -> None:
    if done.timed_out:
        raise NoAnswerError(f"{name} was ended: it took too long")
    if done.code:
        raise RejectedError(f"{name} ended with {done.code}: {one_line(done.out, 200)}")


VERB = Verb(
    shape=VerbShape(
        name="command",
        family="change",
        body=CommandBody,
        effect=effect_of,
        timeout_s=lambda body: 60.0 if effect_of(body) == "read" else 300.0,
        yields={"out": "any", "code": "number", "sent_at": "time", "verified_at": "time"},
        needs_verify=True,
    ),
    look=look,
    plan=plan,
    act=act,
    read=read,
)
