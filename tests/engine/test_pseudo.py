"""Steps that nobody wrote are named after those they belong to, and found by that name."""

from __future__ import annotations

import pytest
from tests.engine.story import step, story

from mlrespond.engine.pseudo import page_id, spec_of, undo_id

TOLD = story(
    step("back", "move", when="true", parent=None, on_denied="escalate"),
    finals=[step("tidy", "look")],
)


def test_an_authored_step_is_found_by_its_id() -> None:
    assert spec_of(TOLD.requested, "back").verb == "move"
    assert spec_of(TOLD.requested, "tidy").verb == "look"


def test_an_undo_is_the_same_verb_without_a_condition() -> None:
    undo = spec_of(TOLD.requested, undo_id("back"))

    assert (undo.id, undo.verb, undo.undo_of, undo.when) == ("undo:back", "move", "back", None)
    assert undo.on_denied == "stop"


def test_a_page_is_the_escalation_that_the_run_was_requested_with() -> None:
    page = spec_of(TOLD.requested, page_id("back"))

    assert (page.id, page.verb) == ("page:back", "page")
    assert "back" in str(page.body)


def test_an_undo_that_fails_is_paged_for_under_both_names() -> None:
    assert spec_of(TOLD.requested, page_id(undo_id("back"))).id == "page:undo:back"


@pytest.mark.parametrize("name", ["other", "undo:other", "page:other", "do:back", ""])
def test_there_are_no_other_steps(name: str) -> None:
    with pytest.raises(KeyError):
        spec_of(TOLD.requested, name)
