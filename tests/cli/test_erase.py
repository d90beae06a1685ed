"""`mlir erase`: asks at a terminal, refuses elsewhere, and names the copies it cannot reach."""

from __future__ import annotations

import pytest
from tests.cli.screen import still
from tests.cli.shop import Shop
from tests.cli.typist import Sit


@pytest.fixture
def noted(shop: Shop, capsys: pytest.CaptureFixture[str]) -> str:
    """A note with a name in it, already in a postmortem; its event's id."""
    shop.mlir("respond", "--runbook", "back")
    shop.mlir("note", "Erika M. of 5 Long Lane was blocked")
    shop.mlir("postmortem", "INC-0001", "-o", str(shop.folder / "post"))
    capsys.readouterr()
    return shop.events()[-1].id


def text_of(shop: Shop) -> bytes:
    folder = shop.folder / ".mlir"
    return b"".join(one.read_bytes() for one in folder.iterdir())


def test_what_is_erased_is_gone_and_its_place_stays(
    noted: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert b"Erika" in text_of(shop)

    assert shop.mlir("erase", noted, "--reason", "a customer's name", "--yes") == 0

    told = capsys.readouterr()
    assert told.out == f"erased event:{noted}: a customer's name\n"
    copy = shop.folder / "post" / "INC-0001.md"
    assert told.err == f"a copy was made, and is not reached: {copy}\n"
    assert "Erika" in copy.read_text()
    assert b"Erika" not in text_of(shop)
    assert shop.mlir("audit") == 0
    assert "1 erased: whole" in capsys.readouterr().out
    shop.mlir("timeline")
    assert "erased" in capsys.readouterr().out


def test_nobody_to_ask_means_nothing_is_erased(
    noted: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("erase", noted, "--reason", "x") == 2

    told = capsys.readouterr()
    assert (told.out, told.err) == (
        "",
        "error: nobody can be asked here; nothing was erased\n  help: --yes\n",
    )
    assert b"Erika" in text_of(shop)


def test_one_unknown_target_erases_none(
    noted: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("erase", noted, "unknown", "--reason", "x", "--yes") == 2

    assert "no event `unknown`" in capsys.readouterr().err
    assert b"Erika" in text_of(shop)


@pytest.mark.live
def test_at_a_terminal_it_shows_what_it_would_erase(noted: str, shop: Shop, sit: Sit) -> None:
    person = sit("erase", noted, "--reason", "x")

    person.sees("erase this for ever? [y/N]: ")
    assert "(note_added of INC-0001): Erika M. of 5 Long Lane was blocked" in person.screen
    person.types("n")

    assert person.end() == 130
    assert b"Erika" in text_of(shop)
    assert still(noted) == "ID"
