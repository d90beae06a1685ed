"""An objective on amounts that predictions log, such as what a request cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlrespond.model.authored import Authored
from mlrespond.model.authored_mode import Sign


class CostObjective(Authored):
    """What requests cost, in money, tokens or anything that is added up; none is below 0."""

    kind: Literal["cost"] = Field(description="An amount that each prediction logs")
    column: str = Field(
        description="The column with it: one of `predictions.amounts`, or `text.length`"
    )
    quantile: float | None = Field(
        default=None,
        description="Judge the share of requests that cost more than this quantile of the "
        "baseline; default: the mean",
        gt=0,
        lt=1,
    )
    max: float | None = Field(
        default=None, description="The largest mean allowed, or quantile", ge=0
    )
    margin: float | None = Field(
        default=None,
        description="How much larger the mean may be, as a part of the baseline's (default 0.2), "
        "or the share above the quantile, as a share of all requests",
        gt=0,
    )
    unit: str = Field(default="", description="What it is counted in, as verdicts write it")
    tells: Sign = Field(
        default="cost_up", description="The sign that it shows to a diagnosis when it is not met"
    )
