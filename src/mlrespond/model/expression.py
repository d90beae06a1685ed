"""The expressions of runbooks: parsed to a small tree, with the column of every part.

The syntax is a subset of Jinja2's (jinja.palletsprojects.com/templates/#expressions): literals,
lists, names, public attributes, comparisons, and/or/not/in, `is none`, + and -, listed filters.
There are no calls, so nothing can be run. Written here because three values, exact columns and a
start without jinja2 are what it is for; the tests hold it against Jinja2.
"""

from __future__ import annotations

from typing import Literal

from mlrespond.errors import InvalidInputError
from mlrespond.model.expression_node import (
    Arithmetic,
    Attribute,
    Compare,
    Comparison,
    Constant,
    Filter,
    IsNone,
    Items,
    Logic,
    Name,
    Negative,
    Node,
    Not,
)
from mlrespond.model.expression_token import (
    ExpressionError,
    Token,
    number_of,
    tokens_of,
    unexpected,
    unquoted,
)

FILTERS = frozenset(
    {
        "abs",
        "default",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "lower",
        "round",
        "sort",
        "trim",
        "upper",
    }
)
MAX_LENGTH = 2000
MAX_TOKENS = 300  # a chain of them is a tree as deep as it is long
MAX_DEPTH = 50

_COMPARISONS: tuple[Comparison, ...] = ("==", "!=", "<=", ">=", "<", ">", "in", "not in")
_WORDS: dict[str, bool | None] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "none": None,
    "None": None,
}
_KEYWORDS = frozenset({"and", "or", "not", "in", "is"})


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises ExpressionError with the column and, where it can, the way to mend it.
    """
    if "{{" in text:
        raise ExpressionError(
            "`{{ }}` does not belong in an expression", text.index("{{"), hint="leave the braces"
        )
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    tokens = list(tokens_of(text))
    if len(tokens) > MAX_TOKENS:
        message = f"more than {MAX_TOKENS} words and signs"
        raise ExpressionError(message, tokens[MAX_TOKENS].column, hint="say it in several steps")
    reader = _Reader(tokens, len(text))
    node = reader.either()
    reader.end()
    return node


class _Reader:
    """A recursive-descent reader; one method a level of precedence, loosest first."""

    def __init__(self, tokens: list[Token], length: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._length = length
        self._depth = 0

    def either(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("nested too deeply", self._column())
        node = self._both()
        while (token := self._take("or")) is not None:
            node = Logic("or", node, self._both(), token.column)
        self._depth -= 1
        return node

    def end(self) -> None:
        token = self._peek()
        if token is None:
            return
        if token.text == "(":
            raise ExpressionError("nothing can be called", token.column)
        raise unexpected(token.text, token.column)

    def _both(self) -> Node:
        node = self._negated()
        while (token := self._take("and")) is not None:
            node = Logic("and", node, self._negated(), token.column)
        return node

    def _negated(self) -> Node:
        token = self._take("not")
        if token is None:
            return self._comparison()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("nested too deeply", token.column)
        node = Not(self._negated(), token.column)
        self._depth -= 1
        return node

    def _comparison(self) -> Node:
        left = self._sum()
        operator, column = self._operator()
        if operator is None:
            return self._is_none(left)
        node = Compare(operator, left, self._sum(), column)
        again, column = self._operator()
        if again is not None:
            raise ExpressionError(
                "comparisons do not chain", column, hint="join two comparisons with `and`"
            )
        return node

    def _operator(self) -> tuple[Comparison | None, int]:
        column = self._column()
        if self._peek_text() == "not" and self._peek_text(1) == "in":
            self._at += 2
            return "not in", column
        for operator in _COMPARISONS:
            if self._take(operator) is not None:
                return operator, column
        return None, column

    def _is_none(self, left: Node) -> Node:
        token = self._take("is")
        if token is None:
            return left
        negated = self._take("not") is not None
        if self._take("none") is None and self._take("None") is None:
            raise ExpressionError(
                "only `is none` and `is not none` are known", self._column(), hint="use `==`"
            )
        return IsNone(left, negated, token.column)

    def _sum(self) -> Node:
        node = self._filtered()
        while True:
            token = self._take("+") or self._take("-")
            if token is None:
                return node
            operator: Literal["+", "-"] = "+" if token.text == "+" else "-"
            node = Arithmetic(operator, node, self._filtered(), token.column)

    def _filtered(self) -> Node:
        node = self._signed()
        while (token := self._take("|")) is not None:
            node = self._filter(node, token)
        return node

    def _filter(self, of: Node, bar: Token) -> Node:
        token = self._name()
        if token.text not in FILTERS:
            known = ", ".join(sorted(FILTERS))
            raise ExpressionError(f"`{token.text}` is no filter", token.column, hint=known)
        arguments: tuple[Node, ...] = ()
        if self._take("(") is not None:
            arguments = self._until(")")
        return Filter(of, token.text, arguments, bar.column)

    def _signed(self) -> Node:
        token = self._take("-")
        if token is None:
            return self._attributes()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("nested too deeply", token.column)
        node = Negative(self._signed(), token.column)
        self._depth -= 1
        return node

    def _attributes(self) -> Node:
        node = self._primary()
        while True:
            if (token := self._take(".")) is not None:
                node = self._attribute(node, self._name())
            elif (token := self._take("[")) is not None:
                node = self._subscript(node, token)
            else:
                return node

    def _attribute(self, of: Node, token: Token) -> Node:
        if token.text.startswith("_"):
            raise ExpressionError(f"`{token.text}` is not public", token.column)
        return Attribute(of, token.text, token.column)

    def _subscript(self, of: Node, bracket: Token) -> Node:
        token = self._next()
        if token.sort != "string" or self._take("]") is None:
            raise ExpressionError(
                "only a field's name stands in brackets", bracket.column, hint='write ["name"]'
            )
        return Attribute(of, unquoted(token.text), token.column)

    def _primary(self) -> Node:
        token = self._next()
        if token.sort == "number":
            return Constant(number_of(token), token.column)
        if token.sort == "string":
            return Constant(unquoted(token.text), token.column)
        if token.sort == "name" and token.text not in _KEYWORDS:
            if token.text in _WORDS:
                return Constant(_WORDS[token.text], token.column)
            return Name(token.text, token.column)
        if token.text == "[":
            return Items(self._until("]"), token.column)
        if token.text == "(":
            node = self.either()
            self._expect(")")
            return node
        raise unexpected(token.text, token.column)

    def _until(self, closing: str) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while self._take(closing) is None:
            nodes.append(self.either())
            if self._take(",") is None:
                self._expect(closing)
                break
        return tuple(nodes)

    def _name(self) -> Token:
        token = self._next()
        if token.sort != "name":
            raise ExpressionError("a name is missing", token.column)
        return token

    def _expect(self, text: str) -> None:
        if self._take(text) is None:
            raise ExpressionError(f"`{text}` is missing", self._column())

    def _take(self, text: str) -> Token | None:
        token = self._peek()
        if token is None or token.text != text or token.sort == "string":
            return None
        self._at += 1
        return token

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise ExpressionError("the expression ends too early", self._length)
        self._at += 1
        return token

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _peek_text(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].text if at < len(self._tokens) else ""

    def _column(self) -> int:
        token = self._peek()
        return token.column if token else self._length


def names_in(text: str) -> set[tuple[str, ...]]:
    """Return the dotted names that an expression reads, as tuples; none if it is not valid."""
    try:
        return set(_dotted(parse(text)))
    except InvalidInputError:
        return set()


def _dotted(node: Node) -> list[tuple[str, ...]]:
    match node:
        case Name(name):
            return [(name,)]
        case Attribute(of, name):
            return [(*found, name) for found in _dotted(of)[:1]]
        case Items(nodes):
            return [found for one in nodes for found in _dotted(one)]
        case Filter(of, _, arguments):
            return [found for one in (of, *arguments) for found in _dotted(one)]
        case Compare(_, left, right) | Logic(_, left, right) | Arithmetic(_, left, right):
            return _dotted(left) + _dotted(right)
        case IsNone(of) | Not(of) | Negative(of):
            return _dotted(of)
        case _:
            return []
