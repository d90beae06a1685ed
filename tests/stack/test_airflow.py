"""Trainings by a real Airflow, behind a login."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.adapters.ending import ended as gone
from tests.stack.keyed import BEGIN, FREEZE, PASSWORD, Keys, with_secret
from tests.stack.listening import beyond_loopback
from tests.stack.servers import launched, running, tell

from mlrespond.adapters.airflow import Config, build
from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import AccessRefusedError, NotThereError, PortError
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.process import LabProcess
from mlrespond.lab.stack import airflow
from mlrespond.lab.stack.server import url
from mlrespond.model.json import record, text
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import KEY, WINDOW, PipelineContract

pytestmark = [pytest.mark.stack_slow, pytest.mark.xdist_group("airflow")]

DAGS = (
    BEGIN
    + """
from airflow.sdk import dag, get_current_context, task

def made(name, work):
    @dag(dag_id=name, schedule=None)
    def training():
        @task
        def train():
            begin(get_current_context()["dag_run"].conf["key"])
            return work()

        train()

    training()

def good():
    time.sleep(0.5)
    return {{"version": "7"}}

def failing():
    raise RuntimeError("no memory")

def endless():
    while True:
        time.sleep(0.2)

for work in (good, failing, endless):
    made(work.__name__, work)
"""
)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow")


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[LabProcess]:
    dags = {"trainings": DAGS.format(began=str(home / "began"))}
    launch = launched(lambda: airflow.launch(home, dags, PASSWORD, tell))
    with running([launch], home) as (server,):
        assert wait_until(lambda: knows_dags(url(server)), within_s=90, every_s=0.5)
        yield server


def knows_dags(address: str) -> bool:
    """Return whether all DAGs were found, and somebody schedules them."""
    http = Http(address, clock=SystemClock())
    body = {"username": airflow.USER, "password": PASSWORD}
    try:
        token = text(record(http.request("POST", "/auth/token", json=body).body)["access_token"])
        headers = {"authorization": f"Bearer {token}"}
        for dag in ("good", "failing", "endless"):
            http.request("GET", f"/api/v2/dags/{dag}", headers=headers)
        health = record(http.request("GET", "/api/v2/monitor/health").body)
    except PortError:
        return False
    return record(health["scheduler"])["status"] == "healthy"


def made(server: LabProcess, dag: str, site: Site, password: str = PASSWORD) -> Pipeline:
    config = Config(
        kind="airflow",
        url=url(server),
        dag=dag,
        login="env:LOGIN",
        result_task="train",
        freeze=FREEZE,
    )
    return build(config, with_secret(site, f"{airflow.USER}:{password}"))


@pytest.fixture
def keys(home: Path) -> Keys:
    return Keys(home / "began")


class TestAirflow(PipelineContract):
    patience_s = 90.0

    @pytest.fixture
    def pipeline(self, server: LabProcess, site: Site, keys: Keys) -> Pipeline:
        return keys.of(made(server, "good", site))

    @pytest.fixture
    def failing(self, server: LabProcess, site: Site, keys: Keys) -> Pipeline:
        return keys.of(made(server, "failing", site))

    @pytest.fixture
    def endless(self, server: LabProcess, site: Site, keys: Keys) -> Pipeline:
        return keys.of(made(server, "endless", site))

    @pytest.fixture
    def trainings(self, keys: Keys) -> Callable[[], int]:
        return keys.count


def test_a_wrong_password_is_refused(server: LabProcess, site: Site) -> None:
    with pytest.raises(AccessRefusedError):
        made(server, "good", site, "guessed").start(KEY, "snap-1", WINDOW)


def test_a_dag_that_is_not_there_is_said(server: LabProcess, site: Site) -> None:
    with pytest.raises(NotThereError, match="nope"):
        made(server, "nope", site).start(KEY, "snap-1", WINDOW)


def test_cancelling_ends_what_trains(server: LabProcess, site: Site, keys: Keys) -> None:
    endless = keys.of(made(server, "endless", site))
    endless.start(KEY, "snap-1", WINDOW)
    assert wait_until(lambda: keys.count() == 1, within_s=60)

    endless.cancel(KEY)

    assert endless.status(KEY).state == "cancelled"
    assert gone(keys.pids()[0], within_s=60)


def test_an_odd_key_is_a_name_that_airflow_takes(server: LabProcess, site: Site) -> None:
    pipeline = made(server, "endless", site)
    key = "é b/" * 100

    pipeline.start(key, "snap-1", WINDOW)

    assert pipeline.status(key).state == "running"
    pipeline.cancel(key)


def test_nothing_of_it_listens_beyond_this_machine(server: LabProcess) -> None:
    assert beyond_loopback(server.pid) == []
