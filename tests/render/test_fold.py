"""Long lines are folded between words, under where their text begins, and lose nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlrespond.render.fold import folded

WORDS = st.text("abcdefgh:.%", min_size=1, max_size=12)


def test_what_fits_stays() -> None:
    assert folded("now       3 on eu-1", 19) == "now       3 on eu-1"


def test_the_second_line_stands_under_the_text() -> None:
    line = "because   diagnose: fail: the new version answers worse than the one before it"

    assert folded(line, 50).splitlines() == [
        "because   diagnose: fail: the new version answers",
        "          worse than the one before it",
    ]


def test_an_indented_line_goes_on_where_it_began() -> None:
    line = "          compare with the version before: fail: golden: 30 of 60"

    assert folded(line, 45).splitlines() == [
        "          compare with the version before:",
        "          fail: golden: 30 of 60",
    ]


def test_a_line_of_a_timeline_keeps_its_columns() -> None:
    line = (
        "2026-11-27T16:19:46Z * #1    incident_opened       SEV2 incident opened for fraud-scorer"
    )

    assert folded(line, 80).splitlines() == [
        "2026-11-27T16:19:46Z * #1    incident_opened       SEV2 incident opened for",
        " " * 51 + "fraud-scorer",
    ]


def test_where_no_room_is_left_the_text_begins_further_to_the_left() -> None:
    line = "10:00:00 ✓ compare with the version before: ok, verdict fail"

    assert folded(line, 30, 11).splitlines()[1] == "  version before: ok, verdict"


def test_a_word_that_is_too_long_stays_whole() -> None:
    assert folded(f"see       {'x' * 40} now", 40).splitlines()[-1].strip() == "now"


@given(st.lists(WORDS, min_size=1, max_size=30), st.integers(30, 100), st.sampled_from([2, 11]))
def test_nothing_is_lost_and_nothing_is_too_wide(words: list[str], width: int, hang: int) -> None:
    shown = folded(" ".join(words), width, hang)

    assert shown.split() == words
    assert all(len(one) <= width for one in shown.splitlines())
