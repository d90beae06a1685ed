"""Where the router sends requests."""

from __future__ import annotations

from collections import Counter

import pytest

from mlrespond.errors import InvalidInputError
from mlrespond.lab.route import Routes, Switchboard
from mlrespond.model.json import Json


@pytest.fixture
def board() -> Switchboard:
    return Switchboard(("eu-1", "us-1"), ("rules-v1",))


def targets(board: Switchboard, count: int) -> Counter[str]:
    return Counter(board.target() for _ in range(count))


def test_replicas_take_turns(board: Switchboard) -> None:
    assert targets(board, 10) == {"eu-1": 5, "us-1": 5}


def test_a_drained_replica_gets_nothing(board: Switchboard) -> None:
    board.set({"to": "primary", "share": 100, "drained": ["eu-1"]})

    assert targets(board, 10) == {"us-1": 10}


def test_a_fallback_gets_everything_or_its_exact_share(board: Switchboard) -> None:
    board.set({"to": "rules-v1"})
    assert targets(board, 7) == {"rules-v1": 7}

    board.set({"to": "rules-v1", "share": 30, "drained": []})
    assert targets(board, 200) == {"rules-v1": 60, "eu-1": 70, "us-1": 70}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, "names no route"),
        ({"to": "moon"}, "no route `moon`"),
        ({"to": "primary", "share": 0}, "share"),
        ({"to": "primary", "share": 101}, "share"),
        ({"to": "primary", "share": 50.5}, "share"),
        ({"to": "primary", "share": True}, "share"),
        ({"to": "primary", "drained": ["mars-1"]}, "no replica `mars-1`"),
        ({"to": "primary", "drained": "eu-1"}, "no list"),
        ({"to": "primary", "drained": [1]}, "no list"),
        ({"to": "rules-v1", "drained": ["us-1", "eu-1"]}, "all replicas"),
    ],
)
def test_routes_that_lead_nowhere_are_refused_and_change_nothing(
    board: Switchboard, wanted: Json, said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        board.set(wanted)

    assert board.routes == Routes()
