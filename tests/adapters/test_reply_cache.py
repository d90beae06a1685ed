"""Remembered replies: for one deployment and body, for a while, and never with a secret in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.adapters.conftest import TOKEN

from mlrespond.adapters import reply_cache
from mlrespond.adapters.reply_cache import ReplyCache
from mlrespond.adapters.site import Site
from mlrespond.model.json import Record
from mlrespond.model.service import Auth
from mlrespond.testing.clock import FixedClock

REPLY: Record = {"predictions": [1, 0.5, "é"]}
ASKED = ("http://a:1", "6", {"row": 1})


@pytest.fixture
def cache(site: Site) -> ReplyCache:
    found = reply_cache.build("10s", site, Auth(bearer="env:TOKEN", basic="env:PAIR"))
    assert found is not None
    return found


def files(site: Site) -> list[Path]:
    return list((site.state / "replies").rglob("*.json"))


def test_a_reply_comes_back_for_the_same_address_deployment_and_body(cache: ReplyCache) -> None:
    cache.put(*ASKED, REPLY)

    assert cache.get(*ASKED) == REPLY
    assert cache.get("http://a:2", "6", {"row": 1}) is None
    assert cache.get("http://a:1", "5", {"row": 1}) is None
    assert cache.get("http://a:1", "6", {"row": 2}) is None


def test_another_process_of_the_same_service_knows_it(cache: ReplyCache, site: Site) -> None:
    cache.put(*ASKED, REPLY)

    again = reply_cache.build("10s", site, None)

    assert again is not None
    assert again.get(*ASKED) == REPLY


def test_a_reply_is_forgotten_after_a_while(cache: ReplyCache, clock: FixedClock) -> None:
    cache.put(*ASKED, REPLY)

    clock.advance(9)
    assert cache.get(*ASKED) == REPLY

    clock.advance(1)
    assert cache.get(*ASKED) is None


def test_a_reply_from_the_future_does_not_count(cache: ReplyCache, clock: FixedClock) -> None:
    began = clock.now()
    clock.advance(100)
    cache.put(*ASKED, REPLY)

    clock.turn(began)

    assert cache.get(*ASKED) is None


@pytest.mark.parametrize("said", [TOKEN, "mlir:s3cr3t-pass", "s3cr3t-pass"])
def test_a_reply_with_a_secret_in_it_is_not_kept(cache: ReplyCache, site: Site, said: str) -> None:
    cache.put(*ASKED, {"echo": f"you sent {said}!"})

    assert cache.get(*ASKED) is None
    assert files(site) == []


def test_a_long_reply_is_not_kept(cache: ReplyCache, site: Site) -> None:
    cache.put(*ASKED, {"text": "x" * 70_000})

    assert files(site) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"at": 1}', b'{"at": "x", "reply": {}}'])
def test_a_file_that_makes_no_sense_is_as_none(
    cache: ReplyCache, site: Site, content: bytes
) -> None:
    cache.put(*ASKED, REPLY)
    (file,) = files(site)
    file.write_bytes(content)

    assert cache.get(*ASKED) is None


def test_the_oldest_make_room(cache: ReplyCache, site: Site) -> None:
    cache.put(*ASKED, REPLY)
    folder = files(site)[0].parent
    for n in range(1010):
        (folder / f"{n}.json").touch()

    cache.put("http://a:1", "6", {"row": 2}, REPLY)

    assert len(files(site)) == 1000


def test_a_folder_that_cannot_be_made_does_no_harm(cache: ReplyCache, site: Site) -> None:
    site.state.parent.mkdir(exist_ok=True)
    site.state.write_text("a file")

    cache.put(*ASKED, REPLY)

    assert cache.get(*ASKED) is None


def test_nothing_is_built_unless_asked_for(site: Site) -> None:
    assert reply_cache.build(None, site, None) is None
