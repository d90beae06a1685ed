"""`end`: end the run here, and say as what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlrespond.model.authored import Authored, TplText
from mlrespond.model.shape import VerbShape
from mlrespond.verbs.interface import Verb


class EndBody(Authored):
    """How the run ends."""

    as_: Literal["no_fault", "not_ours", "escalated"] = Field(alias="as", description="The ending")
    say: TplText | None = Field(default=None, description="Why")


VERB = Verb(
    shape=VerbShape(
        name="end",
        family="end",
        body=EndBody,
        effect=lambda _: "read",
        timeout_s=lambda _: 60.0,
    )
)
