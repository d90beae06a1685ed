"""The small JSON server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.client import HTTPConnection

import pytest

from mlrespond.errors import (
    InvalidInputError,
    NoAnswerError,
    NotThereError,
    RejectedError,
    UnreachableError,
)
from mlrespond.lab.web import Answer, App, Call, LoopbackServer, as_json, unknown
from mlrespond.model.json import Json, dump

Serve = Callable[[App], int]


def echo(call: Call) -> Answer:
    told: Json = {"method": call.method, "path": call.path, "body": call.body.decode()}
    return as_json(told)


def exchange(port: int, text: bytes) -> bytes:
    """Send raw bytes and return all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        raw.sendall(text)
        return b"".join(iter(lambda: raw.recv(4096), b""))


def test_one_connection_carries_many_calls(serve: Serve) -> None:
    connection = HTTPConnection("127.0.0.1", serve(echo), timeout=60)

    for number in range(3):
        connection.request("POST", f"/a%20b/{number}?x=1", "body")
        answer = connection.getresponse()
        expected: Json = {"method": "POST", "path": ["a b", str(number)], "body": "body"}
        assert answer.read().decode() == dump(expected)
        assert answer.status == 200
    connection.close()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInputError("no"), 400),
        (NotThereError("no"), 404),
        (RejectedError("no"), 500),
        (UnreachableError("no"), 503),
        (NoAnswerError("no"), 504),
    ],
)
def test_an_error_of_ours_becomes_its_status(serve: Serve, error: Exception, status: int) -> None:
    def app(_call: Call) -> Answer:
        raise error

    connection = HTTPConnection("127.0.0.1", serve(app), timeout=60)
    connection.request("GET", "/")
    answer = connection.getresponse()

    assert (answer.status, answer.read()) == (status, b'{"error":"no"}')
    connection.close()


def test_a_call_that_means_nothing_is_not_found(serve: Serve) -> None:
    def app(call: Call) -> Answer:
        raise unknown(call)

    connection = HTTPConnection("127.0.0.1", serve(app), timeout=60)
    connection.request("GET", "/no/such")
    answer = connection.getresponse()

    assert (answer.status, answer.read()) == (404, b'{"error":"there is no GET /no/such"}')
    connection.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"411"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"BREW / HTTP/1.1\r\n\r\n", b"501"),
    ],
)
def test_what_cannot_be_read_is_refused_in_json_and_the_connection_closed(
    serve: Serve, head: bytes, status: bytes
) -> None:
    answer = exchange(serve(echo), head)

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.rpartition(b"\r\n\r\n")[2].startswith(b'{"error":')


def test_it_listens_on_loopback_only() -> None:
    server = LoopbackServer(echo)

    assert server.socket.getsockname()[0] == "127.0.0.1"
    server.server_close()


def test_a_call_that_runs_is_finished_before_the_server_stops() -> None:
    import threading

    entered, leave = threading.Event(), threading.Event()

    def slow(call: Call) -> Answer:
        entered.set()
        leave.wait(60)
        return echo(call)

    server = LoopbackServer(slow)
    server.start()
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/")
    assert entered.wait(60)

    stopping = threading.Thread(target=server.stop, args=(5.0,))
    stopping.start()
    leave.set()
    stopping.join(5)

    assert connection.getresponse().status == 200
    connection.close()
