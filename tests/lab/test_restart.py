"""Restarting a replica keeps its address and what it serves."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from tests.lab.observed import Lab, metric

from mlrespond.errors import UsageError
from mlrespond.lab.client import ask
from mlrespond.lab.embedded import load
from mlrespond.lab.restart import main, restart_replica

pytestmark = pytest.mark.live


def test_a_restarted_replica_is_a_new_process_at_the_same_address(lab: Lab) -> None:
    before = lab.process("eu-1")
    started_at = metric(lab.port("eu-1"), "process_start_time_seconds")

    after = restart_replica(lab.root, "eu-1")

    assert after.pid != before.pid
    assert after.port == before.port
    assert not before.alive
    assert lab.process("eu-1") == after
    assert metric(lab.port("eu-1"), "process_start_time_seconds") > started_at
    assert lab.served() == ["2", "2"]


def test_a_restart_changes_no_version(lab: Lab) -> None:
    load(lab.port("us-1"), "1")

    restart_replica(lab.root, "us-1")

    assert lab.served() == ["2", "1"]


def test_the_hook_of_the_service_definition_restarts_and_clears_a_fault(lab: Lab) -> None:
    ask(lab.port("us-1"), "POST", "/lab/fault", {"errors": 1.0})
    service = yaml.safe_load(lab.folder.settings.read_text())["services"]["fraud-scorer"]
    hook = [
        word.replace("{{ replica }}", "us-1") for word in service["serving"]["hooks"]["restart"]
    ]

    done = subprocess.run(hook, env={}, cwd="/", capture_output=True, check=False, timeout=120)

    assert (done.returncode, done.stderr) == (0, b"")
    assert lab.served() == ["2", "2"]


def test_only_replicas_are_restarted(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="`router` is no replica"):
        restart_replica(lab.root, "router")

    assert main(["--folder", str(lab.root), "router"]) == 2
    assert capsys.readouterr().err == "error: `router` is no replica\n"
