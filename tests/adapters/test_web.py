"""Single calls to any address."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.adapters.loopback import Loopback, Page, Seen, free_port, page

from mlrespond.adapters.web import HttpCalls
from mlrespond.ports.service import Web
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.web import WebContract


def answer(seen: Seen) -> Page:
    match seen.path:
        case "/echo":
            return Page(seen.body)
        case "/page":
            return Page(b"<html>hello</html>")
        case "/moved":
            return Page(b"", 307, {"Location": "/echo"})
        case _:
            return page({"error": "no such thing"}, 404)


class TestHttpCalls(WebContract):
    @pytest.fixture
    def web(self) -> Web:
        return HttpCalls(FixedClock())

    @pytest.fixture
    def url(self, serve: Callable[..., Loopback]) -> str:
        return serve(answer).url

    @pytest.fixture
    def echo(self, url: str) -> str:
        return f"{url}/echo"

    @pytest.fixture
    def missing(self, url: str) -> str:
        return f"{url}/missing"

    @pytest.fixture
    def page(self, url: str) -> str:
        return f"{url}/page"

    @pytest.fixture
    def moved(self, url: str) -> str:
        return f"{url}/moved"

    @pytest.fixture
    def gone(self) -> str:
        return f"http://127.0.0.1:{free_port()}"


def test_a_query_arrives_whole(server: Loopback) -> None:
    HttpCalls(FixedClock()).call("GET", f"{server.url}/x?a=1&b=%20", None, {"x-key": "v"}, 5)

    assert server.seen[0].path == "/x?a=1&b=%20"
    assert server.seen[0].headers["x-key"] == "v"


def test_a_call_is_made_once_whatever_is_answered(server: Loopback) -> None:
    server.answers(Page(b"busy", 503))

    reply = HttpCalls(FixedClock()).call("GET", server.url, None, {}, 5)

    assert (reply.status, reply.body, len(server.seen)) == (503, "busy", 1)
