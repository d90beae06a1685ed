"""`http`: one call; one that changes something must be proven by another read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from mlrespond.errors import RejectedError
from mlrespond.model.authored import Authored, TplText, no_entries, no_items
from mlrespond.model.json import Json, Record, record, text
from mlrespond.model.plan import Action
from mlrespond.model.shape import VerbShape
from mlrespond.model.text import one_line
from mlrespond.model.word import Effect
from mlrespond.verbs.interface import Done, Past, Planned, StepContext, Verb
from mlrespond.verbs.unproven import effect_of, planned, read, timeout_s

_OK = range(200, 300)


class HttpBody(Authored):
    """What to call."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="GET", description="The method"
    )
    url: TplText = Field(description="The whole address")
    effect: Effect = Field(description="read, change or page")
    json_: Any = Field(default=None, alias="json", description="The body")
    headers: dict[str, TplText] = Field(
        default_factory=no_entries, description="Headers; env:NAME and file:PATH are secrets"
    )
    expect: list[int] = Field(
        default_factory=no_items, description="Good answers; default: all 2xx"
    )


def look(ctx: StepContext, body: HttpBody, _: Past) -> Done:
    """Make a reading call once."""
    call: Record = body.model_dump(by_alias=True)
    status, found = _call(ctx, call)
    return Done(
        said=f"{body.method} answered {status}",
        verdict="pass",
        yields={"out": found, "code": status},
    )


def plan(ctx: StepContext, body: HttpBody) -> Planned:
    """Return the one action, and how the step's `undo:` takes it back."""
    call: Record = body.model_dump(by_alias=True)
    return planned(ctx, "http", body.effect, body.url, f"{body.method} {body.url}", call)


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Make the call."""
    status, found = _call(ctx, record(action.after))
    return {"code": status, "out": found}


def _call(ctx: StepContext, call: Record) -> tuple[int, Json]:
    reply = ctx.ports.web.call(
        text(call.get("method")) or "GET",
        text(call.get("url")) or "",
        call.get("json"),
        {name: str(value) for name, value in record(call.get("headers")).items()},
        ctx.pace.timeout_s,
    )
    expected = call.get("expect") or _OK
    if reply.status not in expected:  # type: ignore[operator]  # a list of numbers, by the model
        raise RejectedError(f"answered {reply.status}: {one_line(str(reply.body), 200)}")
    return reply.status, reply.body


VERB = Verb(
    shape=VerbShape(
        name="http",
        family="change",
        body=HttpBody,
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
