"""Progress on stderr, line by line: in place and with marks on a terminal, plain elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import click

from mlrespond.cli.say import columns
from mlrespond.model.kind import Body
from mlrespond.model.layer import MILESTONES, ROUTINE
from mlrespond.model.run_kind import (
    ActionSettled,
    StepFinished,
)
from mlrespond.model.text import printable
from mlrespond.render.fold import folded

_POLL_S = 0.5
_TEXT_AT = 11  # after the time and the mark


def interactive(*, no_input: bool) -> bool:
    """Return whether somebody can be asked here."""
    return not no_input and sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


class TerminalProgress:
    """Tells what is recorded, on stderr; on a terminal with marks, elsewhere as plain lines."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._fancy = sys.stderr.isatty()
        self._waiting = False

    def tell(self, what: Body) -> None:
        """Show what was just recorded, unless it is routine."""
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
            shown = folded(shown, columns(sys.stderr) or len(shown), _TEXT_AT)
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
