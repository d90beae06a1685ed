"""`mlir lab`: a whole small service, started, broken, mended and stopped by commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.screen import still
from tests.lab.observed import running_in

from mlrespond.cli.main import run

pytestmark = pytest.mark.live


def test_a_lab_lives_and_dies_by_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = str(tmp_path / "lab")
    try:
        assert run(["lab", "up", "--dir", lab, "--rate", "20"]) == 0
        told = capsys.readouterr()
        assert told.out == f"the lab is up in {lab}; its service is fraud-scorer\n"
        assert told.err == f"next: mlir lab break bad-release --dir {lab}\n"

        assert run(["lab", "up", "--dir", lab]) == 2
        assert "help: " in capsys.readouterr().err

        assert run(["lab", "break", "serving-errors", "--dir", lab]) == 0
        told = capsys.readouterr()
        assert told.out.startswith("serving-errors: ")
        assert f"mlir -C {lab} respond --alert {lab}/alert.json" in told.err

        assert run(["-C", lab, "match", f"{lab}/alert.json"]) == 0
        assert "runbook   serving-errors" in capsys.readouterr().out

        assert run(["lab", "status", "--dir", lab, "--json"]) == 0
        status = json.loads(capsys.readouterr().out)
        assert [one["mode"] for one in status["faults"]] == ["serving-errors"]
        assert all(one["alive"] for one in status["processes"])
        assert run(["lab", "mend", "--dir", lab]) == 0
        assert capsys.readouterr().out == "mended serving-errors\n"
        assert run(["-C", lab, "lint"]) == 0
    finally:
        capsys.readouterr()
        assert run(["lab", "down", "--dir", lab]) == 0
    assert capsys.readouterr().out.startswith("stopped watch, traffic, router")
    assert running_in(tmp_path / "lab") == []
    assert run(["lab", "status", "--dir", lab]) == 0
    assert still(capsys.readouterr().out).startswith(f"{lab}: down, 20 requests a second\n")
    assert run(["lab", "down", "--dir", lab]) == 0
    assert capsys.readouterr().out == "stopped nothing: nothing ran\n"
