"""Each scorer says whether an output is right; a failed output never is."""

from __future__ import annotations

import pytest

from mlrespond.judgment.score import LONGEST, right
from mlrespond.model.json import Json
from mlrespond.model.word import SCORERS, Scorer

VALID: Json = {"type": "object", "required": ["label"], "properties": {"label": {"enum": ["a"]}}}


@pytest.mark.parametrize(
    ("scorer", "output", "expected", "is_right"),
    [
        ("exact", "allow", "allow", True),
        ("accuracy", "allow", "block", False),
        ("exact", True, 1, False),
        ("exact", {"a": [1]}, {"a": [1]}, True),
        ("tolerance", 0.71, 0.7, True),
        ("tolerance", 0.75, 0.7, False),
        ("tolerance", "many", 0.7, False),
        ("set", ["b", "a"], ["a", "b"], True),
        ("set", ["a", "a"], ["a", "b"], False),
        ("set", "b", ["a", "b"], True),
        ("set", "c", ["a", "b"], False),
        ("regex", "order 12 is on its way", r"order \d+ .*", True),
        ("regex", "no order 12", r"order \d+", False),
        ("regex", "a" * (LONGEST + 1), r"a*", False),
        ("json_schema", '{"label": "a"}', VALID, True),
        ("json_schema", {"label": "b"}, VALID, False),
        ("json_schema", "label: a", VALID, False),
    ],
)
def test_an_output_is_held_against_what_is_expected(
    scorer: Scorer, output: Json, expected: Json, *, is_right: bool
) -> None:
    assert right(output, expected, scorer, tolerance=0.02) is is_right


@pytest.mark.parametrize("scorer", [one for one in SCORERS if one != "custom"])
def test_a_failed_output_is_never_right(scorer: Scorer) -> None:
    assert right(None, None, scorer) is False


@pytest.mark.parametrize(
    ("scorer", "expected"),
    [("set", "a"), ("regex", 1), ("regex", "("), ("json_schema", {"typ": 1}), ("custom", 1)],
)
def test_what_makes_no_sense_to_a_scorer_is_refused(scorer: Scorer, expected: Json) -> None:
    with pytest.raises(ValueError, match=r"expect|custom|pattern"):
        right("a", expected, scorer)
