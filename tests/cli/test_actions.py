"""`mlir actions`: screens and documents of action items and their seeds."""

from __future__ import annotations

import json

import pytest
from tests.cli.screen import screen
from tests.cli.shop import Shop

INC = "INC-0001"


@pytest.fixture
def noted(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Shop:
    """An incident with a note that seeds an item; its number is 7 or more."""
    shop.mlir("respond", "--runbook", "back", "--no-input")
    shop.mlir("note", "TODO page on nulls", "-i", INC)
    capsys.readouterr()
    return shop


def seed(shop: Shop) -> int:
    return next(one.seq for one in shop.events() if one.kind == "note_added")


def test_items_and_seeds_are_listed(noted: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    n = seed(noted)

    assert noted.mlir("actions", INC) == 0

    told = capsys.readouterr()
    assert told.out == f"{INC}  #{n:<3} seed    note: page on nulls\n"
    assert told.err == f"a seed becomes an item with: mlir actions add {INC} --from {n}\n"


def test_an_item_is_added_assigned_and_closed(
    noted: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    n = str(seed(noted))
    for line in (
        ("add", INC, "--from", n, "--type", "detect", "--owner", "ana"),
        ("add", INC, "write a test"),
        ("assign", INC, "A1", "--due", "2020-01-01", "--link", "https://t.example/7"),
        ("close", INC, "A2", "--dropped", "--reason", "there is one"),
    ):
        assert noted.mlir("actions", *line) == 0

    assert capsys.readouterr().out == screen(
        """
        INC-0001: action item A1 (detect): page on nulls (owner ana)
        INC-0001: action item A2 (process): write a test
        INC-0001: action item A1: due 2020-01-01, link https://t.example/7
        INC-0001: action item A2 dropped: there is one
        """
    )
    assert noted.mlir("actions") == 0
    assert capsys.readouterr().out == screen(
        """
        INC-0001  A1   open    detect   page on nulls  (owner ana; due 2020-01-01 (overdue); https://t.example/7)
        INC-0001  A2   dropped process  write a test  (no owner; there is one)
        """  # a screen
    )
    assert noted.mlir("actions", "--open", "--owner", "ana") == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_the_document_has_items_and_seeds(noted: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    noted.mlir("actions", "add", INC, "write a test", "--owner", "ana")
    capsys.readouterr()

    noted.mlir("actions", INC, "--json")

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "mlrespond/actions/v1"
    assert [(one["item"], one["owner"], one["status"]) for one in told["items"]] == [
        ("A1", "ana", "open")
    ]
    assert [one["sort"] for one in told["seeds"]] == ["note"]


def test_nothing_to_list_is_said(noted: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert noted.mlir("actions") == 0
    assert noted.mlir("actions", "--open") == 0

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "there is no action item\nno action item is open\n"


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (("INC-9",), 1, "there is no incident `INC-9`"),
        (("add", INC), 2, "say what is to be done"),
        (("add",), 2, "missing argument 'INCIDENT'"),
        (("add", INC, "t", "--type", "blame"), 2, "'blame' is not one of"),
        (("close", INC, "A1"), 2, "there is no action item `A1`"),
        (("list", INC, "more"), 2, "unexpected extra argument"),
    ],
)
def test_mistakes_are_told(
    noted: Shop, capsys: pytest.CaptureFixture[str], line: tuple[str, ...], code: int, told: str
) -> None:
    found = noted.mlir("actions", *line)

    assert told in capsys.readouterr().err
    assert found in {code, 2}
