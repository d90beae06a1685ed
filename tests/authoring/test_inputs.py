"""What a runbook declares makes sense, and what is given to it fits, before anything runs."""
# ruff: noqa: E501  # what is compared stands as it is printed

from __future__ import annotations

import pytest
from tests.authoring.told import HEAD, of_runbook, of_steps, told

from mlrespond.authoring.inputs import check_given, declared
from mlrespond.authoring.source import parse
from mlrespond.engine.inputs import resolve_inputs
from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Json, record
from mlrespond.model.runbook import Input
from mlrespond.model.spec import InputSpec


def of_inputs(lines: str) -> str:
    return of_runbook(HEAD.replace("steps:\n", f"inputs:\n{lines}steps:\n"))


def test_an_input_that_nothing_fits_is_a_mistake() -> None:
    found = of_inputs("""\
  a: {type: choice}
  b: {type: number, min: 3, max: 2}
  c: {pattern: "("}
  d: {type: bool, choices: [a]}
  e: {type: duration, min: 1, max: 2, pattern: x}
  f: {type: numbr}
  Bad: {}
""")

    assert found == told("""
        a.yaml:5:6 invalid-input `a` is a choice without choices
        a.yaml:6:26 invalid-input `b`: `min` is more than `max`
        a.yaml:7:16 invalid-input `c`: `(` is no regular expression
        a.yaml:8:19 key-without-effect a bool has no `choices`, so it has no effect
        a.yaml:9:23 key-without-effect a duration has no `min`, so it has no effect
        a.yaml:9:31 key-without-effect a duration has no `max`, so it has no effect
        a.yaml:9:39 key-without-effect a duration has no `pattern`, so it has no effect
        a.yaml:10:13 invalid-value `string`, `number`, `bool`, `duration`, `version` or `choice` is wanted, not `numbr`
          help: did you mean `number`?
        a.yaml:11:3 invalid-value `Bad` is no name: a small letter, then small letters, digits and `_`
    """)


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("{type: number, default: 5s}", "`x`: `5s` is no number"),
        ("{type: number, default: true}", "`x`: `true` is no number"),
        ("{type: number, default: 1, min: 2}", "`x`: 1 is less than 2"),
        ("{type: number, default: 9.5, max: 2}", "`x`: 9.5 is more than 2"),
        ("{type: bool, default: 'no'}", "`x`: `no` is neither true nor false"),
        ("{type: duration, default: 5 m}", "`x`: `5 m` is no duration"),
        ("{type: choice, choices: [a, b], default: c}", "`x`: `c` is none of a, b"),
        ("{type: version, default: 1.10}", "`x`: `1.1` is no text\n  help: put it in quotes"),
        ("{default: 7}", "`x`: `7` is no text\n  help: put it in quotes"),
        ("{default: ab, pattern: a}", "`x`: `ab` does not match a"),
    ],
)
def test_a_default_fits_its_input(declaration: str, expected: str) -> None:
    found = of_inputs(f"  x: {declaration}\n")

    column = 6 + declaration.index("default") + len("default: ")
    assert found == f"a.yaml:5:{column} invalid-input {expected}"


@pytest.mark.parametrize("default", ["", "default: ~", "default: 3", "default: 2.5"])
def test_an_input_without_a_default_is_required_and_null_is_one(default: str) -> None:
    assert of_inputs(f"  x: {{type: number, min: 1, {default}}}\n") == ""


OTHER = """\
runbook: other
title: Other
inputs:
  need: {type: number, min: 1}
  word: {type: string, default: a}
mitigated_when: "true"
steps:
  - id: z
    end: {as: no_fault}
"""


def test_what_is_given_to_another_runbook_fits_its_inputs() -> None:
    found = of_steps(
        """\
  - id: b
    use: {runbook: other}
  - id: c
    use: {runbook: other, inputs: {need: 0, wrod: b}}
  - id: d
    use: {runbook: other, inputs: {need: "{{ steps.look.top }}", word: 5}}
  - id: e
    use: {runbook: other, inputs: {need: 3}}
""",
        other=OTHER,
    )

    assert found == told("""
        a.yaml:8:10 missing-input `other` needs the input `need`
        a.yaml:10:42 invalid-input `need`: 0 is less than 1
        a.yaml:10:45 unknown-input `other` has no input `wrod`
          help: did you mean `word`?
        a.yaml:12:72 invalid-input `word`: `5` is no text
          help: put it in quotes
    """)


@pytest.mark.parametrize("value", [5, 0, 2.5, "a", "b", "30s", "7", True, False, None, [1], {}])
@pytest.mark.parametrize(
    "declaration",
    [
        {"type": "number"},
        {"type": "number", "min": 1, "max": 4},
        {"type": "bool"},
        {"type": "duration"},
        {"type": "choice", "choices": ["a", "30s"]},
        {"type": "version"},
        {"pattern": "[0-9]"},
    ],
)
def test_lint_and_the_engine_agree_on_what_fits(declaration: dict[str, Json], value: Json) -> None:
    source = parse("a.yaml", "{}")
    inputs = declared({"inputs": {"x": declaration}})

    check_given(source, (), {"x": value}, inputs, "a", whole=True)

    engine = True
    try:
        resolve_inputs({"x": _spec(declaration)}, {"x": value})
    except InvalidInputError:
        engine = False
    assert (not source.diagnostics) == engine


def _spec(declaration: dict[str, Json]) -> InputSpec:
    given = Input.model_validate(record(declaration))
    return InputSpec(
        type=given.type,
        choices=tuple(given.choices),
        min=given.min,
        max=given.max,
        pattern=given.pattern,
    )
