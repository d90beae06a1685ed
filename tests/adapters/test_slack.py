"""Slack's incoming webhooks: the text arrives as text, and the address is never told."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from tests.adapters.loopback import Loopback, Page, free_port

from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.slack import Config, build
from mlrespond.errors import AccessRefusedError, PortError, RejectedError
from mlrespond.ports.service import Chat
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.chat import ChatContract

PATH = "/services/T0000/B0000/XXXXsecretXXXX"


def channel(address: str, site: Site, clock: FixedClock) -> Chat:
    secrets = EnvSecrets(site.folder, {"HOOK": address})
    here = Site(folder=site.folder, secrets=secrets, clock=clock, state=site.state, service="fraud")
    return build(Config(kind="slack", webhook="env:HOOK"), here)


@pytest.fixture
def chat(server: Loopback, site: Site, clock: FixedClock) -> Chat:
    server.answers(Page(b"ok"))
    return channel(f"{server.url}{PATH}", site, clock)


class TestSlack(ChatContract):
    @pytest.fixture
    def posts(self, server: Loopback) -> Callable[[], list[str]]:
        return lambda: [unescape(seen.json["text"]) for seen in server.seen]


def test_markup_stays_text(chat: Chat, server: Loopback) -> None:
    chat.post("1", "ops", "<!channel> <http://evil|click> & more")

    (seen,) = server.seen
    assert seen.path == PATH
    assert seen.json["text"] == "&lt;!channel&gt; &lt;http://evil|click&gt; &amp; more"


def test_a_long_message_is_cut(chat: Chat, server: Loopback) -> None:
    chat.post("1", "ops", "x" * 9000)

    assert len(server.seen[0].json["text"]) == 3000


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, b"invalid_payload"), (404, b"channel_not_found"), (410, b"channel_is_archived")],
)
def test_a_refusal_is_told_without_the_address(
    chat: Chat, server: Loopback, status: int, body: bytes
) -> None:
    server.answers(Page(body, status))

    with pytest.raises(PortError) as raised:
        chat.post("1", "ops", "hello")

    assert body.decode() in raised.value.message
    assert "secret" not in raised.value.message


def test_it_is_sent_once_although_it_fails(chat: Chat, server: Loopback) -> None:
    server.answers(Page(b"rollup_error", 500))

    with pytest.raises(PortError):
        chat.post("1", "ops", "hello")

    assert len(server.seen) == 1


@pytest.mark.parametrize("answer", ["nobody", "nonsense", "ftp://example.org/x"])
def test_an_address_that_does_not_work_is_never_shown(
    site: Site, clock: FixedClock, answer: str
) -> None:
    address = f"http://127.0.0.1:{free_port()}{PATH}" if answer == "nobody" else answer

    with pytest.raises(PortError) as raised:
        channel(address, site, clock).post("1", "ops", "hello")

    assert address not in raised.value.message
    assert "secret" not in raised.value.message.replace("the secret of", "")


def test_too_many_messages_are_a_refusal(chat: Chat, server: Loopback) -> None:
    server.answers(Page(b"rate_limited", 429, {"Retry-After": "1"}))

    with pytest.raises(RejectedError):
        chat.post("1", "ops", "hello")


def test_a_webhook_that_is_not_set_is_refused(site: Site, clock: FixedClock) -> None:
    with pytest.raises(AccessRefusedError):
        channel("", site, clock).post("1", "ops", "hello")
