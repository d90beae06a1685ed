"""A shop for each test, and what a command said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.shop import Shop, open_shop
from tests.cli.typist import Sit, Typist


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's or this user's settings bears on a test."""
    for name in ("MLRESPOND_PROJECT", "MLRESPOND_TIMELINE", "MLRESPOND_DEBUG", "CI", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLRESPOND_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("MLRESPOND_AS", "ana")
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    folder.mkdir()
    opened, servers = open_shop(folder)
    yield opened
    opened.close()
    for one in servers:
        one.close()


@pytest.fixture
def sit(shop: Shop) -> Iterator[Sit]:
    people: list[Typist] = []

    def down(*args: str, columns: int = 0, **environ: str) -> Typist:
        people.append(Typist(shop, *args, columns=columns, **environ))
        return people[-1]

    yield down
    for one in people:
        one.close()
