"""A schema says the same of a value as the reference implementation does, or is refused."""

from __future__ import annotations

from math import inf

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrespond.judgment.json_schema import UnknownKeywordError, fits
from mlrespond.judgment.json_schema_form import understood
from mlrespond.model.json import Json

WORDS = st.sampled_from(["a", "b", "ab", "x1", ""])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, -2.5]) | WORDS
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
SIZES = st.integers(0, 3)
TYPES = st.sampled_from(["null", "boolean", "object", "array", "string", "number", "integer"])


def _schemas(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    named = st.dictionaries(WORDS, inner, max_size=2)
    several = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
            "enum": st.lists(SCALARS, min_size=1, max_size=3),
            "const": SCALARS,
            "properties": named,
            "patternProperties": st.dictionaries(st.just("^a"), inner, max_size=1),
            "additionalProperties": inner,
            "propertyNames": inner,
            "required": st.lists(WORDS, max_size=2, unique=True),
            "minProperties": SIZES,
            "maxProperties": SIZES,
            "prefixItems": several,
            "items": inner,
            "contains": inner,
            "minItems": SIZES,
            "maxItems": SIZES,
            "uniqueItems": st.booleans(),
            "minLength": SIZES,
            "maxLength": SIZES,
            "pattern": st.sampled_from(["a", "^b", "1$"]),
            "minimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "multipleOf": st.sampled_from([0.5, 1, 2]),
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
        },
    )


SCHEMAS: st.SearchStrategy[Json] = st.recursive(
    st.booleans() | _schemas(st.booleans()), _schemas, max_leaves=4
)


@settings(max_examples=400)
@given(SCHEMAS, VALUES)
def test_it_says_what_the_reference_implementation_says(schema: Json, value: Json) -> None:
    oracle = jsonschema.Draft202012Validator(schema)  # type: ignore[arg-type]  # a schema

    assert understood(schema) == ""
    assert fits(value, schema) == oracle.is_valid(value)


BIG = 2**53 + 1


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "integer"}, BIG, True),
        ({"type": "integer"}, 10**400, True),
        ({"type": "integer"}, 1.5, False),
        ({"maximum": BIG - 1}, BIG, False),
        ({"maximum": 5.0}, 10**400, False),
        ({"multipleOf": 0.1}, 0.3, True),
        ({"multipleOf": 0.01}, 19.99, True),
        ({"multipleOf": 0.1}, 0.35, False),
        ({"multipleOf": 3}, 10**400, False),
        ({"const": {"a": [1]}}, {"a": [1.0]}, True),
        ({"const": {"a": 1}}, {"a": True}, False),
        ({"uniqueItems": True}, [{"a": 1}, {"a": 1.0}], False),
    ],
)
def test_numbers_are_what_they_are_written_as(schema: Json, value: Json, *, expected: bool) -> None:
    assert fits(value, schema) == expected


def test_parts_of_a_schema_are_found_by_reference() -> None:
    schema: Json = {
        "$defs": {"who": {"type": "object", "required": ["name"]}},
        "type": "array",
        "items": {"$ref": "#/$defs/who"},
    }

    assert fits([{"name": "ana"}], schema)
    assert not fits([{"nam": "ana"}], schema)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"typ": "object"}, "the keyword `typ` is not understood"),
        ({"type": "text"}, "there is no type `text`"),
        ({"$ref": "https://elsewhere"}, "is no part of the same schema"),
        ({"$ref": "#/$defs/who"}, "leads nowhere"),
        ({"minLength": "3"}, "is no number"),
        ({"multipleOf": inf}, "is no finite number"),
        ("object", "a schema is an object"),
    ],
)
def test_what_is_not_understood_is_refused_and_never_passed_over(schema: Json, said: str) -> None:
    assert said in understood(schema)
    with pytest.raises(UnknownKeywordError):
        fits("x", schema)


DEEP: dict[str, Json] = {}
for _ in range(500):
    DEEP = {"not": DEEP}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "object", "propertis": {}}, "the keyword `propertis` is not understood"),
        ({"properties": {"a": {"items": {"typ": "text"}}}}, "the keyword `typ`"),
        ({"$defs": {"never": {"minimum": "1"}}}, "is no number"),
        ({"pattern": "("}, "`(` is no pattern"),
        ({"patternProperties": {"(": True}}, "`(` is no pattern"),
        ({"properties": []}, "`properties` is an object"),
        ({"required": "name"}, "`required` is a list"),
        ({"anyOf": [{"type": "object"}, 3]}, "a schema is an object"),
        ({"$ref": "#"}, "leads back"),
        ({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#"}}}}, "leads back"),
        (DEEP, "stand in one another"),
    ],
)
def test_a_schema_is_read_through_before_any_value(schema: Json, said: str) -> None:
    assert said in understood(schema)


def test_a_schema_may_name_itself_for_what_is_within_a_value() -> None:
    tree: Json = {
        "type": "object",
        "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}},
        "additionalProperties": False,
    }

    assert understood(tree) == ""
    assert fits({"left": {"right": {}}}, tree)
    assert not fits({"left": {"up": {}}}, tree)
