"""Supervisors: started so that they outlive us, and what is done where one died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from mlrespond.adapters.commands import environment
from mlrespond.adapters.process import SystemProcesses
from mlrespond.adapters.training import Training
from mlrespond.errors import NoAnswerError, UnreachableError

_WITHIN_S = 20.0
_POLL_S = 0.02
# isolated, so that neither the folder nor a variable decides what is imported
_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from mlrespond.adapters.supervisor import main
main(sys.argv[2])
"""


def spawn(training: Training, variables: Mapping[str, str]) -> None:
    """Start a supervisor that detaches itself; secrets reach it as variables, never as files."""
    root = str(Path(__file__).parents[2])
    with (training.folder / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # this very program
            [sys.executable, "-I", "-c", _PROGRAM, root, str(training.folder.absolute())],
            env=environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        code = process.wait(_WITHIN_S)
    except subprocess.TimeoutExpired as cause:
        raise NoAnswerError(f"the supervisor for {training.folder} did not detach") from cause
    if code != 0:
        raise UnreachableError(
            f"the supervisor for {training.folder} could not be started",
            hint="see supervisor.log there",
        )


def await_begin(training: Training) -> None:
    """Return once a supervisor has taken the order."""
    ends = time.monotonic() + _WITHIN_S
    while training.began() is None:
        if time.monotonic() >= ends:
            raise NoAnswerError(
                f"no supervisor took the training in {training.folder}",
                hint="start it again with the same key; see supervisor.log there",
            )
        time.sleep(_POLL_S)


def end_orphan(training: Training) -> None:
    """End a command whose supervisor died: nobody else would."""
    processes = SystemProcesses()
    supervisor, command = training.began(), training.command()
    if not supervisor or not command or not processes.provably_dead(supervisor):
        return
    here = processes.this()
    same = (command.host, command.boot) == (here.host, here.boot)
    if same and not processes.provably_dead(command):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(command.pid, signal.SIGTERM)
