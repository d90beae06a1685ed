"""`mlir timeline --follow` at a (pseudo-)terminal: keys work, and the terminal is given back."""

from __future__ import annotations

import pytest
from tests.cli.shop import Shop
from tests.cli.typist import Sit, Typist

pytestmark = pytest.mark.live

OVER = "\x1b[?1049l"


@pytest.fixture
def incident(shop: Shop) -> Shop:
    """An incident with a note."""
    shop.mlir("respond", "--runbook", "first-look", "--title", "Odd", "--no-input")
    shop.mlir("note", "upstream deployed the feature store")
    return shop


def following(sit: Sit) -> tuple[Typist, object]:
    """Return somebody who follows, and how their terminal was set before."""
    person = sit("timeline", "INC-0001", "--follow", CI="")
    before = person.settings()
    person.sees("q: end")
    return person, before


def test_keys_show_routine_events_evidence_and_what_is_searched(incident: Shop, sit: Sit) -> None:
    person, before = following(sit)
    assert "step_started" not in person.screen

    person.presses("a")
    person.sees("a: curated only")
    person.presses("/")
    person.sees("search: _")
    for key in "feature":
        person.presses(key)
    person.sees("search: feature_")
    person.presses("\r")
    person.sees("that hold `feature`")
    person.presses("\r")
    person.sees("back to the timeline")
    person.presses("q")
    incident.mlir("note", "the feature store is rolled back")
    person.sees("the feature store is rolled back")
    person.presses("q")

    assert person.end() == 0
    assert person.raw.rstrip().endswith(OVER)
    assert person.settings() == before


@pytest.mark.parametrize("how", ["interrupts", "terminates"])
def test_the_terminal_is_given_back_however_it_ends(incident: Shop, sit: Sit, how: str) -> None:
    assert incident.folder.exists()
    person, before = following(sit)
    assert person.settings() != before

    getattr(person, how)()

    assert person.end() == 130
    assert OVER in person.raw
    assert person.settings() == before


def test_a_terminal_that_can_do_nothing_gets_plain_lines(incident: Shop, sit: Sit) -> None:
    assert incident.folder.exists()
    person = sit("timeline", "INC-0001", "--follow", TERM="dumb")

    person.sees("upstream deployed")

    assert "\x1b[" not in person.raw
    person.interrupts()
    assert person.end() == 130
