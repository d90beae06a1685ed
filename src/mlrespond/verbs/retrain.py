"""`retrain`: freeze a window, check its inputs, train a version, compare it. It never promotes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlrespond.model.authored import Authored, Duration, Stretch
from mlrespond.model.shape import VerbShape
from mlrespond.verbs.interface import Verb, later


class RetrainBody(Authored):
    """What to train on."""

    window: Duration | Stretch = Field(description="How far back, or from when to when")
    mature_only: bool = Field(default=True, description="Leave out what has no mature labels yet")
    exclude: Literal["incidents", "none"] = Field(
        default="incidents", description="Leave out the time of quarantined versions and holds"
    )


VERB = Verb(
    shape=VerbShape(
        name="retrain",
        family="change",
        body=RetrainBody,
        effect=lambda _: "change",
        timeout_s=lambda _: 6 * 3600.0,
        yields={
            "version": "version",
            "snapshot": "text",
            "key": "text",
            "verdict": ("pass", "fail", "inconclusive"),
            "sent_at": "time",
            "verified_at": "time",
        },
        concludes=True,
    ),
    plan=later("mlrespond.verbs.training:plan"),
    act=later("mlrespond.verbs.training:act"),
    read=later("mlrespond.verbs.training:read"),
    look=later("mlrespond.verbs.training:conclude"),
    facts=later("mlrespond.verbs.training:facts"),
)
