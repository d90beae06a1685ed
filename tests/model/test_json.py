"""The canonical form, against vectors that other languages can check themselves with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Json, canonical, dump

VECTORS = json.loads((Path(__file__).parent / "canonical_vectors.json").read_text())
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_canonical_form_equals_the_vector(vector: dict[str, Json]) -> None:
    written = canonical(vector["value"])

    assert written.decode() == vector["canonical"]
    assert hashlib.sha256(written).hexdigest() == vector["sha256"]


@given(PLAIN)
def test_reading_the_canonical_form_gives_the_value_back(value: Json) -> None:
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize(
    "value", [1.5, {"a": [1.0]}, float("nan"), float("inf"), {"x": {"y": 2e3}}, {1: "a"}]
)
def test_what_has_no_one_spelling_is_refused(value: Json) -> None:
    with pytest.raises(InvalidInputError, match="not canonical"):
        canonical(value)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="surrogate"):
        canonical("\ud800")


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_json_text_never_holds_nan(value: float) -> None:
    with pytest.raises(InvalidInputError):
        dump({"value": value})
