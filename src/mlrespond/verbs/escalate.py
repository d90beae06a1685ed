"""`escalate`: page level after level until somebody acknowledges; one open page a target."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlrespond.model.authored import Authored, Duration, TplText
from mlrespond.model.shape import VerbShape
from mlrespond.verbs.interface import Verb, later


class EscalateBody(Authored):
    """Whom to page, with which words."""

    to: str | None = Field(default=None, description="A person or team; default: the policy")
    say: TplText | None = Field(default=None, description="What the page says")
    wait: Literal["ack", "none"] = Field(default="ack", description="Wait for an acknowledgement")
    every: Duration = Field(default="15s", description="How often to ask whether it was taken")


VERB = Verb(
    shape=VerbShape(
        name="escalate",
        family="change",
        body=EscalateBody,
        effect=lambda _: "page",
        timeout_s=lambda _: 60.0,
        attempts=3,
        yields={"acked_by": "text", "acked_at": "time", "sent_at": "time"},
    ),
    plan=later("mlrespond.verbs.paging:plan"),
    act=later("mlrespond.verbs.paging:act"),
    read=later("mlrespond.verbs.paging:read"),
)
