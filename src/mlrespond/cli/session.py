"""A composed program for one command line: who is asked, where progress goes, what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click

from mlrespond.bootstrap.app import Composed, compose
from mlrespond.bootstrap.place import must_be_there
from mlrespond.cli.asking import Nobody, TerminalApprover
from mlrespond.cli.options import claimed, where
from mlrespond.cli.terminal import TerminalProgress, interactive
from mlrespond.model.event import Actor
from mlrespond.model.run_kind import QuestionAsked
from mlrespond.ports.person import Approver
from mlrespond.usecases.app import App, Pace
from mlrespond.usecases.brief import Brief, brief
from mlrespond.usecases.incidents import meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a command works with."""

    composed: Composed
    progress: TerminalProgress
    interactive: bool

    @property
    def app(self) -> App:
        """Return the composed App."""
        return self.composed.app

    @property
    def redact(self) -> Callable[[str], str]:
        """Return the sink that every shown text passes."""
        return self.composed.redact

    def incident(self, named: str | None) -> str:
        """Return the incident that is meant: the named one, or the only open one."""
        must_be_there(self.composed.where)
        return meant(self.app.store, named)


def session(ctx: click.Context, *, no_input: bool = True, pace: Pace | None = None) -> Session:
    """Return the program, composed for this command line."""
    asks = interactive(no_input=no_input)
    made: list[TerminalProgress] = []

    def look_up(question: QuestionAsked) -> Brief:
        return brief(composed.app.store, question, composed.app.teams)

    def people(redact: Callable[[str], str], me: Actor) -> tuple[Approver, TerminalProgress]:
        progress = TerminalProgress(redact)
        made.append(progress)
        return (TerminalApprover(me, redact, look_up) if asks else Nobody(), progress)

    composed = compose(where(ctx), people, claimed=claimed(ctx), pace=pace)
    ctx.find_root().obj["redact"] = composed.redact  # errors end in the entry point
    return Session(composed=composed, progress=made[0], interactive=asks)
