"""Inputs are completed by their defaults, and everything that is wrong is told at once."""

from __future__ import annotations

import pytest

from mlrespond.engine.inputs import resolve_inputs
from mlrespond.errors import InvalidInputError
from mlrespond.model.spec import InputSpec

NUMBER = InputSpec(type="number", min=1, max=10)


def test_what_is_not_given_has_its_default() -> None:
    specs = {"a": InputSpec(required=False, default="x"), "b": InputSpec(required=False)}

    assert resolve_inputs(specs, {"b": "y"}) == {"a": "x", "b": "y"}


def test_all_that_is_missing_unknown_or_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as raised:
        resolve_inputs({"a": InputSpec(), "n": NUMBER}, {"n": 99, "x": 1})

    message = raised.value.message
    assert "there is no input `x`" in message
    assert "input `a` is missing" in message
    assert "input `n`: 99 is more than 10" in message
    assert raised.value.hint == "inputs: a, n"
