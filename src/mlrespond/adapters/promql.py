"""The part of PromQL that the embedded metrics understand.

Selectors, `increase` and `rate` over a window, `sum`, and `sum by`.
Source: prometheus.io/docs/prometheus/latest/querying/basics.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mlrespond.errors import RejectedError
from mlrespond.model.text import one_line

UNDERSTOOD = (
    'understood are NAME{label="value", other=~"regex"}, increase(NAME{…}[30s]),'
    " rate(NAME{…}[30s]), sum(…) and sum by (label) (…)"
)

_MAX_LENGTH = 10_000
_MAX_DEPTH = 20
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
        |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
        |(?P<window>\[\s*(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+\s*\])
        |(?P<mark>=~|!~|!=|[={}(),]))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one label; an absent label is an empty text."""

    label: str
    value: re.Pattern[str] | str
    negated: bool

    def holds(self, found: str) -> bool:
        """Return whether a label's value meets it; regular expressions match the whole."""
        if isinstance(self.value, str):
            same = self.value == found
        else:
            same = self.value.fullmatch(found) is not None
        return same != self.negated


@dataclass(frozen=True, slots=True)
class Selector:
    """The newest value of each series."""

    name: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """What a counter gained over a window, in all or per second."""

    function: Literal["increase", "rate"]
    of: Selector
    window_s: float


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum over all labels but those it is by."""

    by: tuple[str, ...]
    of: Query


Query: TypeAlias = Selector | Over | Sum


def parse(text: str) -> Query:
    """Return the query of a text; RejectedError with what is understood for anything else."""
    if len(text) > _MAX_LENGTH:
        raise RejectedError("the query is too long")
    parser = _Parser(text)
    query = parser.query(0)
    parser.end()
    return query


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    def query(self, depth: int) -> Query:
        name = self._take("name")
        if name == "sum" and depth < _MAX_DEPTH:
            return self._sum(depth)
        if name in {"increase", "rate"} and self._next() == "(":
            return self._over("rate" if name == "rate" else "increase")
        return self._selector(name)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self._error()

    def _sum(self, depth: int) -> Sum:
        by = self._by()
        self._mark("(")
        of = self.query(depth + 1)
        self._mark(")")
        return Sum(by or self._by(), of)

    def _by(self) -> tuple[str, ...]:
        if self._next() != "by":
            return ()
        self._at += 1
        self._mark("(")
        labels = []
        while self._next() != ")":
            labels.append(self._take("name"))
            self._comma(")")
        self._mark(")")
        return tuple(labels)

    def _over(self, function: Literal["increase", "rate"]) -> Over:
        self._mark("(")
        of = self._selector(self._take("name"))
        window = self._take("window")
        self._mark(")")
        seconds = sum(float(n) * _UNIT_S[unit] for n, unit in _DURATION.findall(window))
        if not seconds:
            raise self._error()
        return Over(function, of, seconds)

    def _selector(self, name: str) -> Selector:
        matchers: list[Matcher] = []
        if self._next() == "{":
            self._mark("{")
            while self._next() != "}":
                matchers.append(self._matcher())
                self._comma("}")
            self._mark("}")
        return Selector(name, tuple(matchers))

    def _matcher(self) -> Matcher:
        label = self._take("name")
        operator = self._take("mark")
        value = _unquoted(self._take("text"))
        if operator not in {"=", "!=", "=~", "!~"}:
            raise self._error()
        wanted = _pattern(value) if operator.endswith("~") else value
        return Matcher(label, wanted, negated=operator.startswith("!"))

    def _comma(self, closing: str) -> None:
        if self._next() != closing:
            self._mark(",")

    def _next(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _mark(self, mark: str) -> None:
        if self._next() != mark:
            raise self._error()
        self._at += 1

    def _take(self, kind: str) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at][0] != kind:
            raise self._error()
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _error(self) -> RejectedError:
        return _not_understood(self._text)


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _not_understood(text)
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


def _not_understood(text: str) -> RejectedError:
    return RejectedError(
        f"`{one_line(text, 160)}` is more than the embedded metrics understand", hint=UNDERSTOOD
    )


def _pattern(value: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of brackets that may mean sets one day
            return re.compile(value)
    except (re.error, RecursionError, OverflowError) as cause:
        raise RejectedError(f"`{one_line(value, 80)}` is no regular expression") from cause


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    if text[0] == "`":
        return inner
    return re.sub(r"\\(.)", lambda match: "\n" if match.group(1) == "n" else match.group(1), inner)
