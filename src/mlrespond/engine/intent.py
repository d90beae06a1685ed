"""What the engine wants next: a closed sum. Recording is pure; the rest touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from mlrespond.model.kind import Body
from mlrespond.model.run_kind import QuestionAsked


@dataclass(frozen=True, slots=True)
class Said:
    """Something to record: a body, the step it belongs to, and what may be said only once."""

    body: Body
    step: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """Record these, in one transaction, and decide again."""

    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """Take look `n` of a reading step."""

    step: str
    n: int


@dataclass(frozen=True, slots=True)
class MakePlan:
    """Ask the verb what it would do."""

    step: str


@dataclass(frozen=True, slots=True)
class Reread:
    """Read again what the plan was made from, lest the world has moved."""

    step: str


@dataclass(frozen=True, slots=True)
class Act:
    """Record the intent, do action `index`, record what came of it."""

    step: str
    index: int
    try_: int


@dataclass(frozen=True, slots=True)
class ReadAction:
    """Read where the world is in relation to an action: to verify it, or to settle a crash."""

    step: str
    index: int
    n: int
    settling: bool = False


@dataclass(frozen=True, slots=True)
class Await:
    """A person must answer; until then nothing else is done."""

    question: QuestionAsked
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Sleep:
    """Nothing is to be done before a time.

    `horizon` is how long the whole wait may take, where that is known to be longer: a page that
    is asked after every few seconds waits for a person.
    """

    until: datetime
    why: str
    horizon: datetime | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """The run has ended."""


Intent: TypeAlias = Write | Look | MakePlan | Reread | Act | ReadAction | Await | Sleep | Over
