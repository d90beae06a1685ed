"""`rollback`: back to a version that was good, proven at the data plane."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlrespond.model.authored import VersionName, spelled
from mlrespond.model.shape import VerbShape
from mlrespond.verbs.interface import Verb, later
from mlrespond.verbs.move import YIELDS, MoveBody


class RollbackBody(MoveBody):
    """Where to."""

    to: Annotated[VersionName, spelled("last_healthy", "before_release")] = Field(
        default="last_healthy", description="last_healthy, before_release, or a version"
    )


VERB = Verb(
    shape=VerbShape(
        name="rollback",
        family="change",
        body=RollbackBody,
        effect=lambda _: "change",
        timeout_s=lambda _: 300.0,
        yields=YIELDS,
        concludes=True,
    ),
    plan=later("mlrespond.verbs.targets:plan_rollback"),
    act=later("mlrespond.verbs.moving:act"),
    read=later("mlrespond.verbs.moving:read"),
    look=later("mlrespond.verbs.moving:conclude"),
    facts=later("mlrespond.verbs.targets:rollback_facts"),
)
