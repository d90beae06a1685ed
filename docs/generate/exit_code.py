"""Exit codes and errors: from the code that ends with them."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generate.markdown import code, sentence, table

from mlrespond.authoring import diagnostic
from mlrespond.errors import Error
from mlrespond.model import expression_token
from mlrespond.model.exit_code import MEANINGS, PRECEDENCE

_OF = {Error.__module__, diagnostic.__name__, expression_token.__name__}


def codes() -> Iterator[str]:
    """Yield the table of exit codes."""
    rows = [(f"`{one.value}`", MEANINGS[one]) for one in MEANINGS]
    yield from table(("Code", "Meaning"), rows)


def precedence() -> Iterator[str]:
    """Yield which code counts when several are true."""
    order = ", ".join(str(one.value) for one in PRECEDENCE)
    yield f"When several are true, the first of {order} counts."


def errors() -> Iterator[str]:
    """Yield the table of errors, by code."""
    found = sorted(_all(Error), key=lambda one: one.code)
    rows = [
        (code(one.code), f"`{one.exit_code}`", sentence(" ".join((one.__doc__ or "").split())))
        for one in found
    ]
    yield from table(("Error", "Exit code", "What it means"), rows)


def _all(cls: type[Error]) -> set[type[Error]]:
    known = [one for one in cls.__subclasses__() if one.__module__ in _OF]
    return {cls, *(found for one in known for found in _all(one))}
