"""The lab's `mlir.yaml` is a service definition like any team's."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest
import yaml

from mlrespond.lab.folder import Folder
from mlrespond.lab.process import LabProcess
from mlrespond.lab.settings import write_settings
from mlrespond.lab.state import LabState
from mlrespond.model.lease_kind import Process
from mlrespond.model.service import Project, RatioObjective, Service

NOBODY = Process(host="here", boot="b", pid=1, started="1")
NAMES = ("eu-1", "us-1", "fallback", "router")


def written(root: Path) -> Project:
    processes = tuple(
        LabProcess(name=name, process=NOBODY, port=8000 + at) for at, name in enumerate(NAMES)
    )
    write_settings(Folder(root), LabState(phase="up", seed=1, rate=1.0, processes=processes))
    return Project.model_validate(yaml.safe_load((root / "mlir.yaml").read_text()))


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return written(tmp_path).services["fraud-scorer"]


def test_it_is_valid_and_names_who_runs_the_lab(tmp_path: Path) -> None:
    project = written(tmp_path)

    (member,) = project.teams["fraud-ml"].members
    assert project.people[member].login == [f"os:{getpass.getuser()}"]
    assert project.services["fraud-scorer"].owner == "fraud-ml"
    assert [level.page for level in project.services["fraud-scorer"].escalation] == ["fraud-ml"]


@pytest.mark.parametrize(
    ("login", "handle"),
    [("Ana.Maria", "ana-maria"), ("CORP\\bob_", "corp-bob"), ("__", "operator")],
)
def test_any_login_becomes_a_handle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: str, handle: str
) -> None:
    monkeypatch.setenv("LOGNAME", login)

    project = written(tmp_path)

    assert project.teams["fraud-ml"].members == [handle]
    assert project.people[handle].login == [f"os:{login}"]


def test_it_has_the_addresses_of_what_runs(service: Service) -> None:
    serving = service.serving

    assert [(one.name, one.region, one.url) for one in serving.replicas] == [
        ("eu-1", "eu", "http://127.0.0.1:8000"),
        ("us-1", "us", "http://127.0.0.1:8001"),
    ]
    assert serving.routes_through == "http://127.0.0.1:8003"
    assert serving.hooks.restart[-1] == "{{ replica }}"
    assert service.metrics is not None
    assert service.metrics.model_extra == {
        "targets": [
            {"name": "eu-1", "url": "http://127.0.0.1:8000/metrics"},
            {"name": "us-1", "url": "http://127.0.0.1:8001/metrics"},
        ]
    }


def test_its_objectives_count_by_version_and_window(service: Service) -> None:
    assert set(service.objectives) == {"error_ratio", "latency_p95", "golden", "validity"}
    errors = service.objectives["error_ratio"]
    assert isinstance(errors, RatioObjective)
    assert errors.bad == (
        'sum(increase(inference_failures_total{version=~"{{ version }}",'
        'replica=~"{{ replica }}"}[{{ window }}]))'
    )
    validity = service.objectives["validity"]
    assert isinstance(validity, RatioObjective)
    assert (validity.source, validity.good, validity.min) == ("predictions", "valid", 0.97)


def test_the_file_has_no_tags_and_no_aliases(tmp_path: Path) -> None:
    written(tmp_path)

    text = (tmp_path / "mlir.yaml").read_text()
    assert "!!" not in text
    assert "&id" not in text
