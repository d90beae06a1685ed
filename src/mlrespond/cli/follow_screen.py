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
    events = list(stream)
    pos, incident = max(one.pos for one in stream), stream[0].incident
    view, painting = View(everything=wanted.everything), ""
    title, decoder = head(), codecs.getincrementaldecoder("utf-8")("ignore")
    with _screen() as typed:
        while view.mode != "over":
            shown, hidden = _shown(events, view, wanted)
            told = _evidence(timeline, events, view)
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
                shown, hidden = _shown(events, view, wanted)
            for event in timeline.follow(pos):
                pos = event.pos
                if event.incident == incident:
                    events.append(event)
                    title = head()
    return 0


def _shown(events: Sequence[Event], view: View, wanted: Wanted) -> tuple[list[Shown], int]:
    now = replace(wanted, everything=view.everything, pinned=pins(events))
    chosen = now.chosen(events)
    corrected = {one.supersedes: one.seq for one in events if one.supersedes}
    told = lines(chosen, Look(zone=wanted.zone), corrected=corrected, pinned=now.pinned)
    shown = [Shown(event=one, line=line) for one, line in zip(chosen, told, strict=True)]
    found = matching(shown, view.words)
    return found, len(events) - len(found)


def _evidence(timeline: SpoolingTimeline, events: Sequence[Event], view: View) -> list[str]:
    if view.mode != "evidence":
        return []
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
