"""`mlflow models serve`, on a real process: an alias alone changes nothing, canary rows tell."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.stack import restart_scoring
from tests.stack.restart_scoring import begin, process_of
from tests.stack.servers import launched, tell

from mlrespond.adapters import mlflow
from mlrespond.adapters.http import Http
from mlrespond.adapters.mlflow_scoring import Config, build
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import NotThereError
from mlrespond.lab.process import stop
from mlrespond.lab.stack import scoring
from mlrespond.lab.stack.server import await_ready, url
from mlrespond.model.json import Json, Record, record, text
from mlrespond.ports.service import Registry, Serving

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("mlflow")]

API = "/api/2.0/mlflow"
NAME = "tiny"
FILES = {
    "MLmodel": "flavors:\n  python_function:\n    loader_module: tiny_scorer\n"
    "    code: code\n    data: factor.txt\n",
    "code/tiny_scorer.py": "class Model:\n"
    "    def __init__(self, factor): self.factor = factor\n"
    "    def predict(self, frame): return [float(one) * self.factor for one in frame['amount']]\n"
    "def _load_pyfunc(path): return Model(float(open(path).read()))\n",
}


def register(mlflow_url: str) -> None:
    """Register version 1, which gives the amount back, and 2, which doubles it."""
    http = Http(mlflow_url, clock=SystemClock())

    def post(path: str, **body: Json) -> Record:
        return record(http.request("POST", f"{API}/{path}", json=body).body)

    post("registered-models/create", name=NAME)
    experiment = post("experiments/create", name=f"of {NAME}")["experiment_id"]
    for factor in ("1", "2"):
        info = record(record(post("runs/create", experiment_id=experiment)["run"])["info"])
        source = f"{text(info['artifact_uri'])}/model"
        for path, content in {**FILES, "factor.txt": factor}.items():
            upload(mlflow_url, f"{source.partition(':')[2]}/{path}", content)
        post("model-versions/create", name=NAME, source=source, run_id=info["run_id"])


def upload(mlflow_url: str, path: str, content: str) -> None:
    address = f"{mlflow_url}/api/2.0/mlflow-artifacts/artifacts{path}"
    request = urllib.request.Request(address, content.encode(), method="PUT")  # noqa: S310  # loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # the same
        assert answer.status == 200


@dataclass
class Scoring:
    """A registry, and one process that serves what its alias named when it started."""

    url: str
    home: Path
    registry: Registry


@pytest.fixture(scope="module")
def scored(mlflow_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scoring]:
    home = tmp_path_factory.mktemp("scoring")
    register(mlflow_url)
    http = Http(mlflow_url, clock=SystemClock())
    registry = mlflow.MlflowRegistry(http, NAME, "champion")
    registry.want("1")
    launch = launched(
        lambda: scoring.launch(f"models:/{NAME}@champion", mlflow_url, tell, name="scoring")
    )
    process = begin(home, launch)
    try:
        await_ready(process, launch, home / "scoring.out")
        yield Scoring(url(process), home, registry)
    finally:
        stop([process_of(home)])


@pytest.fixture
def serving(scored: Scoring, site: Site) -> Serving:
    lines = [
        {"version": version, "row": {"amount": 10.0}, "output": output}
        for version, output in (("1", 10.0), ("2", 20.0))
    ]
    (site.folder / "canary.jsonl").write_text("\n".join(json.dumps(one) for one in lines))
    hook = [sys.executable, "-P", restart_scoring.__file__, str(scored.home)]
    config = {
        "kind": "mlflow_scoring",
        "model": NAME,
        "replicas": [{"name": "a", "url": scored.url}],
        "canary": "canary.jsonl",
        "hooks": {"restart": hook},
    }
    return build(Config.model_validate(config), site)


def test_a_restart_serves_what_the_alias_names_and_canary_rows_prove_it(
    scored: Scoring, serving: Serving
) -> None:
    before = serving.served("a")
    scored.registry.want("2")
    unmoved = serving.served("a")

    serving.activate("a", "2")

    after = serving.served("a")
    assert (before.version, before.error) == ("1", None)
    assert (scored.registry.wanted(), unmoved.version) == ("2", "1")
    assert (after.version, after.ready, after.error) == ("2", True, None)
    assert serving.predict("a", [{"amount": 3.0}, {"amount": 4.0}]).outputs == (6.0, 8.0)


def test_a_row_that_the_model_cannot_take_is_null(serving: Serving) -> None:
    predicted = serving.predict("a", [{"amount": 1.0}, {"amount": "ten"}, {"amount": 2.0}])

    one, bad, two = predicted.outputs
    assert bad is None
    assert isinstance(one, float)
    assert two == 2 * one
    assert (predicted.version, predicted.failed) == (serving.served("a").version, 1)


def test_a_version_that_no_canary_tells_restarts_nothing(scored: Scoring, serving: Serving) -> None:
    process = process_of(scored.home)

    with pytest.raises(NotThereError):
        serving.activate("a", "9")

    assert process_of(scored.home) == process
    assert serving.served("a").ready
