"""Who served what when."""

from __future__ import annotations

import pytest

from mlrespond.lab.signal_served import ALL, Piece, ServedHistory, Server
from mlrespond.model.reading import Route

BOTH = {"eu-1": "2", "us-1": "2"}


@pytest.fixture
def history() -> ServedHistory:
    return ServedHistory(BOTH)


def test_at_first_each_replica_answers_its_stream(history: ServedHistory) -> None:
    assert list(history.pieces(0, 10)) == [
        Piece("eu-1", Server("eu-1", "2"), 0, 10),
        Piece("us-1", Server("us-1", "2"), 0, 10),
    ]


def test_a_change_cuts_a_window(history: ServedHistory) -> None:
    history.observe(4.5, {"eu-1": "3", "us-1": "2"})

    pieces = [piece for piece in history.pieces(0, 10) if piece.stream == "eu-1"]

    assert [(one.server.version, one.since, one.until) for one in pieces] == [
        ("2", 0, 4.5),
        ("3", 4.5, 10),
    ]
    assert list(history.pieces(3, 3)) == []


def test_of_two_changes_at_one_time_the_later_one_counts(history: ServedHistory) -> None:
    history.observe(4, {"eu-1": "3", "us-1": "2"})
    history.observe(4, {"eu-1": "3", "us-1": "3"})

    assert {piece.server.version for piece in history.pieces(4, 10)} == {"3"}


def test_the_past_cannot_be_changed(history: ServedHistory) -> None:
    history.observe(10, BOTH)

    with pytest.raises(AssertionError, match="past"):
        history.observe(9, BOTH)


def test_a_drained_replica_leaves_its_stream_to_the_others(history: ServedHistory) -> None:
    history.observe(0, BOTH, Route(to="primary", drained=("eu-1",)))

    assert {(one.stream, one.server.replica) for one in history.pieces(0, 5)} == {
        ("eu-1", "us-1"),
        ("us-1", "us-1"),
    }


def test_a_fallback_takes_its_share(history: ServedHistory) -> None:
    history.observe(0, BOTH, Route(to="rules-v1", share=30))

    pieces = [piece for piece in history.pieces(0, 5) if piece.stream == "eu-1"]

    assert [(one.server, one.part) for one in pieces] == [
        (Server("", "rules-v1"), (0, 30)),
        (Server("eu-1", "2"), (30, 100)),
    ]


def test_a_fallback_for_everything_leaves_nothing(history: ServedHistory) -> None:
    history.observe(0, BOTH, Route(to="rules-v1"))

    assert {(one.server.version, one.part) for one in history.pieces(0, 5)} == {("rules-v1", ALL)}


def test_what_is_not_told_stays(history: ServedHistory) -> None:
    history.observe(0, BOTH, Route(to="rules-v1"), {"eu-1": 2, "us-1": 1})
    history.observe(5, {"eu-1": "1", "us-1": "1"})

    assert {one.server.version for one in history.pieces(5, 6)} == {"rules-v1"}

    history.observe(6, BOTH, Route(to="primary"))

    restarted = {one.server.replica: one.server.restarted for one in history.pieces(6, 7)}
    assert restarted == {"eu-1": True, "us-1": False}


def test_replicas_that_serve_nothing_get_no_requests(history: ServedHistory) -> None:
    history.observe(0, {"eu-1": None, "us-1": None})

    assert list(history.pieces(0, 5)) == []


def test_servers_are_those_until_a_time(history: ServedHistory) -> None:
    history.observe(5, {"eu-1": "3", "us-1": None})

    assert history.servers(4) == {Server("eu-1", "2"), Server("us-1", "2")}
    assert Server("eu-1", "3") in history.servers(5)
