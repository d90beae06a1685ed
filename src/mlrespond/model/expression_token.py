"""The words and signs of an expression, and the error that every mistake in one becomes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlrespond.errors import InvalidInputError


class ExpressionError(InvalidInputError):
    """The text is no expression; `column` counts from 0."""

    code = "expression"

    def __init__(self, message: str, column: int, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.column = column


_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.])"
    r"|(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<mark>==|!=|<=|>=|[<>()\[\],.|+\-]))"
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign, of the sort number, string, name or mark."""

    sort: str
    text: str
    column: int


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the words and signs of a text; ExpressionError where one is none."""
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            column = len(text) - len(text[at:].lstrip())
            raise unexpected(text[column], column)
        sort = found.lastgroup or ""
        yield Token(sort, found.group(sort), found.start(sort))
        at = found.end()


def unexpected(text: str, column: int) -> ExpressionError:
    """Return the error of a sign that cannot stand there, with the way to mend it."""
    hints = {
        "=": "compare with `==`",
        "&": "write `and`",
        "!": "write `not`",
        "*": "there is no multiplication; compute it where the number is made",
        "'": "the string is not closed",
        '"': "the string is not closed",
        "“": "write straight quotes",
        "”": "write straight quotes",
        "\u2018": "write straight quotes",
        "\u2019": "write straight quotes",
    }
    return ExpressionError(f"unexpected `{text}`", column, hint=hints.get(text, ""))


def number_of(token: Token) -> int | float:
    """Return the number that is written; ExpressionError where no float holds it."""
    number = float(token.text)
    if number == float("inf"):
        raise ExpressionError("the number is too large", token.column)
    return int(token.text) if token.text.isdigit() else number


def unquoted(text: str) -> str:
    """Return the text that a quoted string stands for."""
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found.group(1), found.group(1)), text[1:-1])
