"""Apprise, really sending: to a server of ours, by its JSON notification."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.adapters.loopback import Loopback, Page, free_port

from mlrespond.adapters.apprise import Apprise, Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, NoAnswerError, UnsupportedError
from mlrespond.ports.service import Chat
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.chat import ChatContract


def sender(address: str, site: Site, clock: FixedClock) -> Apprise:
    secrets = EnvSecrets(site.folder, {"ADDRESS": address})
    here = Site(folder=site.folder, secrets=secrets, clock=clock, state=site.state, service="fraud")
    return build(Config(kind="apprise", urls=["env:ADDRESS"]), here)


@pytest.fixture
def chat(server: Loopback, site: Site, clock: FixedClock) -> Chat:
    server.answers(Page(b"{}"))
    return sender(f"json://127.0.0.1:{server.port}/", site, clock)


class TestApprise(ChatContract):
    @pytest.fixture
    def posts(self, server: Loopback) -> Callable[[], list[str]]:
        return lambda: [seen.json["message"] for seen in server.seen]


def test_a_page_names_whom_it_is_for(server: Loopback, site: Site, clock: FixedClock) -> None:
    server.answers(Page(b"{}"))

    sender(f"json://127.0.0.1:{server.port}/", site, clock).page("k", "payments-ml", "help")

    assert server.seen[0].json["title"] == "fraud: page for payments-ml"


def test_what_could_not_be_sent_is_not_known_to_have_arrived(site: Site, clock: FixedClock) -> None:
    with pytest.raises(NoAnswerError):
        sender(f"json://127.0.0.1:{free_port()}/", site, clock).page("k", "payments-ml", "help")


def test_what_is_no_address_is_refused_and_not_shown(site: Site, clock: FixedClock) -> None:
    with pytest.raises(AccessRefusedError) as raised:
        sender("nonsense-with-a-password", site, clock).post("k", "ops", "help")

    assert "nonsense" not in raised.value.message


def test_nobody_can_be_seen_to_take_a_page(site: Site, clock: FixedClock) -> None:
    with pytest.raises(UnsupportedError) as raised:
        sender("json://127.0.0.1/", site, clock).acknowledged("k")

    assert "mlir ack" in raised.value.hint
