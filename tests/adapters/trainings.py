"""What a server that trains knows: trainings by name, which end after two questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Work: TypeAlias = Literal["good", "failing", "endless"]
State: TypeAlias = Literal["running", "succeeded", "failed", "cancelled"]

ENDS: dict[Work, State] = {"good": "succeeded", "failing": "failed", "endless": "running"}
_QUESTIONS = 2


@dataclass
class Training:
    """One training, and what it was told."""

    name: str
    work: Work
    told: Any
    state: State = "running"
    asked: int = 0

    def look(self) -> State:
        """Return its state; the second question finds it at its end."""
        self.asked += 1
        if self.state == "running" and self.asked >= _QUESTIONS:
            self.state = ENDS[self.work]
        return self.state


@dataclass
class Trainings:
    """All trainings of a server, in the order in which they began."""

    began: list[Training] = field(default_factory=list)

    def find(self, name: str, works: Sequence[Work] = tuple(ENDS)) -> Training | None:
        """Return the training of a name, among those of some kinds of work."""
        found = [one for one in self.began if one.name == name and one.work in works]
        return found[0] if found else None

    def begin(self, name: str, work: Work, told: object) -> Training:
        """Begin a training, whether or not one of that name is there."""
        self.began.append(Training(name, work, told))
        return self.began[-1]


def work_of(name: str) -> Work | None:
    """Return the kind of work that a name stands for."""
    return next((work for work in ENDS if work == name), None)
