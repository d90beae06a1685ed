"""An objective on what a judge prefers: present answers, or those that they are held against."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from mlrespond.model.authored import Authored
from mlrespond.model.authored_mode import Sign

WIN: Final = "judge.win"
TIE: Final = "judge.tie"
LOSS: Final = "judge.loss"
UNREAD: Final = "judge.unread"
"""What logs count a judge's verdicts as, as if they were columns of true and false."""


class JudgeObjective(Authored):
    """Verdicts of a judge on pairs of answers to the same input, which `predictions.judge` logs."""

    kind: Literal["judge"] = Field(description="Pairs that a judge called won, tied or lost")
    margin: float | None = Field(
        default=None,
        description="How far below one half the share of wins may be, ties left out; default: 0.05",
        gt=0,
        lt=0.5,
    )
    calibrated: bool = Field(
        default=False,
        description="Whether the judge's verdicts were held against people's; without that it "
        "never fails by itself",
    )
    tells: Sign | None = Field(
        default=None, description="The sign that it shows to a diagnosis when it is not met"
    )
