"""Markdown in pieces: tables, escaped cells, anchors as code hosts make them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, with an empty line after it; none where there are no rows."""
    found = list(rows)
    if not found:
        return
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in found:
        yield f"| {' | '.join(cell(one) for one in row)} |".replace("|  |", "| |")
    yield ""


def cell(text: str) -> str:
    """Return a text that fits a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    """Return a text as code; what is empty stays so."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Return texts as code, with commas between."""
    return ", ".join(code(one) for one in texts)


def anchor(heading: str) -> str:
    """Return the anchor that code hosts give a heading."""
    return _NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")


def sentence(text: str) -> str:
    """Return a text as a sentence: it ends with a full stop."""
    return text if not text or text.endswith((".", "?", "!", ":")) else f"{text}."


def capital(text: str) -> str:
    """Return a text that begins with a capital."""
    return text[:1].upper() + text[1:]
