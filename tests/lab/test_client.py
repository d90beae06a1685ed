"""Persistent connections to the lab's servers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest
from tests.lab.observed import eventually

from mlrespond.errors import BadReplyError, NoAnswerError, RejectedError, UnreachableError
from mlrespond.lab.client import Client, Pool, ask
from mlrespond.lab.web import Answer, App, Call, as_json

Serve = Callable[[App], int]
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Raw:
    """A server that answers each connection's requests with given bytes, then closes it."""

    def __init__(self, *connections: list[bytes]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.requests = 0
        self._thread = threading.Thread(target=self._serve, args=(connections,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(5)
        self._socket.close()

    def _serve(self, connections: tuple[list[bytes], ...]) -> None:
        for answers in connections:
            connection, _ = self._socket.accept()
            with connection:
                for answer in answers:
                    self.requests += bool(connection.recv(65536))
                    connection.sendall(answer)


def test_a_connection_closed_while_idle_is_opened_anew() -> None:
    server = Raw([FINE], [FINE])
    client = Client(server.port)

    assert client.call("GET", "/") == (200, b"{}")
    eventually(client._stale)

    assert client.call("GET", "/") == (200, b"{}")
    assert server.requests == 2
    client.close()
    server.close()


def test_a_request_that_was_sent_is_not_sent_again() -> None:
    server = Raw([b""], [FINE])
    client = Client(server.port)

    with pytest.raises(NoAnswerError):
        client.call("POST", "/", b"{}")

    assert server.requests == 1
    assert client.call("GET", "/") == (200, b"{}")
    client.close()
    server.close()


def test_half_an_answer_is_no_answer() -> None:
    server = Raw([b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"])
    client = Client(server.port)

    with pytest.raises(NoAnswerError):
        client.call("GET", "/")
    client.close()
    server.close()


def test_a_server_that_is_silent_is_given_up() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    client = Client(listening.getsockname()[1], 0.2)

    with pytest.raises(NoAnswerError, match="timed out"):
        client.call("GET", "/")
    client.close()
    listening.close()


def test_nobody_there_means_nothing_was_sent() -> None:
    gone = socket.create_server(("127.0.0.1", 0))
    port = gone.getsockname()[1]
    gone.close()

    with pytest.raises(UnreachableError):
        ask(port, "GET", "/")


def test_a_pool_uses_its_connections_again(serve: Serve) -> None:
    ports: set[int] = set()
    pool = Pool(serve(lambda _: as_json({})))

    for _ in range(5):
        assert pool.call("GET", "/")[0] == 200
        ports |= {client._connection.sock.getsockname()[1] for client in pool._idle}

    assert len(ports) == 1
    pool.close()


def test_an_error_of_the_server_is_told(serve: Serve) -> None:
    def app(_call: Call) -> Answer:
        raise RejectedError("out of memory")

    with pytest.raises(BadReplyError, match="500: out of memory"):
        ask(serve(app), "GET", "/x")
