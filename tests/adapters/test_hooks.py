"""Restarts by the team's own commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.adapters.loopback import Loopback, Page
from tests.adapters.replica import Replica

from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.hooks import build
from mlrespond.adapters.site import Site
from mlrespond.errors import InvalidInputError, UnreachableError
from mlrespond.model.service import Serving
from mlrespond.ports.service import Hooks
from mlrespond.testing.contract.hooks import HooksContract

Serve = Callable[..., Loopback]
RESTART = """
import sys
if sys.argv[1] == "bad-1":
    sys.exit("cannot restart")
open("restarted", "a").write(sys.argv[1] + "\\n")
"""


def hooks_of(url: str, site: Site, restart: list[str]) -> Hooks:
    serving = Serving.model_validate(
        {
            "kind": "x",
            "model": "fraud",
            "replicas": [{"name": name, "url": url} for name in ("eu-1", "us-1", "bad-1")],
            "hooks": {"restart": restart},
        }
    )
    return build(serving, site, SystemCommands(site.folder))


class TestTeamHooks(HooksContract):
    @pytest.fixture
    def hooks(self, serve: Serve, site: Site) -> Hooks:
        command = [sys.executable, "-c", RESTART, "{{ replica }}"]
        return hooks_of(serve(Replica()).url, site, command)

    @pytest.fixture
    def hookless(self, serve: Serve, site: Site) -> Hooks:
        return hooks_of(serve(Replica()).url, site, [])

    @pytest.fixture
    def restarted(self, site: Site) -> Callable[[], list[str]]:
        path = site.folder / "restarted"
        return lambda: path.read_text().split() if path.exists() else []


def test_the_start_is_read_from_the_metrics(serve: Serve, site: Site) -> None:
    hooks = hooks_of(serve(Replica()).url, site, [])

    assert hooks.started_at("eu-1") == datetime.fromtimestamp(1795413600, UTC)


@pytest.mark.parametrize(
    "reply",
    [
        Page(b"up 1\n"),
        Page(b"process_start_time_seconds NaN\n"),
        Page(b"process_start_time_seconds 1e300\n"),
        Page(b"<html>"),
        Page(b"", 404),
    ],
)
def test_a_start_that_is_not_told_is_unknown(server: Loopback, site: Site, reply: Page) -> None:
    server.answers(reply)

    assert hooks_of(server.url, site, []).started_at("eu-1") is None


def test_a_command_that_does_not_exist_restarted_nothing(server: Loopback, site: Site) -> None:
    with pytest.raises(UnreachableError):
        hooks_of(server.url, site, ["no-such-command", "{{ replica }}"]).restart("eu-1")


def test_a_template_that_cannot_be_filled_is_said_at_once(server: Loopback, site: Site) -> None:
    with pytest.raises(InvalidInputError):
        hooks_of(server.url, site, ["systemctl", "{{ replica"])
