"""What is known of a verb: what is wrong with a body, and all that a step yields."""

from __future__ import annotations

import pytest
from tests.engine.verbs import SHAPES
from tests.rig import VOCABULARY

from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Json
from mlrespond.model.word import OUTCOMES, VERDICTS
from mlrespond.verbs.table import VERBS, Table


@pytest.mark.parametrize("body", [{"n": "x"}, {"m": 1}, {"n": 1.5}, None, [], "text"])
def test_what_is_wrong_with_a_body_is_said_with_its_place(body: Json) -> None:
    assert ": " in SHAPES["count"].mistake(body)


def test_nothing_is_wrong_with_a_body_that_fits() -> None:
    assert SHAPES["count"].mistake({"n": 3}) == ""
    assert SHAPES["count"].mistake({}) == ""


def test_every_step_yields_its_outcome_and_a_read_its_verdict() -> None:
    assert SHAPES["move"].all_yields["outcome"] == OUTCOMES
    assert "verdict" not in SHAPES["move"].all_yields
    assert SHAPES["look"].all_yields["verdict"] == VERDICTS


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_called_as_the_table_calls_it(name: str) -> None:
    assert Table().shape(name).name == name


def test_there_is_no_verb_of_another_name() -> None:
    with pytest.raises(InvalidInputError, match="no verb `dream`"):
        Table().shape("dream")


def test_what_is_likely_is_a_name_for_each_mode() -> None:
    likely = VOCABULARY.names()["likely"]

    assert isinstance(likely, dict)
    assert set(likely) == set(VOCABULARY.modes)
    assert set(likely.values()) == {"bool"}
