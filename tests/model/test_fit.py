"""A value fits an input or it is said why not, in the words of lint and of runs alike."""

from __future__ import annotations

import math

import pytest

from mlrespond.model.fit import misfit
from mlrespond.model.json import Json
from mlrespond.model.spec import InputSpec

NUMBER = InputSpec(type="number", min=1, max=10)
CHOICE = InputSpec(type="choice", choices=("eu", "us"))


@pytest.mark.parametrize(
    ("spec", "value", "wrong"),
    [
        (NUMBER, 1, ""),
        (NUMBER, 10.0, ""),
        (NUMBER, 0, "0 is less than 1"),
        (NUMBER, 11, "11 is more than 10"),
        (NUMBER, True, "`true` is no number"),
        (NUMBER, "5", "`5` is no number"),
        (NUMBER, math.nan, "`nan` is no number"),
        (NUMBER, 10**400, "is no number"),
        (CHOICE, "eu", ""),
        (CHOICE, "de", "`de` is none of eu, us"),
        (InputSpec(type="bool"), False, ""),
        (InputSpec(type="bool"), "false", "`false` is neither true nor false"),
        (InputSpec(type="duration"), "5m", ""),
        (InputSpec(type="duration"), "5 minutes", "`5 minutes` is no duration"),
        (InputSpec(type="duration"), 5, "`5` is no duration"),
        (InputSpec(type="duration"), "99999999w", "is no duration"),
        (InputSpec(type="string", pattern="[a-z]+"), "abc", ""),
        (InputSpec(type="string", pattern="[a-z]+"), "abc1", "`abc1` does not match [a-z]+"),
        (InputSpec(type="version"), "7", ""),
        (InputSpec(type="string", pattern="("), "abc", ""),
        (InputSpec(type="version"), 7, "`7` is no text"),
        (InputSpec(type="string"), None, "`none` is no text"),
    ],
)
def test_a_value_fits_or_it_is_said_why_not(spec: InputSpec, value: Json, wrong: str) -> None:
    found = misfit(spec, value)

    assert wrong in found
    assert bool(found) == bool(wrong)
