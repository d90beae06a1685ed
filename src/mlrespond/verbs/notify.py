"""`notify`: tell a chat or a person; nobody is waited for."""

from __future__ import annotations

from pydantic import Field

from mlrespond.model.authored import Authored, TplText
from mlrespond.model.json import Json, record, text
from mlrespond.model.plan import NOTHING_TO_PROVE, Action, Plan, Reading
from mlrespond.model.shape import VerbShape
from mlrespond.verbs.anchor import anchored
from mlrespond.verbs.interface import Planned, StepContext, Verb


class NotifyBody(Authored):
    """Whom to tell what."""

    to: str = Field(description="A chat, a person or a team")
    say: TplText = Field(description="The message")


def plan(ctx: StepContext, body: NotifyBody) -> Planned:
    """Return the one message."""
    action = Action(
        kind="post",
        target=body.to,
        summary=f"tell {body.to}",
        after={"text": f"[{ctx.incident.id}] {body.say}"},
        settle="keyed",
        undoable=False,
        verify=NOTHING_TO_PROVE,
    )
    return Planned(plan=Plan(actions=(action,)))


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Post the message, under a key that posts once a step."""
    said = text(record(action.after).get("text")) or ""
    return {"receipt": ctx.ports.chat.post(ctx.key, action.target, anchored(ctx, said))}


def read(_: StepContext, __: object, ___: Action) -> Reading:
    """Return that there is nothing to read: a message proves itself by being accepted."""
    return Reading(where="pending")


VERB = Verb(
    shape=VerbShape(
        name="notify",
        family="change",
        body=NotifyBody,
        effect=lambda _: "page",
        timeout_s=lambda _: 60.0,
        attempts=3,
        yields={"sent_at": "time"},
    ),
    plan=plan,
    act=act,
    read=read,
)
