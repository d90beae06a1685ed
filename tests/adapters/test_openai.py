"""LLM endpoints and gateways: who answers is what the answer tells, and no change is pretended."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from tests.adapters.conftest import TOKEN
from tests.adapters.gateway import PATH, Gateway
from tests.adapters.loopback import Loopback, Page, Seen, free_port, page

from mlrespond.adapters.openai import Config, build
from mlrespond.adapters.router import build as build_routing
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    NotThereError,
    PortError,
    RejectedError,
    UnsupportedError,
)
from mlrespond.lab.router import Router
from mlrespond.lab.web import LoopbackServer
from mlrespond.model.json import Json
from mlrespond.ports.service import Routing, Serving
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.contract.routing import RoutingContract
from mlrespond.testing.contract.serving import AnsweringContract, LoadingContract

Serve = Callable[..., Loopback]
ROW: Mapping[str, Json] = {"text": "pay me"}
VERSIONS: Json = {
    "6": {"answers_as": "chat-v6", "route": "chat-v6"},
    "5": {"answers_as": "chat-v5", "route": "chat-v5"},
    "4": {"answers_as": "chat-v4"},
}


def config(urls: Mapping[str, str], **more: Json) -> Config:
    written: dict[str, Json] = {
        "kind": "openai",
        "model": "chat",
        "replicas": [{"name": name, "url": url} for name, url in urls.items()],
        "prompt": "Allow or block: {{ row.text }}",
        "versions": VERSIONS,
    }
    return Config.model_validate({**written, **more})


class TestOpenAI(AnsweringContract, LoadingContract):
    @pytest.fixture
    def serving(self, serve: Serve, site: Site) -> Serving:
        urls = {
            "eu-1": serve(Gateway()).url,
            "us-1": serve(Gateway()).url,
            "gone": f"http://127.0.0.1:{free_port()}",
        }
        return build(config(urls), site)

    @pytest.fixture
    def rows(self) -> Sequence[Mapping[str, Json]]:
        return [ROW, {"text": None}]


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def make(serve: Serve, gateway: Gateway, site: Site) -> Callable[..., Serving]:
    url = serve(gateway).url
    return lambda **more: build(config({"a": url}, **more), site)


Make = Callable[..., Serving]


def test_a_deployment_without_a_version_is_called_by_its_own_name(make: Make) -> None:
    assert make(versions={}).served("a").version == "chat-v6"


def test_without_a_gateway_s_header_the_model_of_the_answer_counts(
    serve: Serve, site: Site
) -> None:
    server = serve()
    server.answers(page({"model": "chat-v5", "choices": [{"message": {"content": "x"}}]}))

    assert build(config({"a": server.url}), site).served("a").version == "5"


def test_an_answer_that_names_no_model_leaves_it_unknown(serve: Serve, site: Site) -> None:
    server = serve()
    server.answers(page({"choices": [{"message": {"content": "x"}}]}))

    served = build(config({"a": server.url}), site).served("a")

    assert (served.version, served.ready) == (None, True)
    assert served.error == "the answer names no model"


def test_a_fallback_that_answers_is_told_with_its_name(make: Make, gateway: Gateway) -> None:
    gateway.down = {"chat-v6": {}}

    served = make().served("a")

    assert (served.version, served.ready) == ("chat-small", True)
    assert served.error == "chat-small answers for `chat` after 1 fallback"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"retry-after": "70"}, "70 s"),
        ({"llm_provider-retry-after": "90"}, "90 s"),
        ({"x-ratelimit-reset-requests": "1m30s", "x-ratelimit-remaining-requests": "0"}, "90 s"),
    ],
)
def test_a_limit_that_is_used_up_says_how_long(
    make: Make, gateway: Gateway, headers: Mapping[str, str], told: str
) -> None:
    gateway.down, gateway.fallback = {"chat-v6": headers}, None

    served = make().served("a")

    assert (served.version, served.ready) == (None, False)
    assert "429 this deployment is over its limit" in str(served.error)
    assert f"it asks to wait {told}" in str(served.error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"llm_provider-retry-after": "7"}, 7),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
    ],
)
def test_a_short_wait_is_waited_for(
    serve: Serve, gateway: Gateway, site: Site, headers: Mapping[str, str], seconds: float
) -> None:
    gateway.down, gateway.fallback = {"chat-v6": headers}, None
    clock = site.clock
    assert isinstance(clock, FixedClock)

    def answer(seen: Seen) -> Page:
        found = gateway(seen)
        gateway.down = {}
        return found

    served = build(config({"a": serve(answer).url}), site).served("a")

    assert served.version == "6"
    assert (clock.now() - START).total_seconds() == pytest.approx(seconds)


def test_a_key_that_a_gateway_without_database_does_not_know_is_refused(
    make: Make, gateway: Gateway
) -> None:
    gateway.key = TOKEN

    for call in (lambda: make().served("a"), lambda: make().predict("a", [ROW])):
        with pytest.raises(AccessRefusedError, match="no_db_connection"):
            call()


def test_the_right_key_is_let_in(make: Make, gateway: Gateway) -> None:
    gateway.key = TOKEN

    assert make(auth={"bearer": "env:TOKEN"}).served("a").version == "6"


def test_a_row_is_asked_as_the_prompt_says_at_temperature_0(make: Make, gateway: Gateway) -> None:
    serving = make(system="You judge.", parameters={"seed": 7, "max_tokens": None})

    serving.predict("a", [ROW])

    assert gateway.got == [
        {
            "model": "chat",
            "temperature": 0,
            "seed": 7,
            "messages": [
                {"role": "system", "content": "You judge."},
                {"role": "user", "content": "Allow or block: pay me"},
            ],
        }
    ]


def test_the_probe_asks_for_next_to_nothing(make: Make, gateway: Gateway) -> None:
    make(parameters={"response_format": {"type": "json_object"}}).served("a")

    (asked,) = gateway.got
    assert asked["max_tokens"] == 1
    assert "response_format" not in asked


def test_what_answers_took_is_counted(make: Make) -> None:
    prices = {"chat-v6": {"input": 2.0, "output": 10.0}}

    usage = make(prices=prices).predict("a", [ROW, ROW]).usage

    assert usage is not None
    assert (usage.tokens_in, usage.tokens_out) == (20, 40)
    assert usage.cost == pytest.approx((20 * 2.0 + 40 * 10.0) / 1_000_000)
    assert usage.line() == "20 tokens in, 40 out, cost 0.00044"


def test_a_deployment_without_a_price_has_no_cost(make: Make) -> None:
    usage = make().predict("a", [ROW]).usage

    assert usage is not None
    assert usage.cost is None
    assert usage.line() == "10 tokens in, 20 out"


def test_answers_by_a_fallback_are_counted(make: Make, gateway: Gateway) -> None:
    gateway.down = {"chat-v6": {}}

    predicted = make().predict("a", [ROW, ROW])

    assert predicted.version == "chat-small"
    assert predicted.usage is not None
    assert predicted.usage.fallbacks == 2


@pytest.mark.parametrize(
    ("content", "output"),
    [
        ('{"decision": "block", "p": 0.5}', "block"),
        ('{"decision": "maybe", "p": 0.5}', None),
        ('{"decision": "block", "p": "high"}', None),
        ('{"decision": "block"}', None),
        ('```json\n{"decision": "block", "p": 0.5}\n```', None),
        ('{"decision": "block", "p": NaN}', None),
        ('["block"]', None),
        ("block", None),
        ("", None),
    ],
)
def test_an_answer_out_of_format_is_a_failed_row(
    make: Make, gateway: Gateway, content: str, output: str | None
) -> None:
    gateway.content = content
    fields = {"decision": ["allow", "block"], "p": "number"}

    predicted = make(answer={"format": "json", "field": "decision", "fields": fields}).predict(
        "a", [ROW]
    )

    assert predicted.outputs == (output,)
    assert predicted.failed == (output is None)
    assert predicted.usage is not None
    assert predicted.usage.malformed == (output is None)


def test_an_answer_that_was_cut_off_is_no_answer(make: Make, gateway: Gateway) -> None:
    gateway.finish = "length"

    predicted = make().predict("a", [ROW])

    assert (predicted.outputs, predicted.failed) == ((None,), 1)


def test_a_row_that_is_refused_alone_is_null(make: Make, gateway: Gateway) -> None:
    gateway.refused = {"Allow or block: c"}
    rows: list[Mapping[str, Json]] = [{"text": one} for one in "abcde"]

    predicted = make().predict("a", rows)

    assert predicted.outputs == ("allow", "allow", None, "allow", "allow")
    assert (predicted.failed, predicted.version) == (1, "6")


def test_a_gateway_that_refuses_every_row_is_an_error(make: Make, gateway: Gateway) -> None:
    serving = make(model="nobody", at_once=2)

    with pytest.raises(RejectedError, match="Invalid model name"):
        serving.predict("a", [ROW] * 50)

    assert len(gateway.got) == 10


def test_a_limit_in_the_middle_is_an_error_and_no_failed_row(make: Make, gateway: Gateway) -> None:
    gateway.down, gateway.fallback = {"chat-v6": {"retry-after": "600"}}, None

    with pytest.raises(RejectedError, match="429"):
        make().predict("a", [ROW])


def test_rows_of_two_deployments_are_of_none(serve: Serve, site: Site) -> None:
    gateway, calls = Gateway(), iter(range(100))
    lock = threading.Lock()

    def answer(seen: Seen) -> Page:
        with lock:
            gateway.primary = "chat-v6" if next(calls) % 2 else "chat-v5"
            return gateway(seen)

    assert build(config({"a": serve(answer).url}), site).predict("a", [ROW] * 4).version is None


def test_no_more_calls_are_under_way_than_allowed(serve: Serve, site: Site) -> None:
    gateway, lock = Gateway(), threading.Lock()
    inside, most = 0, 0
    both = threading.Barrier(2)

    def answer(seen: Seen) -> Page:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        both.wait(30)  # the calls do come in twos
        with lock:
            inside -= 1
        return gateway(seen)

    build(config({"a": serve(answer).url}, at_once=2), site).predict("a", [ROW] * 6)

    assert most == 2


def test_another_deployment_on_a_version_s_route_is_found_out(serve: Serve, site: Site) -> None:
    gateway = Gateway()

    def answer(seen: Seen) -> Page:
        asked = json.loads(seen.body)
        sent = json.dumps({**asked, "model": "chat-v6"}).encode()
        return gateway(Seen(seen.method, seen.path, seen.headers, sent))

    serving = build(config({"a": serve(answer).url}), site)

    with pytest.raises(RejectedError, match="6 answers on the route of 5"):
        serving.load("a", "5")
    with pytest.raises(BadReplyError, match="6 answered where 5 was asked for"):
        serving.predict("a", [ROW], "5")


def test_a_version_without_a_route_cannot_be_tried(make: Make) -> None:
    with pytest.raises(UnsupportedError) as raised:
        make().load("a", "4")

    assert "versions: {4: {route:" in raised.value.hint


def test_serving_another_version_is_not_pretended(make: Make, gateway: Gateway) -> None:
    with pytest.raises(UnsupportedError) as raised:
        make().activate("a", "5")

    assert "routes_through" in raised.value.hint
    assert gateway.got == []
    with pytest.raises(NotThereError):
        make().activate("b", "5")


@pytest.mark.parametrize(
    "reply",
    [
        Page(b"<html>login</html>"),
        page({}),
        page({"choices": []}),
        page({"choices": [{"text": "an older API"}]}),
        page({"choices": {"message": {"content": "x"}}}),
        page([]),
        Page(b"", 302, {"Location": "http://127.0.0.1:1/"}),
    ],
)
def test_an_answer_that_makes_no_sense_serves_nothing(
    serve: Serve, site: Site, reply: Page
) -> None:
    server = serve()
    server.answers(reply)
    serving = build(config({"a": server.url}), site)

    served = serving.served("a")

    assert (served.version, served.ready) == (None, False)
    with pytest.raises(PortError):
        serving.predict("a", [ROW])


class TestRemembered:
    def test_the_same_rows_are_not_asked_again(self, make: Make, gateway: Gateway) -> None:
        first = make(cache="1h").predict("a", [ROW])
        gateway.content = "block"
        again = make(cache="1h").predict("a", [ROW])

        assert (first.outputs, again.outputs) == (("allow",), ("allow",))
        assert again.version == "6"
        assert again.usage is not None
        assert again.usage.line() == "0 tokens in, 0 out, 1 remembered"

    def test_another_deployment_s_answers_do_not_count(self, make: Make, gateway: Gateway) -> None:
        make(cache="1h").predict("a", [ROW])
        gateway.primary, gateway.content = "chat-v5", "block"

        again = make(cache="1h").predict("a", [ROW])

        assert (again.version, again.outputs) == ("5", ("block",))

    def test_nothing_is_remembered_unless_asked_for(
        self, make: Make, gateway: Gateway, site: Site
    ) -> None:
        make().predict("a", [ROW])
        gateway.content = "block"

        assert make().predict("a", [ROW]).outputs == ("block",)
        assert not site.state.exists()

    def test_a_fallback_s_answers_are_not_remembered(
        self, make: Make, gateway: Gateway, site: Site
    ) -> None:
        gateway.down = {"chat-v6": {}}

        make(cache="1h").predict("a", [ROW])

        assert not site.state.exists()


class Endpoint:
    """A server of one model, such as vLLM, which calls itself by its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, seen: Seen) -> Page:
        if seen.path != PATH:
            return page({"detail": "Not Found"}, 404)
        return page({"model": self._name, "choices": [{"message": {"content": "allow"}}]})


class TestThroughTheLabRouter(RoutingContract):
    @pytest.fixture
    def routing(self, serve: Serve, site: Site) -> Iterator[Routing]:
        ports = {name: serve(Endpoint("chat-v6")).port for name in ("eu-1", "us-1")}
        router = Router(ports, {"rules-v1": serve(Endpoint("rules-v1")).port})
        server = LoopbackServer(router.answer, 0)
        server.start()
        try:
            url = f"http://127.0.0.1:{server.port}"
            yield build_routing(config({"eu-1": url}, routes_through=url), site)
        finally:
            server.stop()
            router.close()
