"""MLServer, on two real servers: its index is not believed, an answer and `ready` are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlrespond.adapters.http import Http
from mlrespond.adapters.mlserver import Config, build
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import NotThereError, RejectedError, UnsupportedError
from mlrespond.lab.stack.mlserver import SETTINGS
from mlrespond.lab.tensor import PROBE
from mlrespond.model.json import items, record
from mlrespond.ports.service import Serving
from mlrespond.testing.contract.serving import Rows, ServingContract

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("mlserver")]

MODEL = "fraud-scorer"


def serving_of(urls: dict[str, str], home: Path, site: Site) -> Serving:
    written = {
        "kind": "mlserver",
        "model": MODEL,
        "replicas": [{"name": name, "url": url} for name, url in urls.items()],
        "output": "decision",
        "settings": str(home / "{{ replica }}" / "slot" / SETTINGS),
        "uri": str(home / "artefacts" / "{{ version }}" / "model.json"),
        "probe": PROBE,
    }
    return build(Config.model_validate(written), site)


@pytest.fixture
def serving(mlserver_urls: dict[str, str], mlserver_home: Path, site: Site) -> Iterator[Serving]:
    """Hand the replicas over as they were at the start, whatever a test did to them."""
    serving = serving_of({**mlserver_urls, "gone": "http://127.0.0.1:9"}, mlserver_home, site)
    yield serving
    for name in mlserver_urls:
        serving.activate(name, "6")


@pytest.fixture
def rows() -> Rows:
    return [PROBE, {**PROBE, "amount": 9000.0, "country": "PL", "hour": None}]


class TestMLServer(ServingContract):
    pass


def test_a_higher_version_cannot_be_loaded_without_serving_it(serving: Serving) -> None:
    with pytest.raises(UnsupportedError):
        serving.load("eu-1", "7")

    assert serving.served("eu-1").version == "6"


def test_the_index_lies_and_is_not_believed(
    serving: Serving, mlserver_urls: dict[str, str], mlserver_home: Path
) -> None:
    slot = mlserver_home / "eu-1" / "slot" / SETTINGS
    written = json.loads(slot.read_text())
    written["parameters"]["version"] = "5"
    slot.write_text(json.dumps(written))  # somebody prepared a change, and nothing was loaded yet

    http = Http(mlserver_urls["eu-1"], clock=SystemClock())
    index = http.request("POST", "/v2/repository/index", json={}).body

    assert [record(one).get("version") for one in items(index)] == ["5"]
    assert serving.served("eu-1").version == "6"


def test_a_version_without_an_artefact_is_refused_before_anything_is_written(
    serving: Serving, mlserver_home: Path
) -> None:
    slot = mlserver_home / "eu-1" / "slot" / SETTINGS
    before = slot.read_bytes()

    with pytest.raises(NotThereError, match="no artefact"):
        serving.activate("eu-1", "9")

    assert slot.read_bytes() == before


def test_a_load_that_fails_leaves_the_settings_as_they_were(
    serving: Serving, mlserver_home: Path
) -> None:
    slot = mlserver_home / "eu-1" / "slot" / SETTINGS
    broken = mlserver_home / "artefacts" / "8"
    broken.mkdir(exist_ok=True)
    (broken / "model.json").write_text('{"columns": []}')
    before = json.loads(slot.read_text())

    with pytest.raises(RejectedError):
        serving.activate("eu-1", "8")

    assert json.loads(slot.read_text()) == before
    assert serving.served("eu-1").version == "6"
