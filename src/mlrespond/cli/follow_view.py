"""What `mlir timeline --follow` shows, and what each key does to it; it touches no terminal.

Keys: up and down choose an event, Enter shows its evidence, `/` searches, `a` shows routine events
too, `q` ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mlrespond.model.event import Event
from mlrespond.render.escape import terminal

Mode = Literal["list", "search", "evidence", "over"]
_KEY = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|.", re.DOTALL)
_MOVES = {
    "\x1b[A": -1, "\x1bOA": -1, "k": -1,
    "\x1b[B": 1, "\x1bOB": 1, "j": 1,
    "\x1b[5~": -10, "\x1b[6~": 10,
    "\x1b[H": -10**9, "g": -10**9, "\x1b[F": 10**9, "G": 10**9,
}  # fmt: skip
_ERASE = frozenset({"\x7f", "\x08"})
_ENTER = frozenset({"\r", "\n"})
_ESCAPE = "\x1b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One event and the line that tells it."""

    event: Event
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is looked at. `chosen` is an event's id; none chosen is the newest, which moves on.

    `words` is what is searched for, also while it is typed; `top` is how far the evidence is
    scrolled.
    """

    mode: Mode = "list"
    everything: bool = False
    words: str = ""
    chosen: str | None = None
    top: int = 0


def keys(text: str) -> list[str]:
    """Return the keys that a piece of what was typed holds; an arrow is one key."""
    return _KEY.findall(text)


def matching(shown: Sequence[Shown], words: str) -> list[Shown]:
    """Return the lines that hold all the words, whatever their case."""
    wanted = words.lower().split()
    return [one for one in shown if all(word in one.line.lower() for word in wanted)]


def place_of(view: View, shown: Sequence[Shown]) -> int:
    """Return which line is chosen: the newest one where none is, or the chosen one is hidden."""
    known = (n for n, one in enumerate(shown) if one.event.id == view.chosen)
    return next(known, len(shown) - 1)


def pressed(view: View, key: str, shown: Sequence[Shown]) -> View:
    """Return the view after a key; `shown` are the lines that it was pressed at."""
    match view.mode:
        case "search":
            return _typed(view, key)
        case "evidence":
            return _read(view, key)
        case _:
            return _listed(view, key, shown)


def painted(
    view: View,
    head: str,
    shown: Sequence[Shown],
    evidence: Sequence[str],
    hidden: int,
    height: int,
) -> list[str]:
    """Return the lines of a screen so high; the chosen line is marked, not by colour alone."""
    room = max(1, height - 2)
    if view.mode == "evidence":
        top = min(view.top, max(0, len(evidence) - room))
        body = list(evidence[top : top + room])
        foot = "up, down: scroll · q, Esc: back to the timeline"
    else:
        at = place_of(view, shown)
        first = max(0, min(at - room // 2, len(shown) - room))
        body = [
            f"{'>' if first + n == at else ' '} {one.line}"
            for n, one in enumerate(shown[first : first + room])
        ]
        foot = _foot(view, len(shown), hidden)
    body += [""] * (room - len(body))
    return [terminal(head), *body, foot]


def _foot(view: View, count: int, hidden: int) -> str:
    if view.mode == "search":
        return f"search: {terminal(view.words)}_ · Enter: keep · Esc: all again"
    found = f" that hold `{terminal(view.words)}`" if view.words else ""
    rest = f", {hidden} not shown" if hidden else ""
    layer = "a: curated only" if view.everything else "a: routine too"
    return (
        f"{count} events{found}{rest} · following · {layer} · /: search · Enter: evidence · q: end"
    )


def _listed(view: View, key: str, shown: Sequence[Shown]) -> View:
    if key == "q":
        return replace(view, mode="over")
    if key == "/":
        return replace(view, mode="search", words="")
    if key == "a":
        return replace(view, everything=not view.everything)
    if key == _ESCAPE:
        return replace(view, words="")
    if key in _ENTER or key == "e":
        if not shown:
            return view
        chosen = shown[place_of(view, shown)].event.id
        return replace(view, mode="evidence", chosen=chosen, top=0)
    if key in _MOVES and shown:
        at = min(max(place_of(view, shown) + _MOVES[key], 0), len(shown) - 1)
        return replace(view, chosen=None if at == len(shown) - 1 else shown[at].event.id)
    return view


def _typed(view: View, key: str) -> View:
    if key in _ENTER:
        return replace(view, mode="list")
    if key == _ESCAPE:
        return replace(view, mode="list", words="")
    if key in _ERASE:
        return replace(view, words=view.words[:-1])
    return replace(view, words=view.words + key) if key.isprintable() else view


def _read(view: View, key: str) -> View:
    if key in {"q", "e", _ESCAPE} or key in _ENTER:
        return replace(view, mode="list")
    return replace(view, top=max(0, view.top + _MOVES.get(key, 0)))
