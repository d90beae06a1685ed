"""Servers are started once a module; each test has a fresh project, and its own state folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hostile.town import Servers, Town, build


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    started = Servers()
    yield started
    started.close()


@pytest.fixture
def town(tmp_path: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("MLRESPOND_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("MLRESPOND_TIMELINE", raising=False)
    monkeypatch.delenv("MLRESPOND_PROJECT", raising=False)
    return build(tmp_path, servers)
