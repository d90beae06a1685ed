"""A terminal with somebody at it: runs a command on a pseudo-terminal, and types what it asks."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_REDRAWN = re.compile(r".*\r\x1b\[K", re.DOTALL)
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw, line by line, and how it ended."""

    lines: tuple[str, ...]
    code: int


def run(
    args: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    answers: Mapping[str, str],
    within_s: float,
) -> Seen:
    """Run a command, answer each prompt once, and return what showed; prompt → what to type."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        args, cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    try:
        shown = _until_closed(ours, dict(answers), time.monotonic() + within_s)
        return Seen(_lines(shown), process.wait(60))
    finally:
        os.close(ours)
        if process.poll() is None:
            process.kill()
            process.wait()


def _until_closed(ours: int, answers: dict[str, str], deadline: float) -> str:
    shown, answered = "", 0
    while True:
        assert time.monotonic() < deadline, f"it did not end in time:\n{shown}"
        if not select.select([ours], [], [], _POLL_S)[0]:
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the last of the other side has closed
            return shown
        if not piece:
            return shown
        shown += piece.decode()
        for prompt in [one for one in answers if one in shown[answered:]]:
            os.write(ours, f"{answers.pop(prompt)}\n".encode())
            answered = len(shown)


def _lines(shown: str) -> tuple[str, ...]:
    """Return the lines as they stood in the end: redrawn ones count as last drawn."""
    plain = (_STYLE.sub("", _REDRAWN.sub("", line)) for line in shown.split("\n"))
    return tuple(line.strip("\r").rstrip() for line in plain)
