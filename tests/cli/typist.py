"""Somebody at a terminal: a command line in a process of its own, behind a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from contextlib import suppress
from typing import Protocol

from tests.cli.screen import still
from tests.cli.shop import Shop

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_WITHIN_S = 15.0


class Typist:
    """Types, and reads what the screen shows; `end` gives the exit code."""

    def __init__(self, shop: Shop, *args: str, columns: int = 0, **environ: str) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (50, columns))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mlrespond", "-C", str(shop.folder), *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "200", **environ},
            start_new_session=True,
        )
        os.close(slave)
        self.raw = ""

    @property
    def screen(self) -> str:
        """Return what stands on the screen, without colour, times and digests named."""
        text = _CONTROL.sub("", self.raw).replace("\r\n", "\n")
        return still("\n".join(line.rpartition("\r")[2] for line in text.split("\n")))

    def sees(self, text: str) -> None:
        """Wait until the screen shows a text after what was seen before."""
        deadline = time.monotonic() + _WITHIN_S
        while text not in self.screen:
            assert time.monotonic() < deadline, f"never saw {text!r} in:\n{self.screen}"
            if not self._read():
                break
        assert text in self.screen, f"it ended without {text!r}:\n{self.screen}"

    def types(self, line: str) -> None:
        """Type a line."""
        os.write(self._master, f"{line}\n".encode())

    def presses(self, key: str) -> None:
        """Press a key, without Enter."""
        os.write(self._master, key.encode())

    def settings(self) -> object:
        """Return how the terminal is set: echo, line by line, and so on."""
        return termios.tcgetattr(self._master)[:4]

    def terminates(self) -> None:
        """Ask the process to end."""
        self._process.terminate()

    def hangs_up(self) -> None:
        """Type the end of the input."""
        os.write(self._master, b"\x04")

    def interrupts(self) -> None:
        """Press Ctrl-C: the process group at a terminal gets the signal."""
        os.killpg(self._process.pid, 2)

    def end(self) -> int:
        """Read to the end, and return the exit code."""
        while self._read():
            pass
        return self._process.wait(_WITHIN_S)

    def close(self) -> None:
        """Take the terminal away, and the process with it if it is still there."""
        os.close(self._master)
        self._process.kill()
        self._process.wait(_WITHIN_S)

    def _read(self) -> bool:
        if not select.select([self._master], [], [], _WITHIN_S)[0]:
            raise AssertionError(f"silent for too long:\n{self.screen}")
        with suppress(OSError):  # Linux says EIO when the other side is closed
            found = os.read(self._master, 65536)
            self.raw += found.decode()
            return bool(found)
        return False


class Sit(Protocol):
    """Sits somebody down at a terminal."""

    def __call__(self, *args: str, columns: int = 0, **environ: str) -> Typist: ...
