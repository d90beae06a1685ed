"""Draining by the team's own commands, which set a file as a balancer's command sets its state."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.drain_hooks import build
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    BadReplyError,
    InvalidInputError,
    PortError,
    RejectedError,
    UnreachableError,
)
from mlrespond.model.reading import Route
from mlrespond.model.service import Serving
from mlrespond.ports.service import Routing
from mlrespond.testing.contract.routing import DrainingContract

BALANCER = """
import pathlib, sys
state = pathlib.Path("drained")
found = set(state.read_text().split()) if state.exists() else set()
match sys.argv[1:]:
    case ["drain", name]:
        found.add(name)
    case ["undrain", name]:
        found.discard(name)
    case ["drained"]:
        print(*sorted(found), sep="\\n")
    case _:
        sys.exit("what?")
state.write_text(" ".join(sorted(found)))
"""


def balancer(*words: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", BALANCER, *words]


def drains(site: Site, **hooks: Sequence[str]) -> Routing:
    written = {
        "drain": balancer("drain", "{{ replica }}"),
        "undrain": balancer("undrain", "{{ replica }}"),
        "drained": balancer("drained"),
        **hooks,
    }
    replicas = [{"name": name, "url": "http://127.0.0.1:9"} for name in ("eu-1", "us-1")]
    serving = {"kind": "x", "model": "fraud", "replicas": replicas, "hooks": written}
    return build(Serving.model_validate(serving), SystemCommands(site.folder))


class TestDrainHooks(DrainingContract):
    @pytest.fixture
    def routing(self, site: Site) -> Routing:
        return drains(site)


def test_hooks_drain_and_route_nowhere(site: Site) -> None:
    with pytest.raises(RejectedError) as raised:
        drains(site).set_route(Route(to="rules-v1"))

    assert "routes_through" in raised.value.hint
    assert drains(site).answered_by() is None


def test_a_balancer_that_talks_of_something_else_is_not_believed(site: Site) -> None:
    chatty = drains(site, drained=["echo", "us-1 is drained"])

    with pytest.raises(BadReplyError, match="printed `drained`, which is no replica"):
        chatty.route()


def test_a_drain_that_fails_may_have_drained(site: Site) -> None:
    failing = drains(site, drain=["sh", "-c", "echo $0; exit 3", "{{ replica }}"])

    with pytest.raises(PortError, match=r"`sh` for us-1: us-1 \(exit 3\)") as raised:
        failing.set_route(Route(to="primary", drained=("us-1",)))

    assert not raised.value.definite


def test_a_command_that_does_not_exist_drained_nothing(site: Site) -> None:
    with pytest.raises(UnreachableError):
        drains(site, drained=["no-such-command"]).route()


def test_a_template_that_cannot_be_filled_is_said_at_once(site: Site) -> None:
    with pytest.raises(InvalidInputError):
        drains(site, undrain=["balancer", "{{ replica"])
