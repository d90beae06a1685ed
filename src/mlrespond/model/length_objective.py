"""An objective on how long outputs are: that they stay as long as they were."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mlrespond.model.amount import TEXT_LENGTH
from mlrespond.model.authored import Authored
from mlrespond.model.authored_mode import Sign


class LengthObjective(Authored):
    """Lengths of outputs, which should drift neither up nor down."""

    kind: Literal["length"] = Field(description="How long outputs are, against those before")
    column: str = Field(
        default=TEXT_LENGTH,
        description="The column with it: one of `predictions.amounts`, or `text.length`",
    )
    margin: float | None = Field(
        default=None,
        description="How far from one half the share of pairs may be in which the present output "
        "is the longer one; default: 0.14",
        gt=0,
        lt=0.5,
    )
    unit: str = Field(default="", description="What it is counted in, as verdicts write it")
    tells: Sign | None = Field(
        default=None, description="The sign that it shows to a diagnosis when it is not met"
    )
