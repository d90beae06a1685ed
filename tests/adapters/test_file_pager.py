"""Pages and messages in a file."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mlrespond.adapters.file_pager import Config, FilePager, build
from mlrespond.adapters.site import Site
from mlrespond.errors import PortError
from mlrespond.ports.service import Chat, Pager
from mlrespond.testing.contract.chat import ChatContract
from mlrespond.testing.contract.pager import KEY, PagerContract


@pytest.fixture
def path(site: Site) -> Path:
    return site.folder / "pages" / "pages.jsonl"


@pytest.fixture
def pager(site: Site) -> FilePager:
    return build(Config(kind="file", path="pages"), site)


def texts(path: Path) -> list[str]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [one["text"] for one in map(json.loads, lines) if "text" in one]


def acknowledge(path: Path, line: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.with_name("acks.jsonl").open("a") as file:
        file.write(line + "\n")


class TestFilePager(PagerContract):
    @pytest.fixture
    def pager(self, pager: FilePager) -> Pager:
        return pager

    @pytest.fixture
    def pages(self, path: Path) -> Callable[[], list[str]]:
        return lambda: texts(path)

    @pytest.fixture
    def acknowledge(self, path: Path) -> Callable[[str, str], None]:
        def taken(key: str, by: str) -> None:
            line = {"key": key, "by": by, "at": "2026-11-22T03:05:00Z"}
            acknowledge(path, json.dumps(line))

        return taken


class TestFileChat(ChatContract):
    @pytest.fixture
    def chat(self, pager: FilePager) -> Chat:
        return pager

    @pytest.fixture
    def posts(self, path: Path) -> Callable[[], list[str]]:
        return lambda: texts(path.with_name("posts.jsonl"))


def test_a_line_is_a_page_as_the_wire_has_it(pager: FilePager, path: Path) -> None:
    pager.page(KEY, "payments-oncall", "help\nnow")

    assert json.loads(path.read_text()) == {
        "key": KEY,
        "to": "payments-oncall",
        "text": "help\nnow",
        "at": "2026-11-22T03:00:00.000000Z",
    }


def test_a_torn_page_is_no_page(pager: FilePager, path: Path) -> None:
    path.parent.mkdir()
    path.write_text(f'{{"key": "{KEY}", "to": "pay')

    pager.page(KEY, "payments-oncall", "help")

    assert [json.loads(line)["text"] for line in path.read_text().splitlines()[1:]] == ["help"]


def test_many_at_once_page_once(pager: FilePager, path: Path) -> None:
    threads = [threading.Thread(target=pager.page, args=(KEY, "a", "help")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert texts(path) == ["help"]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"key": "x"}',
        f'{{"key": "{KEY}", "by": "ana"}}',
        f'{{"key": "{KEY}", "by": "ana", "at": "03:05"}}',
        f'{{"key": "{KEY}", "by": 7, "at": 7}}',
        f'{{"key": "{KEY}", "by": "", "at": "2026-11-22T03:05:00Z"}}',
    ],
)
def test_what_is_no_acknowledgement_takes_no_page(pager: FilePager, path: Path, line: str) -> None:
    acknowledge(path, line)
    assert pager.acknowledged(KEY) is None

    acknowledge(path, f'{{"key": "{KEY}", "by": "ben", "at": "2026-11-22T03:06:00Z"}}')

    taken = pager.acknowledged(KEY)
    assert taken is not None
    assert taken.by == "ben"


def test_the_first_one_who_took_it_counts(pager: FilePager, path: Path) -> None:
    for name in ("ana", "ben"):
        acknowledge(path, f'{{"key": "{KEY}", "by": "{name}", "at": "2026-11-22T03:06:00Z"}}')

    taken = pager.acknowledged(KEY)
    assert taken is not None
    assert taken.by == "ana"


def test_a_file_that_cannot_be_written_is_a_typed_error(pager: FilePager, path: Path) -> None:
    path.parent.write_text("a file, no folder")

    with pytest.raises(PortError) as raised:
        pager.page(KEY, "a", "help")

    assert raised.value.definite
