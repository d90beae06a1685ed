"""One command that a team gave for one replica: filled, run, and what it printed."""

from __future__ import annotations

from collections.abc import Sequence

from mlrespond.errors import BadReplyError, NoAnswerError
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.text import one_line
from mlrespond.ports.service import Commands

_WITHIN_S = 120.0
_TAIL = 400


def check_hook(written: Sequence[str]) -> None:
    """Raise InvalidInputError for a template that cannot be filled."""
    for argument in written:
        fill(argument, {"replica": ""})


def run_hook(commands: Commands, written: Sequence[str], replica: str = "") -> str:
    """Run a hook and return its output; `{{ replica }}` is the replica's name.

    Raises UnreachableError for a program that cannot be started, NoAnswerError and BadReplyError,
    which are no definite no, for one that was not done in time or failed: it may have done it.
    """
    args = [shown(fill(argument, {"replica": replica})) for argument in written]
    done = commands.run(args, {}, _WITHIN_S)
    about = f" for {replica}" if replica else ""
    told = f"`{args[0]}`{about}: {one_line(done.out[-_TAIL:])}"
    if done.timed_out:
        raise NoAnswerError(f"{told} (not done in {_WITHIN_S:g} s)")
    if done.code != 0:
        raise BadReplyError(f"{told} (exit {done.code})")
    return done.out
