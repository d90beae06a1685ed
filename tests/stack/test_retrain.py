"""A whole retrain: drift on real servers, trained by a real Prefect, the program killed meanwhile.

The flow tells no version: what came out is found in MLflow, by the key under which it registered.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lab.observed import eventually
from tests.stack.incident import Stack, stack_lab
from tests.stack.keyed import BEGIN, PASSWORD
from tests.stack.servers import launched, running, tell

from mlrespond.adapters.http import Http
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import PortError
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.faults import break_
from mlrespond.lab.stack import prefect
from mlrespond.lab.stack.place import MLFLOW
from mlrespond.lab.stack.server import url
from mlrespond.model.json import Json, items, record
from mlrespond.model.service import Auth

pytestmark = [pytest.mark.stack_slow, pytest.mark.xdist_group("prefect")]

DRIFT_ROWS = 3600  # the whole turn, and then what is trained on
WINDOW = "34s"  # fewer rows would not show that the inputs are as before
FLOW = (
    BEGIN
    + """
import pathlib
import subprocess
from prefect import flow, serve

@flow(name="train")
def train(key: str, snapshot: str):
    begin(key)
    while not pathlib.Path({go!r}).exists():
        time.sleep(0.2)
    lab = ["-m", "mlrespond.lab.train", "--folder", {lab!r}]
    subprocess.run([{python!r}, *lab, "--snapshot", snapshot, "--key", key], check=True)

if __name__ == "__main__":
    serve(train.to_deployment("lab"))
"""
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack_lab(tmp_path_factory.mktemp("stack"), "mlflow+triton+prometheus") as found:
        yield found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="module")
def api(home: Path, lab: Stack) -> Iterator[Http]:
    """Return Prefect's API; the flow `train/lab` can be started there."""
    launch = launched(lambda: prefect.launch(home, PASSWORD, tell))
    names = {"began": home / "began", "go": home / "go", "lab": lab.root, "python": sys.executable}
    program = FLOW.format(**{name: str(one) for name, one in names.items()})
    with running([launch], home) as (server,):
        secrets = EnvSecrets(home, {"LOGIN": f"{prefect.USER}:{PASSWORD}"})
        login = Auth(basic="env:LOGIN")
        found = Http(f"{url(server)}/api", clock=SystemClock(), auth=login, secrets=secrets)
        with running([prefect.flows(home, program, launch, PASSWORD, tell)], home):
            eventually(lambda: _deployed(found), 90.0)
            yield found


def test_a_retrain_that_was_killed_goes_on_and_trains_once(
    lab: Stack, api: Http, home: Path
) -> None:
    (lab.root / "login").write_text(f"{prefect.USER}:{PASSWORD}")
    lab.describe("retrain", kind="prefect", url=api.base_url, deployment="train/lab", run=None)
    lab.describe("retrain", auth={"basic": "file:login"}, parameters=_TOLD)
    break_(lab.root, "concept-drift", 1)
    lab.history(DRIFT_ROWS)
    alert = lab.fire("LabelQualityLow", "warning")

    alone = ("--approve", "all", "--no-input", "--set", f"window={WINDOW}")
    responding = lab.start("respond", "--alert", str(alert), *alone)
    wait_until((home / "began").exists, 180.0, every_s=0.1)
    os.kill(responding.pid, signal.SIGKILL)
    said, _ = responding.communicate()
    assert (home / "began").exists(), said
    (home / "go").touch()
    incident = str(record(items(lab.json("incidents")["incidents"])[0])["id"])
    code, told = lab.run("resume", incident, "--park-after", "60s")

    assert code == 0, told
    assert "mitigated" in told
    (key,) = {line.split()[0] for line in (home / "began").read_text().splitlines()}
    assert len((home / "began").read_text().splitlines()) == 1
    assert len(items(api.request("POST", "/flow_runs/filter", json={}, idempotent=True).body)) == 1
    (version,) = [one["version"] for one in _registered(lab) if _tags(one).get("mlir.key") == key]
    assert lab.lab.served() == [version, version]
    code, audited = lab.run("audit")
    assert code == 0, audited


_TOLD: Json = {"key": "{{ key }}", "snapshot": "{{ snapshot }}"}


def _deployed(api: Http) -> bool:
    try:
        api.request("GET", "/deployments/name/train/lab")
    except PortError:
        return False
    return True


def _registered(lab: Stack) -> list[dict[str, Json]]:
    """Return the versions, as MLflow itself lists them."""
    path = "/api/2.0/mlflow/model-versions/search?filter=name%3D'fraud-scorer'"
    return [dict(record(one)) for one in items(record(lab.ask(MLFLOW, path))["model_versions"])]


def _tags(version: dict[str, Json]) -> dict[str, Json]:
    told = (record(one) for one in items(version.get("tags")))
    return {str(one["key"]): one["value"] for one in told}
