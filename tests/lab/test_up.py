"""Starting and stopping labs leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tests.lab.observed import Lab, eventually, now, running_in

from mlrespond.errors import InvalidInputError, UnreachableError, UsageError
from mlrespond.lab.down import down
from mlrespond.lab.folder import Folder
from mlrespond.lab.registry import LabRegistry
from mlrespond.lab.state import load
from mlrespond.lab.up import up
from mlrespond.model.service import Project

pytestmark = pytest.mark.live

UP = "import sys, pathlib, mlrespond.lab.up as lab; lab.up(pathlib.Path(sys.argv[1]))"
NewLab = Callable[..., Lab]


def test_a_lab_serves_its_second_version_to_steady_traffic(lab: Lab) -> None:
    began = now()

    assert [process.name for process in lab.state.processes if process.alive] == [
        "eu-1",
        "us-1",
        "fallback",
        "router",
        "traffic",
    ]
    assert lab.served() == ["2", "2"]
    eventually(lambda: len(lab.rows(began)) > 60)
    assert {row["model_version"] for row in lab.rows(began)} == {"2"}
    assert all(row["ok"] and row["valid"] for row in lab.rows(began))


def test_its_good_versions_get_the_golden_cases_right(lab: Lab) -> None:
    assert lab.golden("1") >= 0.95
    assert lab.golden("2") >= 0.95
    versions = lab.root / "registry/fraud-scorer/versions"
    first, second = (
        json.loads((versions / name / "version.json").read_text())["metrics"]["accuracy"]
        for name in ("1", "2")
    )
    assert 0.9 < first < second
    assert LabRegistry(lab.folder.registry).wanted() == "2"


def test_its_service_definition_is_valid(lab: Lab) -> None:
    project = Project.model_validate(yaml.safe_load(lab.folder.settings.read_text()))

    replicas = project.services["fraud-scorer"].serving.replicas
    assert [one.url for one in replicas] == [
        f"http://127.0.0.1:{lab.port(name)}" for name in ("eu-1", "us-1")
    ]


def test_nothing_of_it_listens_beyond_loopback(lab: Lab) -> None:
    for process in lab.state.processes:
        if process.port:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((other_loopback(), process.port), timeout=1)


def other_loopback() -> str:
    """Return an address of this machine that is not 127.0.0.1, but never leaves it."""
    return "127.0.0.2"


def test_a_second_lab_in_the_same_folder_is_refused_and_harms_nothing(lab: Lab) -> None:
    before = lab.state

    with pytest.raises(UsageError, match="a lab is up"):
        up(lab.root)

    assert lab.state == before
    assert all(process.alive for process in before.processes)


def test_two_labs_live_side_by_side(lab: Lab, new_lab: NewLab) -> None:
    other = new_lab()

    ports = {one.port for each in (lab, other) for one in each.state.processes if one.port}
    assert len(ports) == 8
    down(other.root)
    assert not any(process.alive for process in other.state.processes)
    assert all(process.alive for process in lab.state.processes)


def test_down_can_be_repeated_and_up_starts_afresh(new_lab: NewLab) -> None:
    first = new_lab()
    processes = first.state.processes
    (first.root / ".mlir").mkdir()
    (first.root / ".mlir" / "timeline.db").write_text("kept")

    stopped = down(first.root)
    assert set(stopped) == {"eu-1", "us-1", "fallback", "router", "traffic"}
    assert down(first.root) == ()
    assert not any(process.alive for process in processes)

    up(first.root)
    assert first.served() == ["2", "2"]
    assert (first.root / ".mlir" / "timeline.db").read_text() == "kept"


def test_down_where_no_lab_was_does_nothing(tmp_path: Path) -> None:
    assert down(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_down_stops_the_rest_after_some_were_killed(new_lab: NewLab) -> None:
    lab = new_lab()
    processes = lab.state.processes
    for name in ("eu-1", "router"):
        os.kill(lab.process(name).pid, signal.SIGKILL)
    eventually(lambda: not lab.process("eu-1").alive)

    down(lab.root)

    assert not any(process.alive for process in processes)


def test_down_kills_what_does_not_listen(new_lab: NewLab) -> None:
    lab = new_lab()
    frozen = lab.process("us-1")
    os.kill(frozen.pid, signal.SIGSTOP)

    down(lab.root)

    assert not frozen.alive


def test_processes_whose_lab_forgot_them_end_by_themselves(new_lab: NewLab) -> None:
    lab = new_lab()
    processes = lab.state.processes

    lab.folder.state.rename(lab.folder.state.with_suffix(".kept"))

    eventually(lambda: not any(process.alive for process in processes))
    lab.folder.state.with_suffix(".kept").rename(lab.folder.state)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_start_that_is_cut_short_leaves_nothing_that_down_does_not_stop(
    tmp_path: Path, number: signal.Signals
) -> None:
    lab = Lab(Folder(tmp_path / "lab"))
    starting = subprocess.Popen(
        [sys.executable, "-c", UP, str(lab.root)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: (state := load(lab.folder)) is not None and len(state.processes) > 1)

    starting.send_signal(number)
    starting.wait(180)

    if number == signal.SIGKILL:
        assert running_in(lab.root)
        down(lab.root)
    eventually(lambda: not running_in(lab.root))
    assert (lab.state.phase, lab.state.processes) == ("down", ())


def test_a_start_whose_processes_fail_says_what_they_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "none"))

    with pytest.raises(UnreachableError, match=r"`eu-1` ended at once: (.|\n)*PYTHONHOME"):
        up(tmp_path / "lab")

    assert running_in(tmp_path) == []


def test_an_impossible_rate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="rate 0"):
        up(tmp_path, rate=0)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "mine.jsonl").write_text("mine")

    with pytest.raises(InvalidInputError, match="`logs`, which no lab has made"):
        up(tmp_path)

    assert (tmp_path / "logs" / "mine.jsonl").read_text() == "mine"
    assert load(Folder(tmp_path)) is None
