"""The person at the terminal, asked with all that bears on the question."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime

import click

from mlrespond.cli.say import say
from mlrespond.model.event import Actor
from mlrespond.model.json import Json, items, record
from mlrespond.model.run_kind import QuestionAsked
from mlrespond.model.text import printable
from mlrespond.ports.person import Answer
from mlrespond.render.question import CHOICES, question_lines
from mlrespond.usecases.brief import Brief

_POLL_S = 0.5
_WORDS = {"d": "deny", "s": "skip", "e": "escalate"}


class Nobody:
    """Nobody can be asked: every question parks the run."""

    def ask(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        """Return that there is no answer here."""
        return None


class TerminalApprover:
    """Asks at the terminal; an answer given elsewhere meanwhile ends the question."""

    def __init__(
        self, me: Actor, redact: Callable[[str], str], look_up: Callable[[QuestionAsked], Brief]
    ) -> None:
        self._me = me
        self._redact = redact
        self._look_up = look_up

    def ask(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        """Return what the person typed, or None when it was settled elsewhere, or never typed."""
        self._echo("")
        for line in question_lines(self._look_up(question), datetime.now(UTC)):
            self._echo(line)
        if question.sort in {"approval", "unfenced"}:
            return self._approval(question, until, settled)
        if question.sort == "ask":
            return self._fields(question, until, settled)
        return self._choice(question, until, settled)

    def _approval(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        digest = (question.digest or "")[:12]
        if digest:
            self._echo(f"type `{question.about}` to approve plan {digest};")
            self._echo("d denies it, s leaves the step out and goes on, e denies it and pages")
        else:
            self._echo(f"type `{question.about}` to go on without a lease; d denies it")
        while True:
            self._prompt("your answer: ")
            typed = self._typed(until, settled)
            if typed is None:
                return None
            if typed in {question.about, digest} and typed:
                return Answer(choice="approve", actor=self._me)
            choice = _WORDS.get(typed, typed if typed in _WORDS.values() else None)
            if choice in question.choices:
                return Answer(choice=choice, actor=self._me, because=self._why(until, settled))
            self._echo(f"`{typed}` is none of these; nothing was done")

    def _choice(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        for one in question.choices:
            self._echo(f"  {one:<9} {CHOICES.get(one, '')}".rstrip())
        while True:
            self._prompt(f"{' / '.join(question.choices)}: ")
            typed = self._typed(until, settled)
            if typed is None:
                return None
            found = _meant(typed.lower(), question.choices)
            if found:
                return Answer(choice=found, actor=self._me)
            self._echo(f"`{typed}` is none of these; nothing was done")

    def _fields(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        values: dict[str, Json] = {}
        for name, wanted in question.wanted.items():
            field = record(wanted)
            among = ", ".join(str(one) for one in items(field.get("choices")))
            kind = f"one of {among}" if among else field.get("type", "string")
            with _unseen() if field.get("secret") else nullcontext():
                self._prompt(f"{name} ({kind}; `stop` ends the run): ")
                typed = self._typed(until, settled)
            if typed is None:
                return None
            if typed == "stop":
                return Answer(choice="stop", actor=self._me)
            values[name] = typed
        return Answer(choice="answer", actor=self._me, values=values)

    def _why(self, until: datetime | None, settled: Callable[[], bool]) -> str:
        self._prompt("why (empty is fine): ")
        return self._typed(until, settled) or ""

    def _typed(self, until: datetime | None, settled: Callable[[], bool]) -> str | None:
        """Return a typed line; None at the deadline, at the end of input, or when settled."""
        while True:
            if until is not None and datetime.now(UTC) >= until:
                self._echo("\nnobody answered in time")
                return None
            if settled():
                self._echo("\nthe question is over, without an answer from here")
                return None
            if _ready():
                line = sys.stdin.readline()
                if not line:
                    self._echo("\nno answer was given")
                return line.strip() if line else None

    def _echo(self, text: str) -> None:
        say(printable(self._redact(text)), err=True)

    def _prompt(self, text: str) -> None:
        click.echo(printable(self._redact(text)), err=True, nl=False)


def _meant(typed: str, choices: tuple[str, ...]) -> str | None:
    if typed in choices:
        return typed
    found = [one for one in choices if typed and one.startswith(typed)]
    return found[0] if len(found) == 1 else None


@contextmanager
def _unseen() -> Iterator[None]:
    """Keep what is typed off the screen."""
    import termios

    before = termios.tcgetattr(sys.stdin)
    hidden = list(before)
    hidden[3] &= ~termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, hidden)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        click.echo("", err=True)


def _ready() -> bool:
    if os.name != "posix":
        return True  # select works on sockets only there: wait for the whole line
    return bool(select.select([sys.stdin], [], [], _POLL_S)[0])
