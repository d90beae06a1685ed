"""How each process of the lab lives: until it is told to end, or its lab no longer names it."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from pathlib import Path
from types import FrameType

from mlrespond.adapters.durable import replace_file
from mlrespond.errors import InvalidInputError
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.folder import Folder
from mlrespond.lab.state import LabState, load

_NAMED_WITHIN_S = 5.0
_LOOK_EVERY_S = 1.0


class Leash:
    """Ties this process to its lab: `state.json` must name it, by name and process id."""

    def __init__(self, folder: Folder, name: str) -> None:
        self._folder = folder
        self._name = name
        self._told = threading.Event()
        signal.signal(signal.SIGTERM, self._end)

    def hold(self) -> None:
        """Return when the process is to end."""
        wait_until(lambda: self._told.is_set() or self._named() or self._down(), _NAMED_WITHIN_S)
        while self._named() and not self._told.wait(_LOOK_EVERY_S):
            pass

    def _end(self, signal_number: int, frame: FrameType | None) -> None:
        del signal_number, frame
        self._told.set()

    def _named(self) -> bool:
        state = self._state()
        processes = () if state is None else state.processes
        return any(one.name == self._name and one.pid == os.getpid() for one in processes)

    def _down(self) -> bool:
        state = self._state()
        return state is None or state.phase == "down"

    def _state(self) -> LabState | None:
        try:
            return load(self._folder)
        except InvalidInputError:
            return None


def parser(what: str) -> argparse.ArgumentParser:
    """Return a parser of the arguments that all processes of the lab take."""
    arguments = argparse.ArgumentParser(prog=f"python -m mlrespond.lab.{what}")
    arguments.add_argument("--folder", type=lambda text: Folder(Path(text)), required=True)
    arguments.add_argument("--name", default=what, help="what the lab calls this process")
    arguments.add_argument("--port", type=int, default=0, help="0 takes a free one")
    return arguments


def tell_port(folder: Folder, name: str, port: int) -> None:
    """Hand the port over to whoever started this process."""
    replace_file(folder.port(name), f"{port}\n".encode())
