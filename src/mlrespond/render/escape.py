"""Text from outside, made harmless for where it is shown."""

from __future__ import annotations

import re

from mlrespond.model.text import harmless, one_line, printable

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")
_LINK = re.compile(r"(?i)www\.|:(?=//)")
_ODD = re.compile(r"[^\x00-\x7e]")


def markdown(text: str) -> str:
    """Return one line in which nothing is Markdown or HTML any more, nor made a link by itself."""
    plain = _MARKDOWN.sub(r"\\\1", one_line(text, 1000).replace("&", "&amp;"))
    plain = plain.replace("\\<", "&lt;").replace("\\>", "&gt;")
    return _LINK.sub(_unlinked, plain)  # GitHub's own Markdown, "autolinks (extension)"


def _unlinked(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}\\{found[0][-1]}"


def terminal(text: str) -> str:
    """Return the text as one line without anything that steers a terminal."""
    return printable(text).replace("\t", "    ").replace("\n", " ")


def json_text(text: str) -> str:
    r"""Return JSON text that means the same, with what could steer a terminal as `\uXXXX`.

    Half a surrogate pair has no UTF-8 and means nothing: U+FFFD takes its place.
    """
    return text if text.isascii() and "\x7f" not in text else _ODD.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if harmless(char):
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    if len(units) == 2 and 0xD8 <= units[0] <= 0xDF:  # noqa: PLR2004  # Unicode §3.8: D800 to DFFF
        return "\N{REPLACEMENT CHARACTER}"
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def csv(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    line = one_line(text, 32000)
    return f"'{line}" if line[:1] in {"=", "+", "-", "@"} else line
