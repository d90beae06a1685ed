"""The lab's `mlir.yaml` through the real adapters: both sides keep to the same wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from tests.lab.observed import Lab, eventually

from mlrespond.adapters import router, table
from mlrespond.adapters.case_book import CaseBook
from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.hooks import TeamHooks
from mlrespond.adapters.open_inference import Config as ServingConfig
from mlrespond.adapters.replicas import Replicas
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import InvalidInputError, NotThereError, PortError
from mlrespond.lab.faults import break_
from mlrespond.lab.lines import read_lines
from mlrespond.lab.tensor import PROBE
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.json import Record, record
from mlrespond.model.reading import Profile, Route, Window
from mlrespond.model.service import GoldenSet

pytestmark = pytest.mark.live


@dataclass
class Ports:
    """The service as a responder meets it."""

    lab: Lab
    site: Site
    written: Mapping[str, Record]

    @property
    def serving_config(self) -> ServingConfig:
        return ServingConfig.model_validate(self.written["serving"])

    def count(self, objective: str, part: str, version: str) -> float:
        query = str(record(self.written["objectives"][objective])[part])
        filled = shown(fill(query, {"version": version, "replica": ".*", "window": "2s"}))
        metrics = table.build("metrics", self.written["metrics"], self.site)
        return sum(sample.value for sample in metrics.instant(filled, datetime.now(UTC)))

    def profile(self, since: datetime) -> Profile:
        log = table.build("predictions", self.written["predictions"], self.site)
        return log.profile(Window(since=since, until=datetime.now(UTC)))


@pytest.fixture
def ports(lab: Lab, tmp_path: Path) -> Ports:
    site = Site(
        folder=lab.root,
        secrets=EnvSecrets(lab.root),
        clock=SystemClock(),
        state=tmp_path,
        service="fraud-scorer",
    )
    written = yaml.safe_load(lab.folder.settings.read_text())["services"]["fraud-scorer"]
    return Ports(lab, site, written)


def test_the_registry_tells_and_moves_what_is_wanted(ports: Ports) -> None:
    registry = table.build("registry", ports.written["registry"], ports.site)

    assert registry.wanted() == "2"
    assert [version.name for version in registry.versions()][:2] == ["1", "2"]
    registry.want("1")
    registry.tag("1", "suspect", "yes")

    assert registry.wanted() == "1"
    assert registry.versions()[0].tags == {"suspect": "yes"}


def test_versions_are_loaded_activated_and_asked(ports: Ports) -> None:
    serving = table.build("serving", ports.written["serving"], ports.site)
    cases = CaseBook(GoldenSet.model_validate(ports.written["golden"]), None, ports.site).golden()

    assert serving.served("eu-1").version == "2"
    serving.load("eu-1", "1")
    answered = serving.predict("eu-1", [case.row for case in cases], "1")
    serving.activate("us-1", "1")

    assert (answered.version, answered.failed) == ("1", 0)
    right = [case.expected == told for case, told in zip(cases, answered.outputs, strict=True)]
    assert sum(right) / len(right) >= 0.95
    assert [serving.served(name).version for name in ("eu-1", "us-1")] == ["2", "1"]
    with pytest.raises(NotThereError):
        serving.load("eu-1", "99")


def test_the_router_takes_routes(ports: Ports) -> None:
    routing = router.build(ports.serving_config, ports.site)
    fallback = Route(to="rules-v1", share=20, drained=("eu-1",))

    routing.set_route(fallback)
    assert routing.route() == fallback
    with pytest.raises(PortError):
        routing.set_route(Route(to="moon"))

    routing.set_route(Route(to="primary"))
    assert routing.route() == Route(to="primary")


def test_the_hook_restarts_a_replica(ports: Ports) -> None:
    config = ports.serving_config
    hooks = TeamHooks(config, Replicas(config, ports.site), SystemCommands(ports.site.folder))
    before = hooks.started_at("us-1")

    hooks.restart("us-1")

    after = hooks.started_at("us-1")
    assert before is not None
    assert after is not None
    assert after > before


def test_objectives_count_errors_and_latencies(ports: Ports) -> None:
    break_(ports.lab.root, "serving-errors", 1)

    eventually(lambda: ports.count("error_ratio", "bad", "2") > 5)

    assert ports.count("error_ratio", "total", "2") > ports.count("error_ratio", "bad", "2")
    assert ports.count("latency_p95", "histogram", "2") > 0


def test_predictions_are_profiled_and_held_against_labels(ports: Ports) -> None:
    since = datetime.now(UTC)
    eventually(lambda: ports.profile(since).n > 100)

    profile = ports.profile(since)

    assert profile.unreadable == 0
    assert set(profile.by_version) == {"2"}
    assert {feature.name for feature in profile.features} == set(PROBE)
    assert all(feature.out_of_range == feature.mismatched == 0 for feature in profile.features)
    true, counted = profile.flags["valid"]
    assert true == counted > 90
    log = table.build("predictions", ports.written["predictions"], ports.site)
    window = Window(since=since, until=since + timedelta(seconds=1))
    eventually(lambda: log.labels(window).labelled > 30, 12)
    counts = log.labels(window)
    assert counts.correct / counts.labelled > 0.85
    assert counts.labelled == counts.mature


def test_a_pipeline_freezes_trains_and_registers(ports: Ports) -> None:
    pipeline = table.build("pipeline", ports.written["retrain"], ports.site)
    since = datetime.now(UTC)
    eventually(lambda: ports.lab.agreement(since.isoformat()[:26])[0] > 100)
    window = Window(since=since, until=datetime.now(UTC))

    snapshot = pipeline.freeze("inc:retrain:1", window)
    pipeline.start("inc:retrain:1", snapshot, window)
    eventually(lambda: pipeline.status("inc:retrain:1").state != "running")

    done = pipeline.status("inc:retrain:1")
    assert done.state == "succeeded", done.detail
    registry = table.build("registry", ports.written["registry"], ports.site)
    (trained,) = [version for version in registry.versions() if version.name == done.version]
    assert trained.tags["mlir.key"] == "inc:retrain:1"
    assert trained.tags["snapshot"] == snapshot


def test_pages_arrive_in_the_sink(ports: Ports) -> None:
    project = yaml.safe_load(ports.lab.folder.settings.read_text())
    pager = table.build("pager", project["teams"]["fraud-ml"]["page"], ports.site)
    chat = table.build("chat", project["chats"]["ops"], ports.site)

    pager.page("k", "fraud-ml", "the model is wrong")
    chat.post("k", "ops", "we are on it")

    (page,) = read_lines(ports.lab.folder.pages / "pages.jsonl")
    assert (page["key"], page["to"], page["text"]) == ("k", "fraud-ml", "the model is wrong")
    sink = "".join(path.read_text() for path in ports.lab.folder.pages.glob("*.jsonl"))
    assert "we are on it" in sink
    (ports.lab.folder.pages / "acks.jsonl").write_text(
        '{"key": "k", "by": "ana", "at": "2026-11-22T03:00:00Z"}\n'
    )
    acknowledged = pager.acknowledged("k")
    assert acknowledged is not None
    assert acknowledged.by == "ana"


def test_a_service_definition_with_a_wrong_key_is_refused(ports: Ports) -> None:
    with pytest.raises(InvalidInputError):
        table.build("registry", {**ports.written["registry"], "colour": "red"}, ports.site)
