"""What is known of a lab."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlrespond.errors import HeldError, InvalidInputError, UsageError
from mlrespond.lab.folder import Folder
from mlrespond.lab.process import LabProcess
from mlrespond.lab.state import Fault, LabState, known, known_up, load, locked, save
from mlrespond.model.lease_kind import Process

HERE = Process(host="here", boot="b", pid=4, started="99")
EU = LabProcess(name="eu-1", process=HERE, port=8000)
FAULT = Fault(mode="nothing", seed=1, at=datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_state_is_read_back_as_it_was(folder: Folder) -> None:
    state = LabState(phase="up", seed=1, rate=60.0, processes=(EU,), faults=(FAULT,))

    save(folder, state)

    assert load(folder) == known_up(folder) == state


def test_a_restarted_process_takes_the_place_of_the_old_one() -> None:
    us = LabProcess(name="us-1", process=replace(HERE, pid=6), port=8001)
    state = LabState(phase="up", seed=1, rate=60.0, processes=(EU,)).with_process(us)
    again = LabProcess(name="eu-1", process=replace(HERE, pid=5), port=8000)

    assert state.with_process(again).processes == (again, us)


def test_what_is_not_there_is_told(folder: Folder) -> None:
    assert load(folder) is None
    with pytest.raises(UsageError, match="there is no lab"):
        known(folder)

    state = save(folder, LabState(phase="down", seed=1, rate=60.0, processes=(EU,)))

    with pytest.raises(UsageError, match="is down"):
        known_up(folder)
    with pytest.raises(UsageError, match="no process `us-1`"):
        state.port("us-1")


def test_somebody_else_s_file_is_no_state(folder: Folder) -> None:
    folder.state.write_text('{"version": 3}')

    with pytest.raises(InvalidInputError):
        load(folder)


def test_one_command_at_a_time_changes_a_lab(folder: Folder) -> None:
    with locked(folder), pytest.raises(HeldError), locked(folder, 0.1):
        pass

    with locked(folder):
        pass
