"""Following on a screen: which keys do what, and what is painted, without any terminal."""

from __future__ import annotations

from dataclasses import replace

from tests.rig import Rig
from tests.usecases.plain import plain, released, run

from mlrespond.cli.follow_view import Shown, View, keys, matching, painted, place_of, pressed


def shown() -> list[Shown]:
    here: Rig = plain(released(), bad=True)
    run(here, "bad-release", "all")
    return [Shown(event=one, line=f"{one.kind} {one.summary}") for one in here.events()]


SHOWN = shown()


def after(*typed: str, view: View | None = None) -> View:
    now = view or View()
    for key in typed:
        now = pressed(now, key, matching(SHOWN, now.words))
    return now


def test_an_arrow_is_one_key_and_pasted_text_is_many() -> None:
    assert keys("a\x1b[A/ü\x1b[5~\x1b") == ["a", "\x1b[A", "/", "ü", "\x1b[5~", "\x1b"]


def test_the_newest_is_chosen_until_somebody_chooses_and_again_at_the_end() -> None:
    assert place_of(View(), SHOWN) == len(SHOWN) - 1
    assert place_of(View(), SHOWN[:-3]) == len(SHOWN) - 4

    up = after("\x1b[A", "k")

    assert place_of(up, SHOWN) == len(SHOWN) - 3
    assert place_of(up, [*SHOWN, SHOWN[0]]) == len(SHOWN) - 3  # it stays when others come
    assert after("j", "j", view=up).chosen is None
    assert place_of(after("g"), SHOWN) == 0
    assert place_of(after("g", "\x1b[A"), SHOWN) == 0


def test_searching_narrows_while_typing_and_escape_shows_all_again() -> None:
    typing = after("/", *"ACTION")

    assert typing.mode == "search"
    found = matching(SHOWN, typing.words)
    assert 0 < len(found) < len(SHOWN)
    assert all("action" in one.line.lower() for one in found)
    kept = after("\r", view=typing)
    assert (kept.mode, kept.words) == ("list", "ACTION")
    assert after("\x7f", view=typing).words == "ACTIO"
    assert after("\x1b", view=typing).words == ""
    assert after("q", view=typing).words == "ACTIONq"  # a letter, and no end


def test_a_shows_routine_events_too_and_q_ends() -> None:
    assert after("a").everything
    assert not after("a", "a").everything
    assert after("q").mode == "over"


def test_evidence_is_one_key_away_and_q_leads_back() -> None:
    seen = after("\x1b[A", "\r")

    assert (seen.mode, seen.chosen) == ("evidence", SHOWN[-2].event.id)
    assert after("\x1b[B", "\x1b[B", "\x1b[A", view=seen).top == 1
    assert after("q", view=seen).mode == "list"
    assert pressed(View(), "\r", []).mode == "list"


def test_a_screen_is_as_high_as_the_terminal_and_marks_what_is_chosen() -> None:
    screen = painted(after("\x1b[A"), "INC-0001", SHOWN, [], 3, 12)

    assert len(screen) == 12
    assert screen[0] == "INC-0001"
    (marked,) = (one for one in screen if one.startswith("> "))
    assert marked == f"> {SHOWN[-2].line}"
    assert screen[-1].startswith(f"{len(SHOWN)} events, 3 not shown · following")
    assert painted(View(), "x", [], [], 0, 4)[1:3] == ["", ""]
    assert len(painted(View(), "x", SHOWN, [], 0, 1)) == 3  # never less than head, line and foot


def test_evidence_is_scrolled_no_further_than_its_end() -> None:
    view = replace(View(), mode="evidence", chosen=SHOWN[0].event.id, top=10**6)

    screen = painted(view, "x", SHOWN, [str(n) for n in range(50)], 0, 12)

    assert screen[1:-1] == [str(n) for n in range(40, 50)]
