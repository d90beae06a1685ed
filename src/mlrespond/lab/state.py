"""What is known of a lab: its processes and its faults, in one file that is replaced atomically.

A process of the lab lives only as long as this file names it (see `child`): whatever crashes, and
whenever, nothing is left that `down` could not find.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from mlrespond.adapters import durable
from mlrespond.errors import HeldError, UnreachableError, UsageError
from mlrespond.lab.folder import Folder
from mlrespond.lab.json_file import read_json, write_json
from mlrespond.lab.process import LabProcess
from mlrespond.model.codec import decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that was broken on purpose."""

    mode: str
    seed: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LabState:
    """A lab: whether it is up, its processes in the order of their start, and its faults.

    `stack` names the real servers that it stands on, joined by plus; empty, it is all its own.
    """

    phase: Literal["starting", "up", "down"]
    seed: int
    rate: float
    good: str = "2"
    stack: str = ""
    processes: tuple[LabProcess, ...] = ()
    faults: tuple[Fault, ...] = ()

    def process(self, name: str) -> LabProcess:
        """Return a process by name; UsageError if there is none of that name."""
        found = [process for process in self.processes if process.name == name]
        if not found:
            names = ", ".join(process.name for process in self.processes) or "none"
            raise UsageError(f"the lab has no process `{name}`", hint=f"there are: {names}")
        return found[0]

    def port(self, name: str) -> int:
        """Return where a process listens."""
        port = self.process(name).port
        if port is None:
            raise UsageError(f"`{name}` listens nowhere")
        return port

    def with_process(self, process: LabProcess) -> LabState:
        """Return the state with a process in the place of the one of its name, or at the end."""
        named = {one.name: one for one in self.processes} | {process.name: process}
        return replace(self, processes=tuple(named.values()))

    @property
    def running(self) -> bool:
        """Return whether any of its processes runs."""
        return any(process.alive for process in self.processes)


def load(folder: Folder) -> LabState | None:
    """Return the lab's state, or None if no lab was ever here."""
    told = read_json(folder.state)
    return None if told is None else decode(LabState, told)


def known(folder: Folder) -> LabState:
    """Return the lab's state; UsageError if no lab was ever here."""
    state = load(folder)
    if state is None:
        raise UsageError(f"there is no lab in {folder.root}", hint="start one: mlir lab up")
    return state


def known_up(folder: Folder) -> LabState:
    """Return the state of a lab that is up; UsageError if it is not."""
    state = known(folder)
    if state.phase != "up":
        raise UsageError(f"the lab in {folder.root} is {state.phase}", hint="mlir lab up")
    return state


def save(folder: Folder, state: LabState) -> LabState:
    """Write the state, and return it."""
    write_json(folder.state, encode(state))
    return state


@contextmanager
def locked(folder: Folder, patience_s: float = 30.0) -> Iterator[None]:
    """Hold the lab: one command at a time changes it. HeldError when patience is at its end."""
    with ExitStack() as held:
        try:
            held.enter_context(durable.locked(folder.lock, patience_s))
        except UnreachableError as cause:
            raise HeldError(f"another command is changing the lab in {folder.root}") from cause
        yield


@contextmanager
def changing(folder: Folder) -> Iterator[LabState]:
    """Hold a lab that is up, and give its state; UsageError if it is not."""
    known(folder)
    with locked(folder):
        yield known_up(folder)
