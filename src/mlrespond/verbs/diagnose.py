"""`diagnose`: what is wrong, what changed before it began, and which move would be right."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, field_validator

from mlrespond.model.authored import Authored, Duration, Instant
from mlrespond.model.shape import VerbShape, YieldType
from mlrespond.verbs.compare import Looks
from mlrespond.verbs.interface import Verb, later

CHECKS = (
    "registry",
    "fleet",
    "release",
    "errors",
    "latency",
    "objectives",
    "golden",
    "replay",
    "inputs",
    "quality",
    "dependencies",
)


class DiagnoseBody(Authored):
    """How far to look back, and with which checks."""

    lookback: Duration = Field(default="2h", description="How long before the onset matters")
    checks: list[str] | None = Field(default=None, description="Only these checks")
    since: Instant | None = Field(
        default=None, description="Where the present begins; default: the onset, or a release"
    )
    looks: Looks | None = Field(
        default=None, description="Look again while it cannot tell; default: once"
    )

    @field_validator("checks")
    @classmethod
    def _known(cls, names: list[str] | None) -> list[str] | None:
        for name in names or []:
            if name not in CHECKS:
                raise ValueError(f"there is no check `{name}` (there are {', '.join(CHECKS)})")
        return names


_LIKELY: Mapping[str, YieldType] = {"*": "bool"}  # the table of verbs knows the modes

VERB = Verb(
    shape=VerbShape(
        name="diagnose",
        family="read",
        body=DiagnoseBody,
        effect=lambda _: "read",
        timeout_s=lambda _: 60.0,
        attempts=3,
        yields={
            "likely": _LIKELY,
            "top": "text",
            "move": "text",
            "suspects": "list",
            "findings": "list",
            "changes": "list",
            "replicas": "list",
            "behind": "list",
            "onset": "time",
            "began": {"since": "time", "until": "time", "objective": "text"},
        },
    ),
    look=later("mlrespond.verbs.examination:look"),
)
