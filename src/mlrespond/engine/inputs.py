"""The inputs of a runbook: what was given, completed and checked."""

from __future__ import annotations

from collections.abc import Mapping

from mlrespond.errors import InvalidInputError
from mlrespond.model.fit import misfit
from mlrespond.model.json import Json, Record
from mlrespond.model.spec import InputSpec


def resolve_inputs(specs: Mapping[str, InputSpec], given: Record) -> Record:
    """Return a value for every input; InvalidInputError names all that is missing or wrong."""
    mistakes = [f"there is no input `{name}`" for name in given if name not in specs]
    values: dict[str, Json] = {}
    for name, spec in specs.items():
        if name not in given and spec.required:
            mistakes.append(f"input `{name}` is missing")
            continue
        value = given.get(name, spec.default)
        wrong = misfit(spec, value) if name in given else ""
        if wrong:
            mistakes.append(f"input `{name}`: {wrong}")
        values[name] = value
    if mistakes:
        known = ", ".join(specs) or "none"
        raise InvalidInputError("; ".join(mistakes), hint=f"inputs: {known}")
    return values
