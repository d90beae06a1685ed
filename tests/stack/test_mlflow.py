"""MLflow's registry, on a real server that is seeded over REST."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from tests.stack.conftest import PASSWORD

from mlrespond.adapters.http import Http
from mlrespond.adapters.mlflow import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import AccessRefusedError, NotThereError, UnreachableError
from mlrespond.model.json import Json, record, text
from mlrespond.ports.service import Registry
from mlrespond.testing.contract.registry import RegistryContract

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("mlflow")]

API = "/api/2.0/mlflow"
_NUMBERS = count(1)


class Seed:
    """A new registered model on the server, and what may be done to it from outside."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._http = Http(url, clock=SystemClock())
        self._experiment = self._new_experiment()
        self.post("registered-models/create", name=name)

    def post(self, path: str, **body: Json) -> dict[str, Json]:
        return dict(record(self._http.request("POST", f"{API}/{path}", json=body).body))

    def version(self, accuracy: Json) -> str:
        """Register a version whose run measured an accuracy, and return its number."""
        run = self.post("runs/create", experiment_id=self._experiment)["run"]
        info = record(record(run).get("info"))
        run_id = text(info.get("run_id")) or ""
        metric: Json = {"key": "accuracy", "value": accuracy, "timestamp": 0, "step": 0}
        self.post("runs/log-batch", run_id=run_id, metrics=[metric])
        source = f"{text(info.get('artifact_uri'))}/model"
        made = self.post("model-versions/create", name=self.name, source=source, run_id=run_id)
        return text(record(made["model_version"]).get("version")) or ""

    def alias(self, version: str) -> None:
        self.post("registered-models/alias", name=self.name, alias="champion", version=version)

    def delete(self, version: str) -> None:
        self._http.request(
            "DELETE",
            f"{API}/model-versions/delete",
            json={"name": self.name, "version": version},
        )

    def _new_experiment(self) -> str:
        made = self.post("experiments/create", name=f"of {self.name}")
        return text(made["experiment_id"]) or ""


@pytest.fixture
def seed(mlflow_url: str) -> Seed:
    """Return a model with the versions 1, 2 and 10; the seven between were deleted."""
    seed = Seed(mlflow_url, f"fraud scorer #{next(_NUMBERS)} 'a'")
    for _ in range(10):
        seed.version(0.97)
    for version in range(3, 10):
        seed.delete(str(version))
    return seed


def registry_of(seed: Seed, url: str, site: Site) -> Registry:
    return build(Config(kind="mlflow", url=url, model=seed.name), site)


class TestMlflow(RegistryContract):
    @pytest.fixture
    def registry(self, seed: Seed, mlflow_url: str, site: Site) -> Registry:
        seed.alias("2")
        return registry_of(seed, mlflow_url, site)

    @pytest.fixture
    def unset(self, seed: Seed, mlflow_url: str, site: Site) -> Registry:
        return registry_of(seed, mlflow_url, site)


def test_a_metric_that_is_nan_is_no_metric(mlflow_url: str, site: Site) -> None:
    seed = Seed(mlflow_url, f"fraud #{next(_NUMBERS)}")
    seed.version("NaN")

    (version,) = registry_of(seed, mlflow_url, site).versions()

    assert version.metrics == {}


def test_versions_come_in_pages(mlflow_url: str, site: Site) -> None:
    seed = Seed(mlflow_url, f"fraud #{next(_NUMBERS)}")
    for _ in range(205):
        seed.post("model-versions/create", name=seed.name, source="s3://bucket/model")

    versions = registry_of(seed, mlflow_url, site).versions()

    assert [one.name for one in versions] == [str(number) for number in range(1, 206)]


def test_a_model_that_is_not_registered_is_not_there(mlflow_url: str, site: Site) -> None:
    registry = build(Config(kind="mlflow", url=mlflow_url, model="nobody"), site)

    with pytest.raises(NotThereError, match="nobody"):
        registry.wanted()


def test_a_registry_that_is_down_is_unreachable(site: Site) -> None:
    registry = build(Config(kind="mlflow", url="http://127.0.0.1:9", model="fraud"), site)

    with pytest.raises(UnreachableError):
        registry.wanted()


def guarded(url: str, site: Site, login: str) -> Registry:
    secrets = EnvSecrets(site.folder, {"LOGIN": login})
    auth = {"basic": "env:LOGIN"}
    config = Config.model_validate({"kind": "mlflow", "url": url, "model": "fraud", "auth": auth})
    return build(config, replace(site, secrets=secrets))


def test_a_wrong_login_is_refused(guarded_url: str, site: Site) -> None:
    for registry in (
        build(Config(kind="mlflow", url=guarded_url, model="fraud"), site),
        guarded(guarded_url, site, "admin:wrong"),
    ):
        with pytest.raises(AccessRefusedError):
            registry.wanted()


def test_the_right_login_is_let_in(guarded_url: str, site: Site) -> None:
    registry = guarded(guarded_url, site, f"admin:{PASSWORD}")

    with pytest.raises(NotThereError):
        registry.wanted()
