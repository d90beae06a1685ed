"""The listener: whatever arrives is answered in time, counted, and never a traceback."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.lab.observed import eventually

from mlrespond.adapters.listener import (
    MOST_BYTES,
    Listener,
    Message,
    RefusedError,
)
from mlrespond.adapters.local_server import address
from mlrespond.errors import UsageError

pytestmark = pytest.mark.live

GOOD = b"POST / HTTP/1.1\r\nContent-Length: 5\r\nX-Word: a\r\n\r\nhello"


class Door:
    """A listener that takes `hello` and refuses the rest, and what it told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.taken: list[Message] = []
        self.server = Listener(address("0"), self.take, self.lines.append, within_s=0.3)
        self.server.start()

    def take(self, message: Message) -> int:
        if message.body == b"bug":
            raise ZeroDivisionError
        if message.body != b"hello":
            raise RefusedError(401, "no hello")
        self.taken.append(message)
        return 200

    def says(self, sent: bytes, *, ends: bool = True) -> bytes:
        """Return everything that is answered."""
        with socket.create_connection(("127.0.0.1", self.server.where.port), 5.0) as client:
            client.sendall(sent)
            if ends:
                client.shutdown(socket.SHUT_WR)
            answered = b""
            while more := client.recv(65536):
                answered += more
            return answered

    def status(self, sent: bytes, *, ends: bool = True) -> int:
        return int(self.says(sent, ends=ends).split()[1])


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    made.server.stop()


def posted(body: bytes, *headers: bytes) -> bytes:
    head = [b"POST / HTTP/1.1", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def test_a_post_is_taken_with_its_headers_in_lower_case(door: Door) -> None:
    assert door.status(GOOD, ends=False) == 200
    assert door.taken == [Message({"content-length": "5", "x-word": "a"}, b"hello")]
    assert (door.server.taken, door.server.refused.total()) == (1, 0)


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [
        (posted(b"bye"), 401, "no hello"),
        (b"GET / HTTP/1.1\r\n\r\n", 405, "not a POST"),
        (b"POST / HTTP/1.1\r\n\r\n", 411, "no length"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411, "no length"),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            411,
            "no length",
        ),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % 10**30, 413, "too large"),
        (posted(b"x" * (MOST_BYTES + 1)), 413, "too large"),
        (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhello", 400, "cut off"),
        (
            posted(b"hello", b"X-MLflow-Signature: a", b"x-mlflow-signature: b"),
            400,
            "a header twice",
        ),
        (posted(b"hello", b"Content-Length: 4"), 400, "a header twice"),
        (b"POST / HTTP/9.9\r\n\r\n", 400, "odd request"),
        (b"POST /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414, "odd request"),
        (b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431, "odd request"),
        (b"\x16\x03\x01\x02\x00\x01\x00 tls hello\r\n\r\n", 400, "odd request"),
    ],
)
def test_what_is_no_message_is_refused_and_counted(
    door: Door, sent: bytes, status: int, reason: str
) -> None:
    assert door.status(sent) == status
    assert door.server.refused == {reason: 1}
    assert door.lines == [f"webhook refused: {reason} (1 so far)"]
    assert door.server.taken == 0


@pytest.mark.parametrize(
    "begun", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe"]
)
def test_a_sender_that_stops_halfway_does_not_hold_the_next_one_up(
    door: Door, begun: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", door.server.where.port), 5.0) as slow:
        slow.sendall(begun)

        assert door.status(GOOD) == 200

    assert door.server.refused == {"too slow": 1}


def test_a_sender_that_drips_is_cut_off_at_the_deadline_all_the_same(door: Door) -> None:
    with socket.create_connection(("127.0.0.1", door.server.where.port), 5.0) as slow:

        def refused() -> bool:
            if not door.server.refused:
                slow.send(b"x")
            return bool(door.server.refused)

        eventually(refused, 5.0)

    assert door.server.refused == {"too slow": 1}


def test_a_bug_of_ours_is_one_line_and_the_next_message_is_taken(door: Door) -> None:
    assert door.says(posted(b"bug")) == b""
    assert door.status(GOOD) == 200
    assert door.lines == ["webhook refused: a bug of ours: ZeroDivisionError (1 so far)"]


def test_a_flood_is_counted_and_told_ever_more_rarely(door: Door) -> None:
    for _ in range(9):
        door.status(posted(b"bye"))

    assert [line.rpartition("(")[2] for line in door.lines] == [
        f"{count} so far)" for count in (1, 2, 4, 8)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    sent=st.binary(min_size=1, max_size=300)
    | st.lists(
        st.sampled_from(
            [b"POST / HTTP/1.1", b"\r\n", b"\n", b": ", b"Content-Length", b"7", b"x" * 99, b"\0"]
        ),
        min_size=1,
        max_size=12,
    ).map(b"".join)
)
@example(sent=GOOD)
def test_whatever_arrives_is_answered_with_no_5xx_and_the_listener_lives(
    door: Door, sent: bytes
) -> None:
    answered = door.says(sent)

    assert not answered or answered.startswith((b"HTTP/1.0 2", b"HTTP/1.0 4"))
    assert not any("bug" in line for line in door.lines)
    assert door.status(GOOD) == 200


class TestAddress:
    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("9000", "http://127.0.0.1:9000"),
            (":9000", "http://127.0.0.1:9000"),
            ("127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("10.0.0.7:9000", "http://10.0.0.7:9000"),
            ("[::1]:9000", "http://[::1]:9000"),
        ],
    )
    def test_without_a_host_it_is_loopback(self, written: str, shown: str) -> None:
        assert str(address(written)) == shown

    @pytest.mark.parametrize("written", ["0.0.0.0:9000", "0:9000", "[::]:9000", "0x0:9000"])
    def test_a_wildcard_is_taken_only_when_it_is_asked_for(self, written: str) -> None:
        with pytest.raises(UsageError, match="listens on every network"):
            address(written)

        assert address(written, anywhere=True).port == 9000

    @pytest.mark.parametrize("written", ["", "x", "127.0.0.1", "1:70000", "1:-1", "not a host:1"])
    def test_what_is_no_address_is_refused(self, written: str) -> None:
        with pytest.raises(UsageError):
            address(written)

    def test_a_port_that_is_taken_is_said(self, door: Door) -> None:
        with pytest.raises(UsageError, match="cannot be listened at"):
            Listener(door.server.where, door.take, door.lines.append)
