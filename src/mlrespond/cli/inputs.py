"""`--set NAME=VALUE`: a runbook's inputs on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mlrespond.errors import UsageError
from mlrespond.model.json import Json, Record

F = TypeVar("F", bound=Callable[..., Any])
_WORDS: dict[str, Json] = {"true": True, "false": False}


def input_option(command: F) -> F:
    """Add `--set`."""
    return click.option(
        "--set", "inputs", multiple=True, metavar="NAME=VALUE", help="An input of the runbook."
    )(command)


def read_inputs(given: tuple[str, ...]) -> Record:
    """Return the inputs; numbers, true and false are read as such, all else is text."""
    values: dict[str, Json] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UsageError(f"`{one}` is no input", hint="write --set NAME=VALUE")
        values[name] = _value(value)
    return values


def _value(text: str) -> Json:
    if text in _WORDS:
        return _WORDS[text]
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if number == number and abs(number) != float("inf") else text  # noqa: PLR0124  # NaN is unequal to itself
