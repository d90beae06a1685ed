"""Long lines for a narrow terminal: folded between words, under where their text begins."""

from __future__ import annotations

import re
from textwrap import wrap

_GAP = re.compile(r" {2,}(?=\S)|^ +(?=\S)")
_LEAST = 24
"""Columns that are left for the text; where there are fewer, it begins further to the left."""


def folded(line: str, width: int, hang: int | None = None) -> str:
    """Return a line in as many lines of `width` columns as it needs.

    What goes on stands under column `hang`, or under where the last column of the line begins:
    after the last two spaces of its first half. Words that are longer stay whole.
    """
    if len(line) <= width or "\n" in line:
        return line
    under = _text_begins(line, width) if hang is None else hang
    if width - under < _LEAST:
        under = 2
    found = wrap(
        line,
        width,
        subsequent_indent=" " * under,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return "\n".join(found)


def _text_begins(line: str, width: int) -> int:
    gaps = [found.end() for found in _GAP.finditer(line, 0, width)]
    return max((one for one in gaps if width - one >= _LEAST), default=0)
