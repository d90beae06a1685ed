"""Processes told apart: whoever cannot be proven dead lives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mlrespond.adapters.process import SystemProcesses
from mlrespond.model.lease_kind import Process
from mlrespond.ports.process import Processes
from mlrespond.testing.contract.processes import ProcessesContract

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def identity(pid: int) -> Process:
    processes = SystemProcesses()
    return replace(processes.this(), pid=pid, started=processes.started(pid))


class TestSystemProcesses(ProcessesContract):
    @pytest.fixture
    def processes(self) -> Processes:
        return SystemProcesses()

    @pytest.fixture
    def dead(self) -> Process:
        with subprocess.Popen(SLEEP) as process:
            known = identity(process.pid)
            process.kill()
        return known


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP) as process:
        yield process
        process.kill()


def test_a_running_child_lives(child: subprocess.Popen[bytes]) -> None:
    assert not SystemProcesses().provably_dead(identity(child.pid))


def test_a_zombie_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        known = identity(process.pid)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, not reaped

        assert SystemProcesses().provably_dead(known)


@pytest.mark.parametrize("name", ["a) R 1 (b", "x y z", "((("])
def test_a_name_with_parentheses_confuses_nobody(tmp_path: Path, name: str) -> None:
    program = tmp_path / name
    program.symlink_to(shutil.which("sleep") or "/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        known = identity(process.pid)
        assert known.started.isdigit()
        assert not SystemProcesses().provably_dead(known)
        process.kill()


@pytest.mark.parametrize("pid", [0, -1, 10**30])
def test_a_number_that_is_no_process_is_not_proven_dead(pid: int) -> None:
    assert not SystemProcesses().provably_dead(replace(SystemProcesses().this(), pid=pid))


def test_a_process_says_who_runs_it_and_where() -> None:
    this = SystemProcesses().this()

    assert this.pid == os.getpid()
    assert this.user
    assert this.host
    assert "pid:[" in this.boot


@pytest.mark.skipif(shutil.which("ps") is None, reason="asks ps")
def test_without_proc_ps_is_asked(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    processes = SystemProcesses(tmp_path)

    assert processes.started(child.pid)
    assert processes.started(child.pid) == processes.started(child.pid)


def test_where_no_boot_is_known_nobody_is_proven_dead(tmp_path: Path) -> None:
    processes = SystemProcesses(tmp_path)
    if processes.this().boot:
        pytest.skip("this system names its boot without /proc")

    assert not processes.provably_dead(replace(processes.this(), started="before"))
