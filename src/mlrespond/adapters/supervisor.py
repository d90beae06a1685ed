"""A process that sees one training through, whatever becomes of the one that ordered it.

`python -m mlrespond.adapters.supervisor FOLDER` detaches itself at once. It writes everything
down in the training's folder; see `training.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from mlrespond.adapters.commands import INHERITED, end_group
from mlrespond.adapters.process import SystemProcesses
from mlrespond.adapters.training import Order, Result, Training
from mlrespond.model.lease_kind import Process
from mlrespond.model.text import unnumbered

_POLL_S = 0.1
_GRACE_S = 10.0
_TAIL = 64 << 10
_NOT_STARTED = 127


def main(folder: str) -> None:
    """Detach, and see the training in a folder through."""
    if os.fork():
        os._exit(0)
    os.setsid()
    supervise(Training(Path(folder)))


def supervise(training: Training) -> None:
    """Run the order to its end, unless somebody runs it or has run it."""
    with training.alone() as handle:
        order = training.order()
        if handle is None or order is None or training.began():
            return
        processes = SystemProcesses()
        training.begin(processes.this())
        if training.cancelled():
            training.end(Result(code=_NOT_STARTED, last="", stopped="cancelled"))
            return
        training.end(_run(training, order, handle, processes))


def _run(training: Training, order: Order, handle: int, processes: SystemProcesses) -> Result:
    try:
        process = _started(training, order, handle)
    except (OSError, ValueError) as cause:
        return Result(
            code=_NOT_STARTED, last="", stopped=f"could not be started: {unnumbered(str(cause))}"
        )
    training.train(_identity(process.pid, processes))
    stopped = _followed(process, training, order.timeout_s)
    return Result(code=process.returncode, last=last_line(training.stdout), stopped=stopped)


def _started(training: Training, order: Order, handle: int) -> subprocess.Popen[bytes]:
    names = (*INHERITED, *order.declared)
    with training.stdout.open("ab") as out, training.stderr.open("ab") as err:
        return subprocess.Popen(  # noqa: S603  # an argument list of the team, never a shell
            order.args,
            cwd=order.folder,
            env={name: os.environ[name] for name in names if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            pass_fds=(handle,),
        )


def _identity(pid: int, processes: SystemProcesses) -> Process:
    return replace(processes.this(), pid=pid, started=processes.started(pid))


def _followed(process: subprocess.Popen[bytes], training: Training, timeout_s: float) -> str:
    """Wait for the end, and return why it was brought about if it was."""
    ends = time.monotonic() + timeout_s
    stopped = ""
    while not stopped:
        try:
            process.wait(_POLL_S)
        except subprocess.TimeoutExpired:
            if training.cancelled():
                stopped = "cancelled"
            elif time.monotonic() >= ends:
                stopped = f"not done in {timeout_s:g} s"
        else:
            return ""
    end_group(process, _GRACE_S)
    return stopped


def last_line(path: Path) -> str:
    """Return the last line of a file that is not blank."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = file.read().decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


if __name__ == "__main__":
    main(sys.argv[1])
