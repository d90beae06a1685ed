"""The one place that speaks HTTP: over real sockets, each bad answer is a typed error in time."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from tests.adapters import loopback
from tests.adapters.conftest import TOKEN
from tests.adapters.loopback import Loopback, Page, Seen, free_port, page

from mlrespond.adapters.http import Http
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    InvalidInputError,
    NoAnswerError,
    NotThereError,
    PortError,
    RejectedError,
    UnreachableError,
)
from mlrespond.model.json import Json
from mlrespond.model.service import Auth
from mlrespond.testing.clock import START, FixedClock

Serve = Callable[..., Loopback]
GATEWAY = b"""<html><head><title>502 Bad Gateway</title><style>x{}</style></head>
<body><h1>502</h1>nginx</body></html>"""


def http(url: str, **options: object) -> Http:
    known = {"clock": FixedClock(), "deadline_s": 5.0, **options}
    return Http(url, **known)  # type: ignore[arg-type]  # options of Http


def outcome(call: Callable[[], object]) -> PortError:
    with pytest.raises(PortError) as raised:
        call()
    return raised.value


def test_a_json_body_goes_there_and_back(server: Loopback) -> None:
    server.answers(lambda seen: page({"got": seen.json}))

    reply = http(server.url).request("POST", "/x", json={"a": [1, "é", None]})

    assert (reply.status, reply.body) == (200, {"got": {"a": [1, "é", None]}})
    assert server.seen[0].headers["content-type"] == "application/json"


def test_an_empty_body_is_null(server: Loopback) -> None:
    server.answers(Page())

    assert http(server.url).request("GET", "/x").body is None


def test_no_body_is_sent_where_there_is_none(server: Loopback) -> None:
    http(server.url).request("GET", "/x")

    assert server.seen[0].body == b""
    assert "content-type" not in server.seen[0].headers


@pytest.mark.parametrize(
    ("status", "error", "definite"),
    [
        (400, RejectedError, True),
        (401, AccessRefusedError, True),
        (403, AccessRefusedError, True),
        (404, NotThereError, True),
        (409, RejectedError, True),
        (422, RejectedError, True),
        (429, RejectedError, True),
        (500, BadReplyError, False),
        (502, BadReplyError, False),
        (503, BadReplyError, False),
        (599, BadReplyError, False),
        (300, BadReplyError, False),
        (304, BadReplyError, False),
    ],
)
def test_each_status_is_an_error_of_its_own(
    server: Loopback, status: int, error: type[PortError], definite: object
) -> None:
    body = b"" if status == 304 else b'{"error": "because"}'
    server.answers(Page(body, status))

    raised = outcome(lambda: http(server.url).request("POST", "/x"))

    assert type(raised) is error
    assert raised.definite is definite
    assert str(status) in raised.message


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error": "no such model"}', "no such model"),
        (b'{"error": {"message": "quota", "code": "429"}}', "quota"),
        (b'{"detail": "bad row"}', "bad row"),
        (b'{"error_code": "X", "message": "alias \\u001b[31mred"}', "alias [31mred"),
        (b'{"detail": [{"loc": ["body"]}]}', '{"detail": [{"loc": ["body"]}]}'),
        (b"[1, 2]", "[1, 2]"),
        (b"Internal\n\n  Server\tError", "Internal Server Error"),
        (GATEWAY, "502 Bad Gateway: 502 nginx"),
        (b"<!DOCTYPE html><script>evil()</script><p>Down</p>", "Down"),
        (b"\xff\xfe\x00 binary", "binary"),
        (b"", ""),
        (b"long " * 500, "long long"),
    ],
)
def test_an_error_body_is_told_in_one_short_line(server: Loopback, body: bytes, told: str) -> None:
    server.answers(Page(body, 400))

    message = outcome(lambda: http(server.url).request("GET", "/x?key=hidden")).message

    assert told in message
    assert "\n" not in message
    assert "\x1b" not in message
    assert "hidden" not in message
    assert len(message) < 300


@pytest.mark.parametrize(
    "body",
    [
        b"<html>login</html>",
        b'{"a": 1',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1} {"b": 2}',
        b"\xff\xff",
        b"[" * 100_000,
        b"1" * 5_000,
    ],
)
def test_a_200_that_is_no_json_is_a_bad_reply(server: Loopback, body: bytes) -> None:
    server.answers(Page(body))

    assert isinstance(outcome(lambda: http(server.url).request("GET", "/x")), BadReplyError)


def test_a_redirect_is_not_followed_and_the_token_does_not_travel(
    serve: Serve, secrets: EnvSecrets
) -> None:
    elsewhere = serve()
    where = f"{elsewhere.url}/steal?token=abc"
    server = serve(lambda _: Page(b"", 302, {"Location": where}))
    client = http(server.url, auth=Auth(bearer="env:TOKEN"), secrets=secrets)

    raised = outcome(lambda: client.request("GET", "/x", idempotent=True))

    assert isinstance(raised, BadReplyError)
    assert f"{elsewhere.url}/steal" in raised.message
    assert "abc" not in raised.message
    assert elsewhere.seen == []
    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("path", ["@127.0.0.2/x", ".evil.example/x", "@evil.example", ":1/x"])
def test_a_path_cannot_lead_to_another_host(
    server: Loopback, secrets: EnvSecrets, path: str
) -> None:
    client = http(server.url, auth=Auth(bearer="env:TOKEN"), secrets=secrets)

    assert outcome(lambda: client.request("GET", path)).definite
    assert server.seen == []


def test_a_basic_login_is_sent_as_such(server: Loopback, secrets: EnvSecrets) -> None:
    http(server.url, auth=Auth(basic="env:PAIR"), secrets=secrets).request("GET", "/x")

    assert server.seen[0].headers["authorization"] == "Basic bWxpcjpzM2NyM3QtcGFzcw=="


@pytest.mark.parametrize("value", ["two\nlines", "tökén", "tab\tbed"])
def test_a_secret_that_no_header_can_hold_is_not_shown(server: Loopback, value: str) -> None:
    secrets = EnvSecrets(Path("/nonexistent"), {"TOKEN": value})
    client = http(server.url, auth=Auth(bearer="env:TOKEN"), secrets=secrets)

    raised = outcome(lambda: client.request("GET", "/x"))

    assert isinstance(raised, AccessRefusedError)
    assert value not in f"{raised!r}{raised.__cause__!r}"
    assert server.seen == []


def test_a_missing_secret_stops_before_anything_is_sent(
    server: Loopback, secrets: EnvSecrets
) -> None:
    client = http(server.url, auth=Auth(bearer="env:MISSING"), secrets=secrets)

    assert isinstance(outcome(lambda: client.request("GET", "/x")), AccessRefusedError)
    assert server.seen == []


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (loopback.drip_body, NoAnswerError),
        (loopback.drip_headers, NoAnswerError),
        (loopback.silence, NoAnswerError),
        (loopback.reset, NoAnswerError),
        (loopback.hang_up, NoAnswerError),
        (loopback.cut, NoAnswerError),
        (loopback.endless, BadReplyError),
        (loopback.no_http, BadReplyError),
        (loopback.raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), BadReplyError),
        (loopback.raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000), BadReplyError),
        (loopback.raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 9), BadReplyError),
        (loopback.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nx"), BadReplyError),
        (
            loopback.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
            NoAnswerError,
        ),
    ],
)
@pytest.mark.parametrize("idempotent", [True, False])
def test_whatever_comes_over_the_wire_ends_in_time(
    server: Loopback, wire: loopback.Wire, error: type[PortError], idempotent: object
) -> None:
    server.answers(lambda _: wire)
    client = http(server.url, clock=SystemClock())
    began = time.monotonic()

    raised = outcome(
        lambda: client.request("GET", "/x", idempotent=bool(idempotent), deadline_s=1.0)
    )

    assert type(raised) is error
    assert not raised.definite
    assert raised.__cause__ is not None or error is BadReplyError
    assert time.monotonic() - began < 5.0


def test_a_reader_that_does_not_read_cannot_hold_a_call_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        began = time.monotonic()

        raised = outcome(
            lambda: http(url).request("POST", "/x", json="x" * (32 << 20), deadline_s=0.5)
        )

    assert isinstance(raised, NoAnswerError)
    assert time.monotonic() - began < 8.0  # writing 32 MB as JSON takes its time


def test_a_body_up_to_the_cap_is_read(server: Loopback) -> None:
    server.answers(Page(b'"' + b"x" * 998 + b'"'))

    assert http(server.url, body_cap=1000).request("GET", "/x").body == "x" * 998
    assert isinstance(
        outcome(lambda: http(server.url, body_cap=999).request("GET", "/x")), BadReplyError
    )


def test_where_nobody_listens_nothing_was_sent() -> None:
    raised = outcome(lambda: http(f"http://127.0.0.1:{free_port()}").request("POST", "/x"))

    assert isinstance(raised, UnreachableError)
    assert raised.definite


def test_a_name_that_is_not_known_is_unreachable() -> None:
    client = http("http://no-such-host.invalid")

    assert isinstance(outcome(lambda: client.request("GET", "/x")), UnreachableError)


def test_a_name_that_is_looked_up_for_ever_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        release.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    began = time.monotonic()

    raised = outcome(lambda: http("http://slow.example").request("GET", "/x", deadline_s=0.3))

    release.set()
    assert isinstance(raised, UnreachableError)
    assert time.monotonic() - began < 8.0


def test_httpx_errors_stay_inside() -> None:
    raised = outcome(lambda: http(f"http://127.0.0.1:{free_port()}").request("GET", "/x"))

    assert not isinstance(raised, httpx.HTTPError)
    assert raised.__cause__ is not None


@pytest.mark.parametrize("status", [429, 502, 503])
def test_what_is_idempotent_is_tried_again(server: Loopback, status: int) -> None:
    answers = iter([Page(b"", status), Page(b"", status), Page(b'{"a": 1}')])
    server.answers(lambda _: next(answers))

    reply = http(server.url).request("GET", "/x", idempotent=True)

    assert reply.body == {"a": 1}
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [400, 404, 500, 504])
def test_a_definite_answer_is_not_asked_for_again(server: Loopback, status: int) -> None:
    server.answers(Page(b"", status))

    outcome(lambda: http(server.url).request("GET", "/x", idempotent=True))

    assert len(server.seen) == 1


@pytest.mark.parametrize("wire", [loopback.reset, loopback.hang_up])
def test_a_change_is_never_sent_twice(server: Loopback, wire: loopback.Wire) -> None:
    server.answers(lambda _: wire)

    outcome(lambda: http(server.url).request("POST", "/x", json={}))

    assert len(server.seen) == 1


def test_a_broken_connection_is_tried_again_for_reads(server: Loopback) -> None:
    answers: Iterator[Page | loopback.Wire] = iter([loopback.reset, Page(b'{"a": 1}')])
    server.answers(lambda _: next(answers))

    assert http(server.url).request("GET", "/x", idempotent=True).body == {"a": 1}


def test_retries_end(server: Loopback) -> None:
    server.answers(Page(b"busy", 503))

    raised = outcome(lambda: http(server.url).request("GET", "/x", idempotent=True))

    assert isinstance(raised, BadReplyError)
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        (format_datetime(START + timedelta(seconds=2), usegmt=True), 2.0),
        (format_datetime(START - timedelta(hours=2), usegmt=True), 0.0),
    ],
)
def test_retry_after_is_honoured(server: Loopback, written: str, seconds: float) -> None:
    answers = iter([Page(b"", 503, {"Retry-After": written}), Page(b"{}")])
    server.answers(lambda _: next(answers))
    clock = FixedClock()

    http(server.url, clock=clock).request("GET", "/x", idempotent=True)

    assert (clock.now() - START).total_seconds() == pytest.approx(seconds)


@pytest.mark.parametrize("written", ["soon", "-3", "٣", "Mon, 99 Foo 2026 00:00:00 GMT", "1e9"])
def test_a_retry_after_that_makes_no_sense_is_as_none(server: Loopback, written: str) -> None:
    headers = {"Retry-After": written.encode().decode("latin-1")}
    answers = iter([Page(b"", 503, headers), Page(b"{}")])
    server.answers(lambda _: next(answers))
    clock = FixedClock()

    http(server.url, clock=clock).request("GET", "/x", idempotent=True)

    assert 0 < (clock.now() - START).total_seconds() < 1


@pytest.mark.parametrize("written", ["6", "999999999999999999"])
def test_a_retry_after_beyond_the_deadline_is_not_waited_for(
    server: Loopback, written: str
) -> None:
    server.answers(Page(b"", 429, {"Retry-After": written}))
    clock = FixedClock()

    raised = outcome(lambda: http(server.url, clock=clock).request("GET", "/x", idempotent=True))

    assert isinstance(raised, RejectedError)
    assert len(server.seen) == 1
    assert clock.now() == START


def test_the_deadline_covers_all_attempts(server: Loopback) -> None:
    server.answers(Page(b"", 503))
    clock = FixedClock()
    client = http(server.url, clock=clock)

    outcome(lambda: client.request("GET", "/x", idempotent=True, deadline_s=0.05))

    assert len(server.seen) <= 1
    assert clock.now() == START


def test_reads_share_a_connection_and_changes_never_do(server: Loopback) -> None:
    client = http(server.url)
    for _ in range(3):
        client.request("GET", "/x", idempotent=True)
    assert server.connections == 1

    for _ in range(3):
        client.request("POST", "/x")
    assert server.connections == 4


def test_threads_share_a_client(server: Loopback) -> None:
    server.answers(lambda seen: page(seen.path))
    client = http(server.url)
    got: list[object] = []

    def ask(number: int) -> None:
        got.extend(client.request("GET", f"/{number}/{n}", idempotent=True).body for n in range(5))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, got)) == sorted(f"/{a}/{b}" for a in range(8) for b in range(5))


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_no_proxy_stands_before_this_machine(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    proxy, server = serve(), serve()
    monkeypatch.setenv(name, proxy.url)

    http(server.url).request("GET", "/x")
    http(server.url.replace("127.0.0.1", "localhost")).request("GET", "/x")

    assert (len(server.seen), proxy.seen) == (2, [])


def test_a_proxy_stands_before_other_machines(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(lambda seen: page(seen.path))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "inside.example")

    client = http("http://model.example:8000")

    assert client.request("GET", "/x").body == "http://model.example:8000/x"


def test_a_proxy_of_an_unknown_kind_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")

    raised = outcome(lambda: http("http://model.example").request("GET", "/x"))

    assert isinstance(raised, UnreachableError)


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:80", "ftp://x", "http://", "http://[::1", "http://x:99999", "http://x:0"]
)
def test_what_is_no_address_is_said_at_once(url: str) -> None:
    with pytest.raises(InvalidInputError):
        http(url)


def test_credentials_in_an_address_are_refused_and_not_shown() -> None:
    with pytest.raises(InvalidInputError) as raised:
        http("http://ana:hunter22@model.example/x?token=abc")

    assert "hunter22" not in raised.value.message
    assert "abc" not in raised.value.message


@pytest.mark.parametrize("body", [float("nan"), {"x": "\ud800"}])
def test_what_is_no_json_is_not_sent(server: Loopback, body: Json) -> None:
    raised = outcome(lambda: http(server.url).request("POST", "/x", json=body))

    assert isinstance(raised, RejectedError)
    assert server.seen == []


@pytest.mark.parametrize("headers", [{"x": "a\r\nb: c"}, {"x y": "a"}, {"x": "é\ud800"}])
def test_what_is_no_header_is_not_sent(server: Loopback, headers: dict[str, str]) -> None:
    raised = outcome(lambda: http(server.url).request("GET", "/x", headers=headers))

    assert isinstance(raised, RejectedError)
    assert server.seen == []


def test_text_is_text_whatever_it_is_called(server: Loopback) -> None:
    server.answers(Page(b"up 1\n\xff"))

    assert http(server.url).text("/metrics") == "up 1\n\ufffd"


def test_importing_adapters_costs_no_httpx() -> None:
    modules = "table http open_inference exposition files command file_pager local web hooks router"
    program = "import sys\n" + "\n".join(
        f"import mlrespond.adapters.{name}" for name in modules.split()
    )
    done = subprocess.run(
        [sys.executable, "-c", program + "\nprint('httpx' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "src"},
    )

    assert done.stdout.strip() == "False"


def test_a_request_is_seen_as_it_was_sent(server: Loopback) -> None:
    http(server.url + "/base/").request("PUT", "/x?y=1", json={}, headers={"X-Key": "v"})

    seen: Seen = server.seen[0]
    assert (seen.method, seen.path, seen.headers["x-key"]) == ("PUT", "/base/x?y=1", "v")


def test_no_cookie_is_kept(server: Loopback) -> None:
    server.answers(Page(b"{}", headers={"Set-Cookie": "backend=eu-1; Path=/"}))
    client = http(server.url)

    for _ in range(2):
        client.request("GET", "/x", idempotent=True)

    assert [seen.headers.get("cookie") for seen in server.seen] == [None, None]


def test_a_fresh_question_takes_a_connection_of_its_own(server: Loopback) -> None:
    client = http(server.url)

    for _ in range(3):
        client.answer("GET", "/x", idempotent=True, fresh=True)

    assert server.connections == 3


def test_headers_of_the_caller_replace_ours_however_they_are_written(server: Loopback) -> None:
    http(server.url).request("POST", "/x", json={}, headers={"Content-Type": "text/x"})

    assert server.seen[0].headers["content-type"] == "text/x"
    assert server.seen[0].headers["user-agent"].startswith("mlrespond/")
