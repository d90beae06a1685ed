"""The inputs of a runbook: whether what is declared makes sense, and what is given fits it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from mlrespond.authoring.diagnostic import suggestion
from mlrespond.authoring.validate import fitting
from mlrespond.authoring.written import Path, Source
from mlrespond.model.fit import compiled, misfit
from mlrespond.model.json import Json, Record, record
from mlrespond.model.runbook import Input
from mlrespond.model.shape import YieldType
from mlrespond.model.spec import InputSpec

Declared: TypeAlias = Mapping[str, Input | None]

_TYPES: Mapping[str, YieldType] = {
    "string": "text",
    "number": "number",
    "bool": "bool",
    "duration": "text",
    "version": "version",
}
_BOUNDS: Mapping[str, tuple[str, ...]] = {
    "choices": ("choice",),
    "min": ("number",),
    "max": ("number",),
    "pattern": ("string", "version"),
}


def declared(data: Json) -> Declared:
    """Return the inputs that a runbook's data declares; None stands for a broken one."""
    inputs = record(record(data).get("inputs"))
    return {name: fitting(Input, one) for name, one in inputs.items()}


def input_types(inputs: Declared) -> Mapping[str, YieldType]:
    """Return what expressions see of inputs."""
    return {name: _type(one) if one else "any" for name, one in inputs.items()}


def _type(given: Input) -> YieldType:
    return tuple(given.choices) if given.type == "choice" else _TYPES[given.type]


def input_spec(given: Input) -> InputSpec:
    """Return the engine's form of an authored input."""
    return InputSpec(
        type=given.type,
        required="default" not in given.model_fields_set,
        default=given.default,
        choices=tuple(given.choices),
        min=given.min,
        max=given.max,
        pattern=given.pattern,
    )


def check_declared(source: Source, inputs: Declared) -> None:
    """Note inputs that no value fits, or whose default does not."""
    for name, one in inputs.items():
        if one is not None:
            _check_one(source, ("inputs", name), name, one)


def _check_one(source: Source, where: Path, name: str, given: Input) -> None:
    for key, types in _BOUNDS.items():
        if key in given.model_fields_set and given.type not in types:
            message = f"a {given.type} has no `{key}`, so it has no effect"
            source.report_key((*where, key), "key-without-effect", message)
    if given.type == "choice" and not given.choices:
        source.report(where, "invalid-input", f"`{name}` is a choice without choices")
    if given.min is not None and given.max is not None and given.min > given.max:
        source.report((*where, "min"), "invalid-input", f"`{name}`: `min` is more than `max`")
    if given.pattern is not None and compiled(given.pattern) is None:
        message = f"`{name}`: `{given.pattern}` is no regular expression"
        source.report((*where, "pattern"), "invalid-input", message)
    elif given.default is not None and (wrong := misfit(input_spec(given), given.default)):
        place = (*where, "default")
        source.report(
            place, "invalid-input", f"`{name}`: {wrong}", hint=_hint(given, given.default)
        )


def check_given(
    source: Source, where: Path, given: Record, inputs: Declared, runbook: str, *, whole: bool
) -> None:
    """Note values that a runbook has no input for or that do not fit; with `whole`, missing ones.

    A template's value is only known when it is rendered.
    """
    for name, value in given.items():
        place = (*where, "inputs", name)
        if name not in inputs:
            message = f"`{runbook}` has no input `{name}`"
            source.report_key(place, "unknown-input", message, hint=suggestion(name, inputs))
            continue
        known = inputs[name]
        template = isinstance(value, str) and "{{" in value
        if known and not template and (wrong := misfit(input_spec(known), value)):
            source.report(place, "invalid-input", f"`{name}`: {wrong}", hint=_hint(known, value))
    for name, known in inputs.items() if whole else ():
        if known and "default" not in known.model_fields_set and name not in given:
            source.report(where, "missing-input", f"`{runbook}` needs the input `{name}`")


def _hint(given: Input, value: Json) -> str:
    text = given.type in {"string", "version", "choice"}
    return "put it in quotes" if text and isinstance(value, int | float) else ""
