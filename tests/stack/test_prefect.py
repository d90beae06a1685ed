"""Trainings by a real Prefect, behind a login, and a process that serves its flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.adapters.ending import ended as gone
from tests.stack.keyed import BEGIN, FREEZE, PASSWORD, Keys, with_secret
from tests.stack.listening import beyond_loopback
from tests.stack.servers import launched, running, tell

from mlrespond.adapters.http import Http
from mlrespond.adapters.prefect import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import AccessRefusedError, NotThereError, PortError, RejectedError
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.process import LabProcess
from mlrespond.lab.stack import prefect
from mlrespond.lab.stack.server import url
from mlrespond.model.service import Auth
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import KEY, WINDOW, PipelineContract, ended

pytestmark = [pytest.mark.stack_slow, pytest.mark.xdist_group("prefect")]

TOLD = {"key": "{{ key }}"}
FLOWS = (
    BEGIN
    + """
from prefect import flow, serve
from prefect.states import Completed

@flow(name="good")
def good(key: str):
    begin(key)
    time.sleep(0.5)
    return Completed(message='{{"version": "7"}}')

@flow(name="silent")
def silent(key: str):
    return "7"

@flow(name="failing")
def failing(key: str):
    begin(key)
    raise RuntimeError("no memory")

@flow(name="endless")
def endless(key: str):
    begin(key)
    while True:
        time.sleep(0.2)

if __name__ == "__main__":
    serve(*(one.to_deployment("lab") for one in (good, silent, failing, endless)), limit=4)
"""
)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def servers(home: Path) -> Iterator[tuple[LabProcess, LabProcess]]:
    """Return the server, and the process that serves flows."""
    launch = launched(lambda: prefect.launch(home, PASSWORD, tell))
    program = FLOWS.format(began=str(home / "began"))
    with running([launch], home) as (server,):
        flows = prefect.flows(home, program, launch, PASSWORD, tell)
        with running([flows], home) as (runner,):
            wait_until(lambda: deployed(server, home) or not runner.alive, 60, every_s=0.2)
            assert deployed(server, home), (home / "flows.out").read_text()
            yield server, runner


@pytest.fixture(scope="session")
def server(servers: tuple[LabProcess, LabProcess]) -> LabProcess:
    return servers[0]


def deployed(server: LabProcess, home: Path) -> bool:
    """Return whether the last of the flows can be started."""
    secrets = EnvSecrets(home, {"LOGIN": f"{prefect.USER}:{PASSWORD}"})
    api = Http(
        f"{url(server)}/api",
        clock=SystemClock(),
        auth=Auth(basic="env:LOGIN"),
        secrets=secrets,
    )
    try:
        for flow in ("good", "silent", "failing", "endless"):
            api.request("GET", f"/deployments/name/{flow}/lab")
    except PortError:
        return False
    return True


def made(
    server: LabProcess, flow: str, site: Site, password: str = PASSWORD, **more: object
) -> Pipeline:
    written = {
        "kind": "prefect",
        "url": f"{url(server)}/api",
        "deployment": f"{flow}/lab",
        "auth": {"basic": "env:LOGIN"},
        "parameters": TOLD,
        "freeze": FREEZE,
        **more,
    }
    here = with_secret(site, f"{prefect.USER}:{password}")
    return build(Config.model_validate(written), here)


@pytest.fixture
def keys(home: Path) -> Keys:
    return Keys(home / "began")


class TestPrefect(PipelineContract):
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


def test_a_deployment_that_is_not_there_is_said(server: LabProcess, site: Site) -> None:
    with pytest.raises(NotThereError, match="Deployment not found"):
        made(server, "nope", site).start(KEY, "snap-1", WINDOW)


def test_parameters_that_the_flow_does_not_take_are_refused(
    server: LabProcess, site: Site, keys: Keys
) -> None:
    pipeline = keys.of(made(server, "good", site, parameters={"another": "x"}))

    with pytest.raises(RejectedError, match="key"):
        pipeline.start(KEY, "snap-1", WINDOW)

    assert pipeline.status(KEY).state == "unknown"


def test_a_failure_tells_its_reason(server: LabProcess, site: Site, keys: Keys) -> None:
    failing = keys.of(made(server, "failing", site))
    failing.start(KEY, "snap-1", WINDOW)

    assert "no memory" in ended(failing, within_s=90).detail


def test_what_a_flow_returns_stays_in_it(server: LabProcess, site: Site, keys: Keys) -> None:
    silent = keys.of(made(server, "silent", site))
    silent.start(KEY, "snap-1", WINDOW)

    run = ended(silent, within_s=90)

    assert (run.state, run.version) == ("succeeded", None)


def test_one_key_is_a_training_of_each_flow(server: LabProcess, site: Site, keys: Keys) -> None:
    good, failing = (keys.of(made(server, flow, site)) for flow in ("good", "failing"))
    good.start(KEY, "snap-1", WINDOW)
    failing.start(KEY, "snap-1", WINDOW)

    assert ended(good, within_s=90).state == "succeeded"
    assert ended(failing, within_s=90).state == "failed"


def test_cancelling_ends_what_trains(server: LabProcess, site: Site, keys: Keys) -> None:
    endless = keys.of(made(server, "endless", site))
    endless.start(KEY, "snap-1", WINDOW)
    assert wait_until(lambda: keys.count() == 1, within_s=60)

    endless.cancel(KEY)

    assert ended(endless, within_s=60).state == "cancelled"
    assert gone(keys.pids()[0], within_s=60)


def test_nothing_of_it_listens_beyond_this_machine(
    servers: tuple[LabProcess, LabProcess],
) -> None:
    assert [beyond_loopback(one.pid) for one in servers] == [[], []]
