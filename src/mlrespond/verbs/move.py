"""What `rollback` and `activate` share: which replicas, in which order, checked how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from mlrespond.model.authored import Authored, no_items
from mlrespond.model.shape import YieldType

Preflight = Literal["load", "golden"]
YIELDS: Mapping[str, YieldType] = {
    "before": "version",
    "after": "version",
    "wanted": "version",
    "sent_at": "time",
    "verified_at": "time",
    "replicas": {"*": {"version": "version"}},
    "rejected": "list",
}


class MoveBody(Authored):
    """Which replicas, in which order, after which checks."""

    preflight: list[Preflight] = Field(
        default=["load"],
        description="What the target must pass before anything moves",
    )
    order: list[str] = Field(default_factory=no_items, description="Regions, first to last")
    replicas: list[str] | Literal["all"] = Field(default="all", description="Only these replicas")
