"""A router over HTTP, and a service without one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.adapters.loopback import Loopback, Page, page
from tests.adapters.replica import Router

from mlrespond.adapters.open_inference import Config
from mlrespond.adapters.router import build
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, UnsupportedError
from mlrespond.model.reading import Route
from mlrespond.model.service import Serving
from mlrespond.ports.service import Routing
from mlrespond.testing.contract.routing import RoutingContract

PROBE = {"amount": 12.5}


def through(url: str | None, **more: object) -> Serving:
    written = {"kind": "x", "model": "fraud", "routes_through": url, **more}
    return Serving.model_validate(written)


class TestRouter(RoutingContract):
    @pytest.fixture
    def routing(self, serve: Callable[..., Loopback], site: Site) -> Routing:
        return build(through(serve(Router()).url, probe=PROBE), site)


@pytest.mark.parametrize(
    "reply",
    [
        Page(),
        Page(b"<html>"),
        page({}),
        page({"to": "primary"}),
        page({"to": "", "share": 100, "drained": []}),
        page({"to": "primary", "share": "100", "drained": []}),
        page({"to": "primary", "share": True, "drained": []}),
        page({"to": "primary", "share": 101, "drained": []}),
        page({"to": "primary", "share": 100, "drained": "eu-1"}),
        page({"to": "primary", "share": 100, "drained": [1]}),
    ],
)
def test_what_is_no_route_is_a_bad_reply(server: Loopback, site: Site, reply: Page) -> None:
    server.answers(reply)

    with pytest.raises(BadReplyError):
        build(through(server.url), site).route()


def test_a_router_may_answer_a_change_with_nothing(server: Loopback, site: Site) -> None:
    server.answers(Page(b"", 204))

    build(through(server.url), site).set_route(Route(to="rules-v1"))

    assert server.seen[0].json == {"to": "rules-v1", "share": 100, "drained": []}


def test_a_router_that_sets_another_route_is_a_bad_reply(server: Loopback, site: Site) -> None:
    server.answers(page({"to": "primary", "share": 100, "drained": []}))

    with pytest.raises(BadReplyError, match="set another"):
        build(through(server.url), site).set_route(Route(to="rules-v1"))


def test_the_router_has_a_login_of_its_own(server: Loopback, site: Site) -> None:
    server.answers(page({"to": "primary", "share": 100, "drained": []}))
    (site.folder / "router").write_text("of-the-router")
    auth = {"bearer": "file:replicas"}

    build(through(server.url, auth=auth, routes_auth={"bearer": "file:router"}), site).route()
    build(through(server.url, auth=auth), site).route()

    assert server.seen[0].headers["authorization"] == "Bearer of-the-router"
    assert "authorization" not in server.seen[1].headers


def test_without_a_router_nothing_can_be_routed(site: Site) -> None:
    routing = build(through(None), site)

    for call in (
        routing.route,
        routing.answered_by,
        lambda: routing.set_route(Route(to="primary")),
    ):
        with pytest.raises(UnsupportedError) as raised:
            call()
        assert "routes_through" in raised.value.hint


def test_without_a_probe_nobody_knows_what_to_ask(server: Loopback, site: Site) -> None:
    with pytest.raises(UnsupportedError) as raised:
        build(through(server.url), site).answered_by()

    assert "serving.probe" in raised.value.hint
    assert server.seen == []


def test_the_configuration_of_a_replica_s_protocol_will_do(server: Loopback, site: Site) -> None:
    server.answers(page({"model_version": "7", "outputs": [{"name": "p", "data": [0.5]}]}))
    written = {"kind": "open_inference", "model": "fraud", "routes_through": server.url}
    config = Config.model_validate({**written, "probe": PROBE, "timeout": "3s"})

    assert build(config, site).answered_by() == "7"


@pytest.mark.parametrize("reply", [Page(b"", 503), Page(b"<html>"), page({}), Page(b"{}", 500)])
def test_a_router_that_forwards_nothing_is_an_error(
    server: Loopback, site: Site, reply: Page
) -> None:
    server.answers(reply)

    with pytest.raises(BadReplyError):
        build(through(server.url, probe=PROBE), site).answered_by()
