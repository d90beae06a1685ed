"""Processes of this machine, told apart by boot, pid namespace, pid and time of start."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from mlrespond.model.lease_kind import Process

_LARGEST_PID = 1 << 22  # proc(5), pid_max
_DEAD = frozenset("ZXx")
_PS_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class _Seen:
    state: str
    started: str


class SystemProcesses:
    """This machine's processes, by /proc where there is one and by ps(1) elsewhere."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc

    def this(self) -> Process:
        """See Processes.this."""
        pid = os.getpid()
        return Process(
            host=socket.gethostname(),
            boot=self._boot(),
            pid=pid,
            started=self.started(pid),
            user=_user(),
        )

    def started(self, pid: int) -> str:
        """Return when a process started, in whatever unit the system counts; empty if unknown."""
        try:
            seen = self._seen(pid)
        except OSError:
            return ""
        return seen.started if seen else ""

    def provably_dead(self, process: Process) -> bool:
        """See Processes.provably_dead; a zombie is dead, and whatever is not known lives."""
        boot = self._boot()
        if not boot or (process.host, process.boot) != (socket.gethostname(), boot):
            return False
        if not 0 < process.pid <= _LARGEST_PID:
            return False
        try:
            seen = self._seen(process.pid)
        except OSError:
            return False
        if seen is None:
            return not _exists(process.pid)
        return seen.state[:1] in _DEAD or bool(process.started and seen.started != process.started)

    def _boot(self) -> str:
        try:
            boot = (self._proc / "sys/kernel/random/boot_id").read_text().strip()
            space = (self._proc / "self/ns/pid").readlink()
        except OSError:
            return _told(["sysctl", "-n", "kern.boottime"])
        return f"{boot} {space}"

    def _seen(self, pid: int) -> _Seen | None:
        if not (self._proc / "self").exists():
            state, _, started = _told(["ps", "-o", "stat=,lstart=", "-p", str(pid)]).partition(" ")
            return _Seen(state, started.strip()) if state else None
        try:
            stat = (self._proc / str(pid) / "stat").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        # proc_pid_stat(5): the name stands in parentheses and may hold any character
        fields = stat.rpartition(")")[2].split()
        return _Seen(fields[0], fields[19])


def _exists(pid: int) -> bool:
    """Tell a process hidden by the mount option hidepid (proc(5)) from one that is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _told(command: list[str]) -> str:
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603  # a literal command and a number
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PS_TIMEOUT_S,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
