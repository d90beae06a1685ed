"""Triton, on two real servers: what is served is what the model's own list and its answers say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.adapters.triton import Config, build
from mlrespond.errors import RejectedError, UnsupportedError
from mlrespond.lab.tensor import PROBE
from mlrespond.model.json import Json, dump
from mlrespond.ports.service import Serving
from mlrespond.testing.contract.serving import Rows, ServingContract

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("triton")]

MODEL = "fraud-scorer"


def serving_of(urls: dict[str, str], site: Site, **more: Json) -> Serving:
    replicas = [{"name": name, "url": url} for name, url in urls.items()]
    written = {"kind": "triton", "model": MODEL, "replicas": replicas, "output": "decision"}
    return build(Config.model_validate({**written, **more}), site)


@pytest.fixture
def urls(triton_urls: dict[str, str], site: Site) -> Iterator[dict[str, str]]:
    """Hand the replicas over as they were at the start, whatever a test did to them."""
    yield triton_urls
    for name in triton_urls:
        serving_of(triton_urls, site).activate(name, "6")


@pytest.fixture
def rows() -> Rows:
    return [PROBE, {**PROBE, "amount": 9000.0, "country": "PL", "hour": 3}]


@pytest.mark.parametrize("probe", [None, PROBE], ids=["by its list", "by its answer"])
class TestTriton(ServingContract):
    @pytest.fixture
    def serving(self, urls: dict[str, str], site: Site, probe: Json) -> Serving:
        return serving_of({**urls, "gone": "http://127.0.0.1:9"}, site, probe=probe)


def test_a_higher_version_cannot_be_loaded_without_serving_it(
    urls: dict[str, str], site: Site
) -> None:
    serving = serving_of(urls, site)

    with pytest.raises(UnsupportedError):
        serving.load("eu-1", "7")

    assert serving.served("eu-1").version == "6"


def test_a_missing_value_is_left_out(urls: dict[str, str], site: Site, rows: Rows) -> None:
    lacking = [{**rows[0], "amount": None}, *rows, {**rows[0], "country": None, "hour": None}]

    predicted = serving_of(urls, site).predict("eu-1", lacking)

    assert (len(predicted.outputs), predicted.failed, predicted.version) == (4, 0, "6")


def test_an_unloaded_model_serves_nothing_and_can_be_activated(
    urls: dict[str, str], site: Site
) -> None:
    serving = serving_of(urls, site)
    http = Http(urls["eu-1"], clock=SystemClock())
    http.request("POST", f"/v2/repository/models/{MODEL}/unload", json={})

    before = serving.served("eu-1")
    serving.activate("eu-1", "5")

    assert (before.version, before.ready) == (None, False)
    assert serving.served("eu-1").version == "5"


def test_a_partial_override_by_somebody_else_is_neither_believed_nor_kept(
    urls: dict[str, str], site: Site, triton_home: Path
) -> None:
    http = Http(urls["us-1"], clock=SystemClock())
    partial = dump({"version_policy": {"specific": {"versions": [5]}}})
    http.request(
        "POST",
        f"/v2/repository/models/{MODEL}/load",
        json={"parameters": {"config": partial}},
        deadline_s=30.0,
    )

    serving = serving_of(urls, site, probe=PROBE)
    served = serving.served("us-1")
    with pytest.raises(RejectedError, match="a part of one") as raised:
        serving.activate("us-1", "5")
    (triton_home / "us-1" / "repository" / MODEL / "config.pbtxt").touch()  # what its hint says
    http.request("POST", f"/v2/repository/models/{MODEL}/load", json={}, deadline_s=30.0)

    assert served.version is None
    assert served.error
    assert "touch" in raised.value.hint
    assert serving.served("us-1").version == "6"
