"""Text from outside, made harmless for where it is shown."""

from __future__ import annotations

import re

from mlrespond.model.text import one_line, printable

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")


def markdown(text: str) -> str:
    """Return one line in which nothing is Markdown or HTML any more."""
    return (
        _MARKDOWN.sub(r"\\\1", one_line(text, 1000)).replace("\\<", "&lt;").replace("\\>", "&gt;")
    )


def terminal(text: str) -> str:
    """Return the text as one line without anything that steers a terminal."""
    return printable(text).replace("\t", "    ").replace("\n", " ")


def csv(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    line = one_line(text, 32000)
    return f"'{line}" if line[:1] in {"=", "+", "-", "@"} else line
