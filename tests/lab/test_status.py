"""How a lab is."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.lab.observed import Lab, eventually

from mlrespond.errors import UsageError
from mlrespond.lab.client import ask
from mlrespond.lab.faults import break_
from mlrespond.lab.restart import restart_replica
from mlrespond.lab.status import status
from mlrespond.model.codec import encode
from mlrespond.model.json import Json, Record, dump

pytestmark = pytest.mark.live


def test_it_tells_what_runs_what_is_served_and_what_is_broken(lab: Lab) -> None:
    break_(lab.root, "registry-down", 1)

    told = status(lab.root)

    assert (told.phase, told.rate, told.wanted) == ("up", 60.0, None)
    serves = {process.name: process.serves for process in told.processes}
    assert serves == {
        "eu-1": "2",
        "us-1": "2",
        "fallback": "rules-v1",
        "router": None,
        "traffic": None,
    }
    assert all(process.alive for process in told.processes)
    assert told.routes == {"to": "primary", "share": 100, "drained": []}
    assert [fault.mode for fault in told.faults] == ["registry-down"]
    assert dump(encode(told))


def test_a_dead_replica_is_told_as_dead(lab: Lab) -> None:
    os.kill(lab.process("eu-1").pid, signal.SIGKILL)
    eventually(lambda: not lab.process("eu-1").alive)

    (dead,) = [process for process in status(lab.root).processes if process.name == "eu-1"]

    assert (dead.alive, dead.serves) == (False, None)
    restart_replica(lab.root, "eu-1")


def test_the_fallback_answers_when_the_router_says_so(lab: Lab) -> None:
    ask(lab.port("router"), "PUT", "/routes", {"to": "rules-v1"})
    eventually(lambda: len(fallback_rows(lab)) > 30)
    drained: Json = {"to": "primary", "share": 100, "drained": ["us-1"]}

    ask(lab.port("router"), "PUT", "/routes", drained)

    assert status(lab.root).routes == drained
    assert {row["model_version"] for row in fallback_rows(lab)} == {"rules-v1"}
    ask(lab.port("router"), "PUT", "/routes", {"to": "primary"})


def fallback_rows(lab: Lab) -> list[Record]:
    return [row for row in lab.rows("") if row["replica"] == "fallback"]


def test_where_no_lab_is_there_is_no_status(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no lab"):
        status(tmp_path)
