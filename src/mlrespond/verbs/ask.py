"""`ask`: a question to a person, whose answers later steps read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlrespond.model.authored import Authored, Duration, Handle, TplText, no_items
from mlrespond.model.shape import VerbShape
from mlrespond.model.spec import InputType
from mlrespond.verbs.interface import Verb


class Wanted(Authored):
    """One thing to answer."""

    type: InputType = Field(default="string", description="What is answered")
    choices: list[str] = Field(default_factory=no_items, description="The answers of a choice")
    secret: bool = Field(default=False, description="Never shown and never recorded")


class AskBody(Authored):
    """What is asked, of whom, for how long."""

    say: TplText = Field(description="The question")
    answers: dict[str, Wanted] = Field(
        description="What is to be answered, asked in this order", min_length=1
    )
    by: list[Handle] = Field(
        default_factory=no_items, description="Who may answer; default: anybody"
    )
    within: Duration = Field(default="10m", description="How long it stands")
    otherwise: Literal["stop", "escalate"] = Field(
        default="stop", description="What happens when nobody answers"
    )


VERB = Verb(
    shape=VerbShape(
        name="ask",
        family="ask",
        body=AskBody,
        effect=lambda _: "read",
        timeout_s=lambda _: 60.0,
        yields={"answers": {"*": "any"}, "by": "text"},
    )
)
