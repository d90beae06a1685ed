"""`activate`: promote, roll forward, or make a fleet uniform; the target is named."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlrespond.model.authored import VersionName, spelled
from mlrespond.model.shape import VerbShape
from mlrespond.verbs.interface import Verb, later
from mlrespond.verbs.move import YIELDS, MoveBody

WANTED = "wanted"


class ActivateBody(MoveBody):
    """Which version."""

    version: Annotated[VersionName, spelled(WANTED)] = Field(
        description="A version, or `wanted`: what the registry wants"
    )


VERB = Verb(
    shape=VerbShape(
        name="activate",
        family="change",
        body=ActivateBody,
        effect=lambda _: "change",
        timeout_s=lambda _: 300.0,
        yields=YIELDS,
        concludes=True,
    ),
    plan=later("mlrespond.verbs.targets:plan_activate"),
    act=later("mlrespond.verbs.moving:act"),
    read=later("mlrespond.verbs.moving:read"),
    look=later("mlrespond.verbs.moving:conclude"),
)
