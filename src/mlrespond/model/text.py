"""Text from outside is data: it is stripped of what could steer a terminal, and never trusted."""

from __future__ import annotations

import re
import unicodedata

_KEPT = "\n\t"
_MAX_LINE = 400
_NUMBERED = re.compile(r"\[Errno -?\d+\] *(\w?)")


def printable(text: str) -> str:
    """Return the text without control, format and private characters; newlines and tabs stay.

    That takes escape codes (ESC is a control character) and the bidirectional overrides of
    "Trojan Source" (CVE-2021-42574) with it.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if char in _KEPT or harmless(char))


def harmless(char: str) -> bool:
    """Return whether a character is there to be seen: no control, format, private or half one."""
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def one_line(text: str, limit: int = _MAX_LINE) -> str:
    """Return the text as one printable line of at most `limit` characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def unnumbered(text: str) -> str:
    """Return an operating system's words without their number: `connection refused`."""
    return _NUMBERED.sub(lambda found: found[1].lower(), text)


def plural(count: int, word: str) -> str:
    """Return `1 replica`, `2 replicas`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
