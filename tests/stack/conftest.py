"""One MLflow, two Tritons, two MLServers, a Prometheus and an Alertmanager, started when asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.adapters.loopback import Loopback, Page
from tests.stack.servers import launched, running, tell

from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.lab.fit import examples, fit
from mlrespond.lab.model import Model
from mlrespond.lab.stack import mlflow, mlserver, prometheus, triton
from mlrespond.lab.stack.server import Launch, url

PASSWORD = "correct-horse-battery"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        folder=tmp_path,
        secrets=EnvSecrets(tmp_path, dict(os.environ)),
        clock=SystemClock(),
        state=tmp_path / "state",
        service="fraud-scorer",
    )


@pytest.fixture(scope="session")
def models() -> dict[str, Model]:
    """Return versions: 5 and 6 are sound, 7 was released with its columns in another order."""
    five, six = (fit(examples(seed, 1500), seed=seed) for seed in (5, 6))
    return {"5": five, "6": six, "7": replace(six, defect="column-order")}


@pytest.fixture(scope="session")
def mlflow_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("mlflow")
    launch = launched(lambda: mlflow.launch(home, tell))
    with running([launch], home) as (server,):
        yield url(server)


@pytest.fixture(scope="session")
def guarded_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return an MLflow that wants a login: admin, with PASSWORD."""
    home = tmp_path_factory.mktemp("guarded")
    launch = launched(lambda: mlflow.launch(home, tell, name="guarded", password=PASSWORD))
    with running([launch], home) as (server,):
        yield url(server)


@pytest.fixture(scope="session")
def triton_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("triton")


@pytest.fixture(scope="session")
def triton_urls(triton_home: Path, models: dict[str, Model]) -> Iterator[dict[str, str]]:
    """Return two replicas by name; each has a repository of its own, and serves version 6."""
    home = triton_home
    launches = [_triton(home / name, name, models) for name in ("eu-1", "us-1")]
    with running(launches, home) as servers:
        yield {one.name: url(one) for one in servers}


@pytest.fixture(scope="session")
def mlserver_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mlserver")


@pytest.fixture(scope="session")
def mlserver_urls(mlserver_home: Path, models: dict[str, Model]) -> Iterator[dict[str, str]]:
    """Return two replicas by name, which share their artefacts; each serves version 6."""
    artefacts = mlserver_home / "artefacts"
    for version, model in models.items():
        mlserver.write_artefact(artefacts, version, model)
    launches = [_mlserver(mlserver_home / name, name, artefacts) for name in ("eu-1", "us-1")]
    with running(launches, mlserver_home) as servers:
        yield {one.name: url(one) for one in servers}


@pytest.fixture(scope="session")
def pages() -> Iterator[Loopback]:
    """Return what Prometheus scrapes."""
    server = Loopback()
    page = b'requests_total{version="6"} 120\nrequests_total{version="5"} 0\nbroken NaN\n'
    server.answers(Page(page))
    yield server
    server.close()


@pytest.fixture(scope="session")
def prometheus_url(tmp_path_factory: pytest.TempPathFactory, pages: Loopback) -> Iterator[str]:
    home = tmp_path_factory.mktemp("prometheus")
    port = int(pages.url.rpartition(":")[2])
    launch = launched(lambda: prometheus.launch(home, {"lab": {"eu-1": port}}))
    with running([launch], home) as (server,):
        yield url(server)


def _triton(home: Path, name: str, models: dict[str, Model]) -> Launch:
    triton.write_model(home / "repository", models, "6")
    return launched(lambda: triton.launch(home / "repository", home, tell, name=name))


def _mlserver(home: Path, name: str, artefacts: Path) -> Launch:
    return launched(lambda: mlserver.launch(home, artefacts, "6", tell, name=name))
