"""`mlir demo --stack`: a real alert, by Prometheus through Alertmanager, to the postmortem."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lab.observed import running_in
from tests.stack.servers import needed

from mlrespond.lab.lines import read_lines
from mlrespond.model.json import items, record

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("lab-triton")]

_PATIENCE_S = 600


def test_the_demo_runs_from_a_real_alert_to_the_postmortem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed("prometheus", "prometheus-alertmanager")
    monkeypatch.setenv("MLRESPOND_STATE", str(tmp_path / "state"))
    lab, out = tmp_path / "lab", tmp_path / "out"
    out.mkdir()

    done = _mlir("demo", "--stack", "mlflow+triton+prometheus", "--dir", lab, "-o", out)

    assert done.returncode == 0, done.stdout
    assert "starting triton on eu-1 and us-1" in done.stdout
    assert "waiting for Prometheus to fire, and Alertmanager to tell" in done.stdout
    first = next(one for one in read_lines(lab / "stack/alerts.jsonl") if one["status"] == "firing")
    (alert,) = (record(one) for one in items(first["alerts"]))
    assert record(alert["labels"])["alertname"] == "OutputInvalid"
    assert "/graph?g0.expr=" in str(alert["generatorURL"])
    assert first["groupKey"] == '{}:{alertname="OutputInvalid", service="fraud-scorer"}'
    told = _mlir("-C", lab, "timeline", "INC-0001").stdout
    assert told.index("OutputInvalid") < told.index("make the registry want 2")
    assert told.index("make the registry want 2") < told.rindex("mitigated")
    (postmortem,) = out.glob("*.md")
    assert "OutputInvalid" in postmortem.read_text()
    assert running_in(lab) == []


def _mlir(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mlrespond", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_PATIENCE_S,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )
