"""The person at the terminal: progress line by line, and questions with all that bears on them."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import click

from mlrespond.model.event import Actor
from mlrespond.model.json import Json, record
from mlrespond.model.kind import Body
from mlrespond.model.layer import MILESTONES, ROUTINE
from mlrespond.model.run_kind import (
    ActionSettled,
    PlanMade,
    QuestionAsked,
    StepFinished,
)
from mlrespond.model.text import printable
from mlrespond.ports.person import Answer

_POLL_S = 0.5


def interactive(*, no_input: bool) -> bool:
    """Return whether somebody can be asked here."""
    return not no_input and sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


class TerminalProgress:
    """Tells what is recorded, on stderr; on a terminal with marks, elsewhere as plain lines."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._fancy = sys.stderr.isatty()
        self._waiting = False
        self.plan: PlanMade | None = None

    def tell(self, what: Body) -> None:
        """Show what was just recorded, unless it is routine."""
        if isinstance(what, PlanMade):
            self.plan = what
        skipped = isinstance(what, StepFinished) and what.outcome == "skipped"
        if what.kind in ROUTINE or skipped:
            return
        self._line(f"{_mark(what)} {what.line()}", bold=what.kind in MILESTONES)

    def note(self, line: str) -> None:
        """Show one line."""
        self._line(f"  {line}")

    def waiting(self, line: str) -> None:
        """Show what is waited for, in place where that can be done."""
        if self._fancy:
            text = self._clean(f"  … {line}")[: _width() - 1]
            click.echo(f"\r\033[K{text}", err=True, nl=False)
            self._waiting = True

    def _line(self, text: str, *, bold: bool = False) -> None:
        if self._waiting:
            click.echo("\r\033[K", err=True, nl=False)
            self._waiting = False
        now = datetime.now(UTC)
        if self._fancy:
            shown = f"{now:%H:%M:%S} {self._clean(text)}"
            click.echo(click.style(shown, bold=True) if bold and _colour() else shown, err=True)
        else:
            click.echo(f"{now:%Y-%m-%dT%H:%M:%SZ} {self._clean(text)}", err=True)

    def _clean(self, text: str) -> str:
        return printable(self._redact(text)).replace("\n", " ")


def _mark(what: Body) -> str:
    good, bad, doubt = ("✓", "✗", "?") if _unicode() else ("ok", "FAIL", "?")
    if isinstance(what, StepFinished | ActionSettled):
        if what.outcome in {"ok", "reconciled"}:
            return good
        return doubt if what.outcome in {"unknown", "undecided"} else bad
    return " "


def _unicode() -> bool:
    return "utf" in (sys.stderr.encoding or "").lower()


def _colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns


class Nobody:
    """Nobody can be asked: every question parks the run."""

    def ask(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        """Return that there is no answer here."""
        return None


class TerminalApprover:
    """Asks at the terminal; an answer given elsewhere meanwhile ends the question."""

    def __init__(self, me: Actor, redact: Callable[[str], str], progress: TerminalProgress) -> None:
        self._me = me
        self._redact = redact
        self._progress = progress

    def ask(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        """Return what the person typed, or None when it was settled elsewhere, or never typed."""
        if question.sort == "approval":
            return self._approval(question, until, settled)
        if question.sort == "ask":
            return self._fields(question, until, settled)
        return self._choice(question, until, settled)

    def _approval(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        self._show_plan(question, until)
        words = {"d": "deny", "s": "skip", "e": "escalate"}
        while True:
            self._prompt(f"type `{question.about}` to approve, or [d]eny, [s]kip, [e]scalate: ")
            typed = _typed(until, settled)
            if typed is None:
                return None
            if typed == question.about:
                return Answer(choice="approve", actor=self._me)
            choice = words.get(typed[:1].lower()) if typed in {*words, *words.values()} else None
            if choice:
                return Answer(choice=choice, actor=self._me, because=self._why(settled))
            self._echo(f"`{typed}` is neither; nothing was done")

    def _show_plan(self, question: QuestionAsked, until: datetime | None) -> None:
        self._echo("")
        plan = self._progress.plan.plan if self._progress.plan else None
        self._echo(f"{question.text.partition(':')[0]} needs approval by {', '.join(question.by)}")
        for action in plan.actions if plan else ():
            back = "can be undone" if action.undoable else "cannot be undone"
            self._echo(f"  ~ {action.summary}  ({back})")
        for one in plan.rejected if plan else ():
            self._echo(f"    not {one.candidate}: {one.reason}")
        if until is not None:
            self._echo(f"  stands until {until:%H:%M:%SZ}; then: {question.otherwise or 'deny'}")

    def _choice(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        self._echo("")
        self._echo(question.text)
        while True:
            self._prompt(f"{' / '.join(question.choices)}: ")
            typed = _typed(until, settled)
            if typed is None:
                return None
            found = [one for one in question.choices if typed and one.startswith(typed.lower())]
            if len(found) == 1:
                return Answer(choice=found[0], actor=self._me)
            self._echo(f"`{typed}` is none of them")

    def _fields(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        self._echo("")
        self._echo(question.text)
        values: dict[str, Json] = {}
        for name, wanted in question.fields.items():
            field = record(wanted)
            choices = field.get("choices") or ""
            self._prompt(f"{name} {choices or ''}({field.get('type', 'string')}; `stop` ends): ")
            typed = _typed(until, settled)
            if typed is None:
                return None
            if typed == "stop":
                return Answer(choice="stop", actor=self._me)
            values[name] = typed
        return Answer(choice="answer", actor=self._me, values=values)

    def _why(self, settled: Callable[[], bool]) -> str:
        self._prompt("why (empty is fine): ")
        return _typed(None, settled) or ""

    def _echo(self, text: str) -> None:
        click.echo(printable(self._redact(text)), err=True)

    def _prompt(self, text: str) -> None:
        click.echo(printable(self._redact(text)), err=True, nl=False)


def _typed(until: datetime | None, settled: Callable[[], bool]) -> str | None:
    """Return a typed line, stripped; None at the deadline, at the end of input, or when settled."""
    while True:
        if until is not None and datetime.now(UTC) >= until:
            click.echo("", err=True)
            return None
        if settled():
            click.echo("", err=True)
            return None
        if _ready():
            line = sys.stdin.readline()
            return line.strip() if line else None


def _ready() -> bool:
    if os.name != "posix":
        return True  # select works on sockets only there: wait for the whole line
    return bool(select.select([sys.stdin], [], [], _POLL_S)[0])
