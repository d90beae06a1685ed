"""A process of the lab lives only as long as its lab names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.lab.observed import eventually

from mlrespond.lab.folder import Folder
from mlrespond.lab.process import python, spawn, stop
from mlrespond.lab.state import LabState, save

pytestmark = pytest.mark.live


@pytest.mark.parametrize("phase", [None, "down"])
def test_a_process_without_a_lab_that_is_up_ends_at_once(tmp_path: Path, phase: str | None) -> None:
    folder = Folder(tmp_path)
    folder.run.mkdir()
    if phase:
        save(folder, LabState(phase="down", seed=1, rate=1.0))
    command = python("mlrespond.lab.replica", "--folder", str(tmp_path), "--rules")

    process = spawn("replica", command, folder.output("replica"))

    eventually(lambda: not process.alive, 4)
    assert folder.output("replica").read_text() == ""
    assert folder.port("replica").exists()
    assert stop([process]) == ()
