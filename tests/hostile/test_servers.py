"""Whatever a system answers, the whole program ends in time, and the timeline is whole."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import pytest
from tests.adapters import loopback
from tests.adapters.loopback import Answer, Page, Seen
from tests.adapters.replica import Replica
from tests.hostile.town import Said, Town

HTML = b"<!doctype html><title>502</title><script>x()</script><h1>Bad gateway</h1>"
DEEP = b"[" * 60_000 + b"]" * 60_000


def always(body: bytes, status: int = 200, **headers: str) -> Answer:
    """Return an answer that does not depend on what was asked."""
    return lambda _: Page(body, status, {"Content-Type": "application/json", **headers})


def with_output(data: object, **more: object) -> Answer:
    """Return replies to inferences that name version 6, with any data."""
    told = {"name": "decision", "shape": [1], "datatype": "BYTES", "data": data}
    body = {"model_version": "6", "versions": ["6"], "outputs": [told], **more}
    return lambda _: Page(json.dumps(body).encode())


ODD: Mapping[str, Answer] = {
    "html": always(HTML),
    "html and 502": always(HTML, 502),
    "an html login and 401": always(HTML, 401),
    "truncated json": always(b'{"versions": ["6", "model_ver'),
    "a list": always(b'[1, "2", null]'),
    "a number": always(b"42"),
    "a bare text": always(b'"6"'),
    "wrong types": always(
        b'{"model_version": {"a": 1}, "outputs": "x", "versions": 6, "to": [], "share": "all"}'
    ),
    "nulls": always(b'{"model_version": null, "outputs": null, "versions": null, "to": null}'),
    "nan": always(b'{"model_version": NaN, "share": Infinity, "outputs": [{"data": [-Infinity]}]}'),
    "nan in texts": with_output(["NaN"], share="NaN", to="Infinity"),
    "a huge number": always(b'{"share": 1e999, "model_version": ' + b"9" * 6000 + b"}"),
    "nested too deep": always(DEEP),
    "empty": always(b""),
    "204": always(b"", 204),
    "blanks": always(b" \n\t "),
    "no utf-8": always(b'{"model_version": "\xff\xfe", "to": "\xc3"}'),
    "a lone surrogate": with_output(["\ud800"], model_version="\ud800", to="\udfff"),
    "control characters": with_output(["\x00\x1b[2J"], model_version="\x1b]0;x\x07", to="\x00"),
    "outputs too many": with_output(["allow"] * 1000),
    "packed": always(b"\x1f\x8b\x08", 200, **{"Content-Encoding": "gzip"}),
    "a wrong version": with_output(["allow"], model_version="999"),
    "retry after a year": always(b"", 503, **{"Retry-After": "31536000"}),
    "429": always(b'{"error": "slow down"}', 429),
    "500 with a trace": always(b"Traceback (most recent call last):\n  boom", 500),
    "infinities in metrics": always(
        b'requests_total{version="6"} +Inf\nerrors_total{version="6"} NaN\nx -Inf 1e999\n'
    ),
    "nothing": lambda _: loopback.silence,
    "closed at once": lambda _: loopback.hang_up,
    "reset": lambda _: loopback.reset,
    "cut off": lambda _: loopback.cut,
    "a dripping body": lambda _: loopback.drip_body,
    "dripping headers": lambda _: loopback.drip_headers,
    "an endless body": lambda _: loopback.endless,
    "no http": lambda _: loopback.no_http,
    "a status line alone": lambda _: loopback.raw(b"HTTP/1.1 200 OK\r\n"),
    "an absurd length": lambda _: loopback.raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}"
    ),
    "many headers": lambda _: loopback.raw(
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n"
    ),
}
LOOKS_S = 30.0  # the limits inside are of seconds; the machine may be busy
RUN_S = 60.0


def sound(town: Town, said: Said, within_s: float, began: float) -> None:
    """A command line ended well: in time, not as a bug, and the timeline is whole."""
    took = time.monotonic() - began
    assert took < within_s, f"{said.args} took {took:.1f}s"
    assert said.code in {0, 1, 4, 7, 8, 9}, said.all
    assert "Traceback (most" not in said.err.replace("Traceback (most recent call last): boom", "")
    assert " bug" not in said.all
    assert "\x1b" not in said.all
    if town.timeline.exists():
        audited = town.mlir("audit")
        assert audited.code == 0, audited.all


@pytest.mark.parametrize("name", ODD)
def test_a_look_at_servers_that_answer_oddly_is_inconclusive(town: Town, name: str) -> None:
    town.hurry()
    town.servers.misbehave(ODD[name])

    began = time.monotonic()

    said = town.mlir("diagnose", "--json")

    sound(town, said, LOOKS_S, began)
    assert said.code in {1, 4, 9}, f"nothing wrong was found: {said.all}"


@pytest.mark.parametrize("name", ODD)
def test_a_run_against_servers_that_answer_oddly_ends_in_time(town: Town, name: str) -> None:
    town.hurry()
    town.servers.misbehave(ODD[name])
    began = time.monotonic()

    said = town.respond("--json")

    sound(town, said, RUN_S, began)
    assert said.code != 0, said.out
    kinds = {kind for (kind,) in town.rows("SELECT DISTINCT kind FROM event")}
    assert {"incident_opened", "run_requested", "step_finished", "run_ended"} <= kinds
    for (data,) in town.rows("SELECT data FROM body"):
        assert "this is a bug" not in str(data)
    assert town.mlir("postmortem", "--stdout").code == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(town: Town, status: int) -> None:
    """Not to another port of this host, and not with the token in hand."""
    elsewhere = f"{town.servers.other.url}/steal"
    town.servers.misbehave(always(b"", status, Location=elsewhere))
    town.servers.other.answers(Page(b'{"version": "6", "to": "primary", "share": 100}'))

    looked = town.mlir("diagnose")
    ran = town.respond("--set", f"url={town.servers.router.url}/x")

    assert looked.code in {1, 9}
    assert ran.code != 0
    assert town.servers.other.seen == []
    assert town.servers.replica.seen
    assert f"{status}, points to {elsewhere}" in looked.out
    assert town.mlir("audit").code == 0


@pytest.mark.parametrize("name", ["html", "nothing", "reset", "wrong types"])
def test_a_server_that_turns_bad_in_the_middle_leaves_the_truth(town: Town, name: str) -> None:
    """It answers until the change was sent: what came of it is unknown or failed, never ok."""
    town.hurry()
    replica = Replica()

    def answer(seen: Seen) -> Page | loopback.Wire:
        loaded = any(one.path.endswith("/load") for one in town.servers.replica.seen)
        return ODD[name](seen) if loaded else replica(seen)

    town.servers.replica.answers(answer)
    began = time.monotonic()

    said = town.respond("--json")

    sound(town, said, RUN_S, began)
    steps = said.json["steps"]
    assert isinstance(steps, dict)
    assert steps["back"]["outcome"] in {"failed", "unknown"}
