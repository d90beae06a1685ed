"""Somebody at the terminal, and something that happens when the program tells of an event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.rig import Rig, Silent

from mlrespond.model.event import Actor
from mlrespond.model.kind import Body
from mlrespond.model.run_kind import QuestionAsked
from mlrespond.ports.person import Answer


@dataclass
class Once:
    """A terminal at which each answer is given once; then nobody is there."""

    answers: list[tuple[str, Actor]]

    def ask(self, question: QuestionAsked, *_: object) -> Answer | None:
        assert question.choices
        if not self.answers:
            return None
        choice, actor = self.answers.pop(0)
        return Answer(choice=choice, actor=actor)


class Heard(Silent):
    """Progress that does something whenever it is told of a kind of event."""

    def __init__(self, kind: str, work: Callable[[], object]) -> None:
        super().__init__()
        self._kind = kind
        self._work = work

    def tell(self, what: Body) -> None:
        super().tell(what)
        if what.kind == self._kind:
            self._work()


def when_told(here: Rig, kind: str, work: Callable[[], object]) -> Rig:
    """Let something happen whenever the program tells of a kind of event."""
    here.app = replace(here.app, progress=Heard(kind, work))
    return here
