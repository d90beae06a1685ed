"""`mlir timeline --follow` on a terminal: a screen of its own, given back however it ends."""

from __future__ import annotations

import codecs
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from shutil import get_terminal_size
from types import FrameType

from mlrespond.cli.choosing import Wanted
from mlrespond.cli.evidence import pieces
from mlrespond.cli.follow_view import Shown, View, keys, matching, painted, pressed
from mlrespond.cli.followed import Followed
from mlrespond.engine.curate import pins
from mlrespond.model.event import Event
from mlrespond.render.evidence import page
from mlrespond.render.timeline import Look, lines
from mlrespond.timeline.spooling import SpoolingTimeline

_EVERY_S = 0.3
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"  # another screen, no cursor, long lines cut
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"


def can_follow() -> bool:
    """Return whether there is a terminal that can be drawn on, and somebody to press keys."""
    if os.environ.get("TERM", "dumb") == "dumb" or os.environ.get("CI"):
        return False
    try:
        import termios  # noqa: F401  # not on every system
    except ImportError:
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def follow_screen(
    timeline: SpoolingTimeline,
    stream: tuple[Event, ...],
    wanted: Wanted,
    head: Callable[[], str],
) -> int:
    """Show an incident until `q`, Ctrl-C or the end of the terminal; `head` is asked at each event.

    Returns 0; KeyboardInterrupt for Ctrl-C and TERM, once the terminal is as it was.
    """
    followed = Followed(timeline, stream)
    screen = _Screenful(timeline, followed, wanted)
    view, painting = View(everything=wanted.everything), ""
    title, decoder = head(), codecs.getincrementaldecoder("utf-8")("ignore")
    with _screen() as typed:
        while view.mode != "over":
            shown, hidden = screen.shown(view)
            told = screen.evidence(view)
            size = get_terminal_size()
            new = "\x1b[K\n".join(painted(view, title, shown, told, hidden, size.lines))
            if new != painting:
                painting = new
                sys.stdout.write(f"\x1b[H{new}\x1b[J")
                sys.stdout.flush()
            text = typed()
            if text is None:
                return 0
            for key in keys(decoder.decode(text)):
                view = pressed(view, key, shown)
                shown, hidden = screen.shown(view)
            if followed.newer():
                title = head()
    return 0


class _Screenful:
    """What is on the screen, told anew only when something is new or something else is asked."""

    def __init__(self, timeline: SpoolingTimeline, followed: Followed, wanted: Wanted) -> None:
        self._timeline = timeline
        self._followed = followed
        self._wanted = wanted
        self._asked: tuple[object, ...] = ()
        self._shown: tuple[list[Shown], int] = ([], 0)
        self._chosen: str | None = None
        self._evidence: list[str] = []

    def shown(self, view: View) -> tuple[list[Shown], int]:
        """Return the lines that are listed, and how many are not."""
        asked = (self._followed.turn, view.everything, view.words)
        if asked != self._asked:
            self._asked, self._shown = asked, _shown(self._followed.events, view, self._wanted)
        return self._shown

    def evidence(self, view: View) -> list[str]:
        """Return the lines of the chosen event's evidence, where that is looked at."""
        if view.mode != "evidence":
            self._chosen = None
        elif view.chosen != self._chosen:
            self._chosen = view.chosen
            self._evidence = _evidence(self._timeline, self._followed.events, view)
        return self._evidence if view.mode == "evidence" else []


def _shown(events: Sequence[Event], view: View, wanted: Wanted) -> tuple[list[Shown], int]:
    now = replace(wanted, everything=view.everything, pinned=pins(events))
    chosen = now.chosen(events)
    corrected = {one.supersedes: one.seq for one in events if one.supersedes}
    told = lines(chosen, Look(zone=wanted.zone), corrected=corrected, pinned=now.pinned)
    shown = [Shown(event=one, line=line) for one, line in zip(chosen, told, strict=True)]
    found = matching(shown, view.words)
    return found, len(events) - len(found)


def _evidence(timeline: SpoolingTimeline, events: Sequence[Event], view: View) -> list[str]:
    event = next(one for one in events if one.id == view.chosen)
    line = next(iter(lines([event], Look())))
    return [line, *page(event, pieces(timeline, event))]


@contextmanager
def _screen() -> Iterator[Callable[[], bytes | None]]:
    """Give what reads keys: none typed is b"", None is the end of the terminal."""
    import termios
    import tty

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    caught = {one: signal.signal(one, _interrupted) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        tty.setcbreak(fd)
        ours = termios.tcgetattr(fd)
        ours[6][termios.VSUSP] = b"\x00"  # to stop here would leave the other screen behind
        termios.tcsetattr(fd, termios.TCSADRAIN, ours)
        sys.stdout.write(_ENTER)
        yield lambda: _read(fd)
    finally:
        try:
            sys.stdout.write(_LEAVE)
            sys.stdout.flush()
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
        except (OSError, termios.error):
            pass  # the terminal is gone, and nothing of it is left to give back
        for one, handler in caught.items():
            signal.signal(one, handler)


def _read(fd: int) -> bytes | None:
    if not select.select([fd], [], [], _EVERY_S)[0]:
        return b""
    try:
        return os.read(fd, 1024) or None
    except OSError:
        return None


def _interrupted(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
