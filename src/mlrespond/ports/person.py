"""The person at the terminal, and what the program tells while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mlrespond.model.event import Actor
from mlrespond.model.json import Record
from mlrespond.model.kind import Body
from mlrespond.model.run_kind import QuestionAsked


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person decided, and how we know who."""

    choice: str
    actor: Actor
    because: str = ""
    values: Record = field(default_factory=dict)


class Approver(Protocol):
    """Somebody who may be asked now."""

    def ask(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        """Return an answer; None when nobody can be asked here, or `settled` became true.

        `settled` is to be called every second or so while the person thinks.
        """
        ...


class Progress(Protocol):
    """Where the program tells what it is doing."""

    def tell(self, what: Body) -> None:
        """Show something that was just recorded."""
        ...

    def note(self, line: str) -> None:
        """Show one line."""
        ...

    def waiting(self, line: str) -> None:
        """Show what is being waited for; a terminal may show it in place."""
        ...


class Secrets(Protocol):
    """Where secrets are."""

    def get(self, reference: str) -> str:
        """Return the secret of `env:NAME` or `file:PATH`; AccessRefusedError if there is none."""
        ...
