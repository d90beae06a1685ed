"""What the adapters' tests stand on: a place, a clock, and servers on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.adapters.loopback import Answer, Loopback

from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.testing.clock import FixedClock

TOKEN = "s3cr3t-token"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def secrets(tmp_path: Path) -> EnvSecrets:
    environ = {"TOKEN": TOKEN, "PAIR": "mlir:s3cr3t-pass", "EMPTY": "", "PIN": "1234"}
    return EnvSecrets(tmp_path, environ)


@pytest.fixture
def site(tmp_path: Path, secrets: EnvSecrets, clock: FixedClock) -> Site:
    return Site(
        folder=tmp_path, secrets=secrets, clock=clock, state=tmp_path / "state", service="fraud"
    )


@pytest.fixture
def real_site(tmp_path: Path, secrets: EnvSecrets) -> Site:
    return Site(
        folder=tmp_path,
        secrets=secrets,
        clock=SystemClock(),
        state=tmp_path / "state",
        service="fraud",
    )


@pytest.fixture
def serve() -> Iterator[Callable[..., Loopback]]:
    servers: list[Loopback] = []

    def start(answer: Answer | None = None) -> Loopback:
        servers.append(Loopback(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def server(serve: Callable[..., Loopback]) -> Loopback:
    return serve()
