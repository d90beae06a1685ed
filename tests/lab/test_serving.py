"""A replica's answers on the wire, over real HTTP."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from tests.lab.observed import eventually, metric, outputs

from mlrespond.lab.artefact import read_artefact
from mlrespond.lab.client import Client
from mlrespond.lab.exposition import Exposition
from mlrespond.lab.fit import examples, fit
from mlrespond.lab.folder import MODEL
from mlrespond.lab.json_file import parse_json
from mlrespond.lab.lines import read_lines
from mlrespond.lab.prediction_log import PredictionLog
from mlrespond.lab.registry import LabRegistry
from mlrespond.lab.serving import Serving
from mlrespond.lab.shelf import Shelf
from mlrespond.lab.tensor import PROBE, request
from mlrespond.lab.web import App
from mlrespond.model.json import Json, Record, dump, items, record

INFER = f"/v2/models/{MODEL}/infer"
LOAD = f"/v2/repository/models/{MODEL}/load"


@dataclass
class Replica:
    """A replica in this process, over a registry with versions 1, 2 and 3 (the bad one)."""

    port: int
    root: Path
    client: Client

    def call(self, method: str, path: str, body: Json = None) -> tuple[int, Json]:
        sent = None if body is None else dump(body).encode()
        status, content = self.client.call(method, path, sent)
        return status, parse_json(content, path)

    def load(self, version: str, *, default: bool = False) -> int:
        parameters: Json = {"version": version, "default": default}
        return self.call("POST", LOAD, {"parameters": parameters})[0]

    def infer(
        self, *, rows: int = 1, customers: bool = True, path: str = INFER
    ) -> tuple[int, Json]:
        who = [f"c{number}" for number in range(rows)] if customers else []
        return self.call("POST", path, request("r1", [PROBE] * rows, who))

    def served(self) -> Json:
        return record(self.infer()[1]).get("model_version")

    def log(self) -> list[Record]:
        return list(read_lines(self.root / "log.jsonl"))


@pytest.fixture
def replica(tmp_path: Path, serve: Callable[[App], int]) -> Iterator[Replica]:
    registry = LabRegistry(tmp_path / "registry")
    registry.create()
    model = fit(examples(1, 300), seed=1, epochs=5)
    for one in (model, model, replace(model, defect="column-order")):
        registry.add(one, {}, {})
    log = PredictionLog(tmp_path / "log.jsonl", "eu-1")
    shelf = Shelf(partial(read_artefact, tmp_path / "registry"), lambda _loaded, _default: None)
    chance = random.Random(1)  # noqa: S311  # which requests fail
    port = serve(Serving(shelf, Exposition(MODEL), log, chance).answer)
    client = Client(port)
    yield Replica(port, tmp_path, client)
    client.close()
    log.close()


@pytest.fixture
def ready(replica: Replica) -> Replica:
    assert replica.load("1", default=True) == 200
    return replica


def test_without_a_version_it_is_live_but_not_ready(replica: Replica) -> None:
    assert replica.call("GET", "/v2/health/live") == (200, {})
    assert replica.call("GET", "/v2/health/ready") == (503, {"error": "no version is served"})
    assert replica.infer()[0] == 503
    assert replica.call("GET", f"/v2/models/{MODEL}/ready")[0] == 404


def test_it_describes_itself(ready: Replica) -> None:
    status, about = ready.call("GET", "/v2")

    assert status == 200
    assert record(about)["name"] == "mlrespond-lab"
    assert record(about)["extensions"] == ["model_repository"]
    assert ready.call("GET", "/v2/health/ready") == (200, {})


def test_it_describes_the_model_and_every_loaded_version(ready: Replica) -> None:
    assert ready.load("2") == 200

    _, told = ready.call("GET", f"/v2/models/{MODEL}")

    about = record(told)
    assert (about["name"], about["platform"]) == (MODEL, "mlrespond-lab")
    assert about["versions"] == ["1", "2"]
    names = [record(one)["name"] for one in items(about["inputs"])]
    assert names == ["amount", "country", "hour", "prior_orders", "account_age_days"]
    assert [record(one)["name"] for one in items(about["outputs"])] == ["p", "decision"]
    _, index = ready.call("POST", "/v2/repository/index", {})
    ready_state = {"name": MODEL, "state": "READY", "reason": ""}
    assert index == [{**ready_state, "version": "1"}, {**ready_state, "version": "2"}]


def test_readiness_is_told_by_version(ready: Replica) -> None:
    assert ready.call("GET", f"/v2/models/{MODEL}/ready") == (200, {})
    assert ready.call("GET", f"/v2/models/{MODEL}/versions/1/ready") == (200, {})
    status, told = ready.call("GET", f"/v2/models/{MODEL}/versions/2/ready")
    assert (status, told) == (404, {"error": "version `2` is not loaded"})


def test_an_answer_names_the_version_that_gave_it(ready: Replica) -> None:
    ready.load("2")

    status, told = ready.infer(rows=3)
    _, by_version = ready.infer(path=f"/v2/models/{MODEL}/versions/2/infer")

    assert status == 200
    answer = record(told)
    assert (answer["model_name"], answer["model_version"], answer["id"]) == (MODEL, "1", "r1")
    assert len(outputs(told, "p")) == len(outputs(told, "decision")) == 3
    assert set(outputs(told, "decision")) <= {"allow", "block"}
    assert record(by_version)["model_version"] == "2"


def test_a_version_loaded_beside_is_not_served_by_default(ready: Replica) -> None:
    ready.load("2")
    assert ready.served() == "1"

    ready.load("2", default=True)
    assert ready.served() == "2"
    assert ready.load("2", default=True) == 200
    assert ready.load("1") == 200
    assert ready.served() == "2"


def test_an_unknown_version_cannot_be_loaded(ready: Replica) -> None:
    assert ready.load("9", default=True) == 404
    assert ready.load("../1", default=True) == 404
    assert ready.served() == "1"


def test_a_broken_artefact_leaves_the_served_version(ready: Replica) -> None:
    artefact = ready.root / "registry" / MODEL / "versions" / "2" / "model.json"
    artefact.write_text("{}")

    assert ready.load("2", default=True) == 400
    assert ready.served() == "1"


def test_without_the_registry_loaded_versions_are_served_and_others_refused(
    ready: Replica,
) -> None:
    (ready.root / "registry").rename(ready.root / "away")

    assert ready.load("2", default=True) == 400
    assert ready.load("1", default=True) == 200
    assert ready.served() == "1"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", INFER, 404),
        ("POST", "/v2/models/other/infer", 404),
        ("POST", f"/v2/models/{MODEL}/versions/9/infer", 404),
        ("GET", "/v2/models/other", 404),
        ("POST", "/v2/repository/models/other/load", 404),
        ("POST", LOAD, 400),
        ("POST", INFER, 400),
        ("PUT", "/lab/fault", 404),
    ],
)
def test_what_it_does_not_know_is_refused(
    ready: Replica, method: str, path: str, status: int
) -> None:
    found, told = ready.call(method, path, {})

    assert found == status
    assert isinstance(record(told)["error"], str)


def test_each_row_of_a_request_is_logged(ready: Replica) -> None:
    ready.infer(rows=2)

    eventually(lambda: len(ready.log()) == 2, 2)
    first, second = ready.log()
    assert [first["request_id"], second["request_id"]] == ["r1:0", "r1:1"]
    assert [first["customer_id"], second["customer_id"]] == ["c0", "c1"]
    assert {name: first[name] for name in PROBE} == PROBE
    assert (first["replica"], first["model_version"]) == ("eu-1", "1")
    assert (first["ok"], first["valid"], first["decision"]) == (True, True, "allow")
    assert str(first["served_at"]).endswith("Z")


def test_probes_are_answered_and_counted_but_not_logged(ready: Replica) -> None:
    assert ready.infer(customers=False)[0] == 200
    ready.infer()

    eventually(lambda: len(ready.log()) == 1, 2)
    assert metric(ready.port, "inference_requests_total", version="1") == 2


def test_scores_that_are_no_probability_are_logged_as_invalid(ready: Replica) -> None:
    ready.load("3", default=True)
    rows = [row for row, _ in examples(5, 200)]

    _, told = ready.call("POST", INFER, request("r", rows, ["c"] * len(rows)))

    eventually(lambda: len(ready.log()) == len(rows), 2)
    scores = outputs(told, "p")
    assert None in scores
    assert [row["p"] for row in ready.log()] == scores
    invalid = [p is None or not 0 <= float(str(p)) <= 1 for p in scores]
    assert [not row["valid"] for row in ready.log()] == invalid
    assert all(row["ok"] for row in ready.log())
    assert metric(ready.port, "inference_invalid_total", version="3") == sum(invalid)


def test_rows_that_lack_a_value_are_counted(ready: Replica) -> None:
    rows = [row for row, _ in examples(5, 4)]
    lacking = [{**rows[0], "country": None}, *rows[1:]]

    ready.call("POST", INFER, request("r", lacking, ["c"] * len(rows)))

    counted = [metric(ready.port, f"inference_{name}_total") for name in ("null_rows", "rows")]
    assert counted == [1, 4]


def test_an_injected_error_fails_the_request_and_is_logged_as_such(ready: Replica) -> None:
    ready.call("POST", "/lab/fault", {"errors": 1.0, "delay_s": 0})

    status, told = ready.infer()

    assert status == 500
    assert "fault of the lab" in str(record(told)["error"])
    eventually(lambda: len(ready.log()) == 1, 2)
    (row,) = ready.log()
    assert (row["ok"], row["p"], row["decision"], row["valid"]) == (False, None, None, None)
    assert metric(ready.port, "inference_failures_total", version="1") == 1
    ready.call("POST", "/lab/fault", {})
    assert ready.infer()[0] == 200


def test_an_injected_delay_shows_in_the_histogram(ready: Replica) -> None:
    ready.call("POST", "/lab/fault", {"delay_s": 0.03})

    ready.infer()

    name = "inference_duration_seconds_bucket"
    assert metric(ready.port, name, version="1", le="0.025") == 0
    assert metric(ready.port, name, version="1", le="+Inf") == 1
    assert metric(ready.port, "inference_duration_seconds_sum", version="1") > 0.03


@pytest.mark.parametrize(
    "fault", [{"errors": 2}, {"errors": -0.1}, {"errors": "all"}, {"delay_s": -1}, {"delay_s": 1e9}]
)
def test_an_impossible_fault_is_refused(ready: Replica, fault: Json) -> None:
    assert ready.call("POST", "/lab/fault", fault)[0] == 400
    assert ready.infer()[0] == 200


def test_metrics_start_at_zero_for_each_loaded_version(ready: Replica) -> None:
    ready.load("2")

    for name in ("inference_requests_total", "inference_failures_total"):
        assert metric(ready.port, name, model=MODEL, version="2") == 0
    ready.client.call("GET", "/metrics")
    _, text = ready.client.call("GET", "/metrics")
    assert b"# TYPE inference_duration_seconds histogram\n" in text
    assert b'_bucket{model="fraud-scorer",version="2",le="0.001"} 0\n' in text
    assert b'_bucket{model="fraud-scorer",version="2",le="5.0"} 0\n' in text
    assert b'inference_duration_seconds_count{model="fraud-scorer",version="2"} 0\n' in text
    assert metric(ready.port, "process_start_time_seconds") > 1.7e9
