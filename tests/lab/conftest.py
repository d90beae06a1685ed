"""Labs for the tests: one for the session that faults are tried on, and fresh ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.lab.observed import Lab, listens, running_in

from mlrespond.lab.down import down
from mlrespond.lab.folder import Folder
from mlrespond.lab.mend import mend
from mlrespond.lab.up import up
from mlrespond.lab.web import App, LoopbackServer


def _stop(lab: Lab) -> None:
    processes = lab.state.processes
    down(lab.root)
    assert [process.name for process in processes if process.alive] == []
    assert running_in(lab.root) == []
    assert [process.name for process in processes if process.port and listens(process.port)] == []


@pytest.fixture(scope="session")
def session_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("lab")
    up(root)
    lab = Lab(Folder(root))
    yield lab
    _stop(lab)


@pytest.fixture
def lab(session_lab: Lab) -> Iterator[Lab]:
    """The session's lab, mended afterwards."""
    yield session_lab
    mend(session_lab.root)


@pytest.fixture
def new_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Starts labs of the test's own."""
    labs: list[Lab] = []

    def start(name: str = "own", rate: float = 60.0) -> Lab:
        root = tmp_path / name
        up(root, rate=rate)
        labs.append(Lab(Folder(root)))
        return labs[-1]

    yield start
    for one in labs:
        _stop(one)


@pytest.fixture
def serve() -> Iterator[Callable[[App], int]]:
    """Serves apps on loopback in this process; returns the port of each."""
    servers: list[LoopbackServer] = []

    def start(app: App, port: int = 0) -> int:
        server = LoopbackServer(app, port)
        server.start()
        servers.append(server)
        return server.port

    yield start
    for server in servers:
        server.stop()
