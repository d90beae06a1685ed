"""Processes without a shell: a group of their own, a few variables, a deadline, a capped output."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from mlrespond.adapters.durable import said
from mlrespond.errors import RejectedError
from mlrespond.model.reading import Finished

KEPT = 64 << 10
INHERITED = ("PATH", "HOME", "LANG")

_GRACE_S = 2.0
_LINGER_S = 0.5
_PIECE = 1 << 14


class SystemCommands:
    """Runs commands in a folder; environment: PATH, HOME, LANG and what is declared."""

    def __init__(self, folder: Path, *, grace_s: float = _GRACE_S) -> None:
        self._folder = folder
        self._grace_s = grace_s

    def run(
        self,
        args: Sequence[str],
        env: Mapping[str, str],
        timeout_s: float,
        given: bytes = b"",
    ) -> Finished:
        """See Commands.run; `out` is stdout, and of a command that failed stderr too.

        A negative code is the signal that ended it. What outlives the command keeps running.
        `given` is what it reads.
        """
        process = self._started(args, env, given)
        out, err = _Output(process.stdout), _Output(process.stderr)
        timed_out = False
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            end_group(process, self._grace_s)
        code = -signal.SIGKILL if process.returncode is None else process.returncode
        told = out.text() if code == 0 else out.text() + err.text()
        return Finished(code=code, out=told, timed_out=timed_out)

    def _started(
        self, args: Sequence[str], env: Mapping[str, str], given: bytes
    ) -> subprocess.Popen[bytes]:
        if not args:
            raise RejectedError("a command has at least one word")
        try:
            with said(f"`{args[0]}` cannot be started"), TemporaryFile() as stdin:
                stdin.write(given)
                stdin.seek(0)
                return subprocess.Popen(  # noqa: S603  # argument lists of the team, never a shell
                    list(args),
                    cwd=self._folder,
                    env=environment(env),
                    stdin=stdin if given else subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
        except ValueError as cause:
            raise RejectedError("an argument or variable holds what no process can take") from cause


def environment(declared: Mapping[str, str]) -> dict[str, str]:
    """Return PATH, HOME and LANG of ours, and the declared variables."""
    return {**{key: os.environ[key] for key in INHERITED if key in os.environ}, **declared}


def end_group(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """End a process that still runs, and its group: TERM, and KILL after a while."""
    if process.poll() is not None:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            continue
        break
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


class _Output:
    """Head and tail of a stream, read in a thread until its last writer is gone."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self._pipe = pipe
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """Return what was kept; a child that holds the stream open is not waited for long."""
        self._thread.join(_LINGER_S)
        cut = f"\n[{self._dropped} bytes left out]\n".encode() if self._dropped else b""
        return bytes(self._head + cut + self._tail).decode("utf-8", "replace")

    def _drain(self) -> None:
        with self._pipe:
            while piece := os.read(self._pipe.fileno(), _PIECE):
                self._keep(piece)

    def _keep(self, piece: bytes) -> None:
        room = KEPT // 2 - len(self._head)
        self._head += piece[:room] if room > 0 else b""
        self._tail += piece[max(room, 0) :]
        over = len(self._tail) - KEPT // 2
        if over > 0:
            del self._tail[:over]
            self._dropped += over
