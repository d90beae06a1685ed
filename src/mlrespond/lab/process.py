"""The lab's processes: started in a group of their own, told apart from others, ended by that.

A process id alone says little, for ids are used again: see SystemProcesses.
"""

from __future__ import annotations

import os
import signal
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import which

import mlrespond
from mlrespond.adapters.process import SystemProcesses
from mlrespond.lab import session
from mlrespond.lab.deadline import wait_until
from mlrespond.model.lease_kind import Process

_TERM_S = 2.0
_KILL_S = 2.0
_LINGER_S = 1.0
_SYSTEM = SystemProcesses()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabProcess:
    """A process of the lab; `port` is None until it has told it, or if it listens nowhere."""

    name: str
    process: Process
    port: int | None = None

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Return whether it is this very process that runs, on this machine since its boot."""
        here = _SYSTEM.this()
        if (self.process.host, self.process.boot) != (here.host, here.boot):
            return False
        if not _SYSTEM.provably_dead(self.process):
            return True
        self._reap()
        return False

    def _reap(self) -> None:
        """Let an ended child of ours go; else it stays as a zombie for as long as we run."""
        if _SYSTEM.started(self.pid) == self.process.started:
            with suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours, from wherever this program was imported.

    `-P` keeps the modules of the current folder out of it.
    """
    command = [sys.executable, "-P", "-m", module, *arguments]
    home = str(source_folder())
    if home in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        return command
    return [which("env") or "/usr/bin/env", f"PYTHONPATH={home}", *command]


def source_folder() -> Path:
    """Return the folder that this program was imported from."""
    return Path(mlrespond.__file__).parents[1]


def spawn(
    name: str, command: list[str], output: Path, environ: Mapping[str, str] | None = None
) -> LabProcess:
    """Start a command in a session of its own, with its output in a file."""
    output.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ if environ is None else environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    process = replace(_SYSTEM.this(), pid=pid, started=_SYSTEM.started(pid))
    return LabProcess(name=name, process=process)


def stop(processes: Iterable[LabProcess]) -> tuple[str, ...]:
    """End processes, their groups and sessions: TERM, after two seconds KILL; tell which ran."""
    running = [process for process in processes if process.alive]
    names = tuple(process.name for process in running)
    for number, patience_s in ((signal.SIGTERM, _TERM_S), (signal.SIGKILL, _KILL_S)):
        for process in running:
            if process.alive:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
        if wait_until(lambda: not any(process.alive for process in running), patience_s):
            break
    for process in running:
        _end_session(process.pid)
    return names


def _end_session(leader: int) -> None:
    """End workers that took groups of their own; their parents had time to pass the request on."""
    if not wait_until(lambda: not session.members(leader), _LINGER_S):
        session.kill(leader)
        wait_until(lambda: not session.members(leader), _KILL_S)
