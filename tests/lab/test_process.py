"""Processes are known by id and start time, and ended by them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.adapters.ending import ended as gone
from tests.lab.observed import eventually

from mlrespond.lab.process import LabProcess, python, spawn, stop
from mlrespond.lab.session import members

pytestmark = pytest.mark.live

SLEEPER = "import signal, time; print('ready', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER

Start = Callable[[str], LabProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[LabProcess] = []

    def run(code: str) -> LabProcess:
        output = tmp_path / f"{len(started)}.out"
        started.append(spawn("one", [sys.executable, "-c", code], output))
        eventually(lambda: output.read_text() == "ready\n")
        return started[-1]

    yield run
    stop(started)


def test_a_process_runs_in_a_group_of_its_own_until_it_is_stopped(start: Start) -> None:
    process = start(SLEEPER)

    assert process.alive
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)

    assert stop([process]) == ("one",)
    assert not process.alive
    assert stop([process]) == ()


def test_a_process_that_ignores_the_request_is_killed(start: Start) -> None:
    process = start(STUBBORN)

    stop([process])

    assert not process.alive


def test_a_worker_in_a_group_of_its_own_is_ended_too(start: Start, tmp_path: Path) -> None:
    told = tmp_path / "worker"
    code = f"""
import os, signal, time
if os.fork() == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open({str(told)!r}, "w").write(str(os.getpid()))
    time.sleep(60)
while not os.path.exists({str(told)!r}): time.sleep(0.01)
{SLEEPER}"""
    process = start(code)
    eventually(lambda: told.read_text() != "")

    stop([process])

    assert members(process.pid) == ()
    assert gone(int(told.read_text()))


def test_a_process_that_died_unseen_is_not_alive(start: Start) -> None:
    process = start(SLEEPER)

    os.kill(process.pid, signal.SIGKILL)

    eventually(lambda: not process.alive)


def test_another_process_with_the_same_id_is_left_alone(start: Start) -> None:
    process = start(SLEEPER)
    older = replace(process, process=replace(process.process, started="1"))

    assert not older.alive
    assert stop([older]) == ()
    assert process.alive


def test_a_process_of_before_the_last_boot_is_left_alone(start: Start) -> None:
    process = start(SLEEPER)
    before = replace(process, process=replace(process.process, boot="earlier"))

    assert stop([before]) == ()
    assert process.alive


def test_a_command_that_cannot_start_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        spawn("one", [str(tmp_path / "none")], tmp_path / "out")


def test_a_module_of_ours_is_found_from_anywhere(tmp_path: Path) -> None:
    output = tmp_path / "out"

    process = spawn("help", python("mlrespond.lab.train", "--help"), output)

    eventually(lambda: not process.alive)
    assert "--snapshot" in output.read_text()
