"""Trainings by jobs of a real Ray, in a network of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.stack.keyed import BEGIN, FREEZE, Keys
from tests.stack.listening import beyond_loopback
from tests.stack.servers import launched, running, tell

from mlrespond.adapters.ray import Config, build
from mlrespond.adapters.site import Site
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.process import LabProcess
from mlrespond.lab.session import members
from mlrespond.lab.stack import ray
from mlrespond.lab.stack.server import url
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import KEY, WINDOW, PipelineContract, ended

pytestmark = [pytest.mark.stack_slow, pytest.mark.xdist_group("ray")]

TRAIN = (
    BEGIN
    + """
import sys

begin(sys.argv[2])
while sys.argv[1] == "endless":
    time.sleep(0.2)
if sys.argv[1] == "failing":
    sys.exit("no memory")
print("epoch 1")
print('{{"version": "7"}}')
"""
)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ray")


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[LabProcess]:
    (home / "train.py").write_text(TRAIN.format(began=str(home / "began")))
    launch = launched(lambda: ray.launch(home, tell))
    with running([launch], home) as (server,):
        yield server
    assert members(server.pid) == ()


@pytest.fixture
def keys(home: Path) -> Keys:
    return Keys(home / "began")


@pytest.fixture
def made(server: LabProcess, home: Path, site: Site, keys: Keys) -> Callable[[str], Pipeline]:
    def make(work: str) -> Pipeline:
        entrypoint = f"python {home}/train.py {work} {{{{ key }}}} {{{{ snapshot }}}}"
        config = Config(kind="ray", url=url(server), entrypoint=entrypoint, freeze=FREEZE)
        return keys.of(build(config, site))

    return make


class TestRay(PipelineContract):
    patience_s = 90.0

    @pytest.fixture
    def pipeline(self, made: Callable[[str], Pipeline]) -> Pipeline:
        return made("good")

    @pytest.fixture
    def failing(self, made: Callable[[str], Pipeline]) -> Pipeline:
        return made("failing")

    @pytest.fixture
    def endless(self, made: Callable[[str], Pipeline]) -> Pipeline:
        return made("endless")

    @pytest.fixture
    def trainings(self, keys: Keys) -> Callable[[], int]:
        return keys.count


def test_a_failure_tells_its_exit_code(made: Callable[[str], Pipeline]) -> None:
    failing = made("failing")
    failing.start(KEY, "snap-1", WINDOW)

    assert "exit code 1" in ended(failing, within_s=90).detail


def test_a_training_that_runs_is_cancelled(made: Callable[[str], Pipeline], keys: Keys) -> None:
    endless = made("endless")
    endless.start(KEY, "snap-1", WINDOW)
    assert wait_until(lambda: keys.count() == 1, within_s=60)

    endless.cancel(KEY)

    assert ended(endless, within_s=60).state == "cancelled"


def test_only_its_door_listens_here(server: LabProcess) -> None:
    assert beyond_loopback(server.pid) == []
