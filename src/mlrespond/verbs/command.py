"""`command`: a program of the team's, without a shell; one that changes must be proven."""

from __future__ import annotations

from pydantic import Field

from mlrespond.errors import BadReplyError, InvalidInputError, NoAnswerError, RejectedError
from mlrespond.model.authored import Authored, TplText, no_entries
from mlrespond.model.json import Json, Record, items, parse, record
from mlrespond.model.plan import Action
from mlrespond.model.reading import Finished
from mlrespond.model.shape import VerbShape
from mlrespond.model.text import one_line
from mlrespond.model.word import Effect
from mlrespond.verbs.interface import Done, Past, Planned, StepContext, Verb
from mlrespond.verbs.unproven import effect_of, planned, read, timeout_s


class CommandBody(Authored):
    """What to run."""

    args: list[TplText] = Field(description="The program and its arguments", min_length=1)
    effect: Effect = Field(description="read, change or page")
    env: dict[str, TplText] = Field(
        default_factory=no_entries, description="Variables; env:NAME and file:PATH are secrets"
    )
    json_: bool = Field(default=False, alias="json", description="Read its output as JSON")


def look(ctx: StepContext, body: CommandBody, _: Past) -> Done:
    """Run a reading command once."""
    out = _run(ctx, {"args": body.args, "env": body.env, "json": body.json_})
    return Done(said=f"{body.args[0]} ran", verdict="pass", yields={"out": out, "code": 0})


def plan(ctx: StepContext, body: CommandBody) -> Planned:
    """Return the one action, and how the step's `undo:` takes it back."""
    call: Record = {"args": list(body.args), "env": dict(body.env), "json": body.json_}
    return planned(ctx, "command", body.effect, body.args[0], f"run {' '.join(body.args)}", call)


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Run the command."""
    return {"out": _run(ctx, record(action.after))}


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
        timeout_s=timeout_s,
        yields={"out": "any", "code": "number", "sent_at": "time", "verified_at": "time"},
        needs_verify=True,
    ),
    look=look,
    plan=plan,
    act=act,
    read=read,
)
