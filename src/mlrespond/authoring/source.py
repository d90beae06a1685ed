"""YAML 1.2 text to plain data, with the place of every key and value.

PyYAML's C loader composes the nodes (for their marks); scalars are resolved by YAML 1.2's core
schema (yaml.org/spec/1.2.2 §10.3.2), so `no` and `on` are text. There are no tags, duplicate keys,
merge keys or deep nests, of aliases or of anything else.
"""

from __future__ import annotations

import re
from typing import Protocol

import yaml

from mlrespond.authoring.written import Path, Place, Source, Span, moved, open_source
from mlrespond.model.json import Json

MAX_NODES = 50_000
MAX_DEPTH = 60
MAX_STRANGERS = 20

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
# YAML's c-printable (§5.1), without what only some programs take for the end of a line
_STRANGER = (
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_ASCII_STRANGER = r"[^\t\n\r\x20-\x7e]"  # the same among ASCII, and compiled at once
_HALF = re.compile("[\ud800-\udfff]")
_DIGITS = 240  # longer ones do not fit a float, and somebody will compare them with one


def parse(path: str, content: bytes | str, *, first_line: int = 1) -> Source:
    """Return the source; its `diagnostics` hold everything that is wrong with the YAML itself."""
    source = open_source(path, content)
    if not source.diagnostics:
        _Walker(source, first_line).walk()
    return source


class _Mark(Protocol):
    """Where the loader was: PyYAML has a class for it in C, and another in Python."""

    line: int
    column: int


class _Walker:
    """Turns composed nodes into data, once each, counting what aliases multiply."""

    def __init__(self, source: Source, first_line: int) -> None:
        self._source = source
        self._offset = first_line - 1
        self._nodes = 0
        self._endless = False

    def walk(self) -> None:
        try:
            node = self._compose() if self._sound() else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = error.problem or error.context or "not YAML"
            if problem == _TOO_DEEP_FOR_LIBYAML:
                self._report(mark, "yaml-depth", _TOO_DEEP)
            else:
                told = _PLAINER.get(problem, problem)
                self._report(mark, "yaml-syntax", told, self._while(error))
        except yaml.YAMLError as error:
            self._report(None, "yaml-syntax", str(error).splitlines()[0])
        else:
            value = None if node is None else self._value(node, ())
            self._source.data = None if self._endless else value

    def _while(self, error: yaml.MarkedYAMLError) -> str:
        began, problem = error.context_mark, error.problem_mark
        if not began or not problem or not str(error.context).startswith("while"):
            return ""
        (line, column), told = self._at(began), self._at(problem)
        return "" if (line, column) == told else f"{error.context} that begins at {line}:{column}"

    def _sound(self) -> bool:
        """Look at characters and events first: composing recurses in C, and has no bounds."""
        return self._characters() and self._events()

    def _characters(self) -> bool:
        text = self._source.text
        strange = _ASCII_STRANGER if text.isascii() else _STRANGER
        strangers = [found.start() for found in re.finditer(strange, text)]
        for at in strangers[:MAX_STRANGERS]:
            place = moved((1 + self._offset, 1), text[:at])
            wrong = f"the character U+{ord(text[at]):04X} does not belong here"
            self._source.report_at(place, "yaml-character", wrong, hint="take it out")
        return not strangers

    def _events(self) -> bool:
        depth = count = documents = 0
        for event in yaml.parse(self._source.text, Loader=_Loader):
            documents += isinstance(event, yaml.DocumentStartEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            count += isinstance(event, yaml.NodeEvent)
            if documents > 1:
                self._report(event.start_mark, "yaml-documents", "a file holds one document")
            elif depth > MAX_DEPTH:
                self._report(event.start_mark, "yaml-depth", _TOO_DEEP)
            elif count > MAX_NODES:
                self._report(event.start_mark, "yaml-size", _TOO_MANY)
            else:
                self._tag(event)
                continue
            return False
        return True

    def _tag(self, event: yaml.Event) -> None:
        if getattr(event, "tag", None) is not None:
            self._report(event.start_mark, "yaml-tag", "tags are not known here", "leave it out")

    def _compose(self) -> yaml.Node | None:
        loader = _Loader(self._source.text)
        try:
            node: yaml.Node | None = loader.get_single_node()
            return node
        finally:
            loader.dispose()

    def _value(self, node: yaml.Node, where: Path) -> Json:
        self._nodes += 1
        self._source.values[where] = self._at(node.start_mark)
        if self._nodes > MAX_NODES:
            self._refuse(where, "yaml-size", _TOO_MANY)
            return None
        if len(where) > MAX_DEPTH:
            self._refuse(where, "yaml-depth", _TOO_DEEP)
            return None
        match node:
            case yaml.MappingNode():
                return self._mapping(node, where)
            case yaml.SequenceNode():
                return [self._value(one, (*where, at)) for at, one in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(node, where)
            case _:
                return None

    def _refuse(self, where: Path, code: str, message: str) -> None:
        """Note, once, that aliases make more of a file than there is."""
        if not self._endless:
            self._source.report(where, code, message)
        self._endless = True

    def _mapping(self, node: yaml.MappingNode, where: Path) -> Json:
        data: dict[str, Json] = {}
        for key, value in node.value:
            if key.value == "<<" and not key.style:
                self._report(key.start_mark, "merge-key", "YAML 1.2 has no merge keys", _REPEAT)
                continue
            name = self._key(key)
            if name is None:
                continue
            inner = (*where, name)
            if name in data:
                self._report(key.start_mark, "duplicate-key", f"`{name}` stands twice")
                continue
            self._source.keys[inner] = self._at(key.start_mark)
            data[name] = self._value(value, inner)
        return data

    def _key(self, key: yaml.Node) -> str | None:
        if isinstance(key, yaml.ScalarNode) and isinstance(_resolved(key), str):
            return None if self._half(key) else str(key.value)
        self._report(key.start_mark, "key-type", "a key is a text", "put it in quotes")
        return str(key.value) if isinstance(key, yaml.ScalarNode) and key.value else None

    def _scalar(self, node: yaml.ScalarNode, where: Path) -> Json:
        value = _resolved(node)
        if self._half(node):
            return None
        if isinstance(value, str):
            self._source.spans[where] = Span(
                self._source.text, node.start_mark.index, node.end_mark.index, value
            )
        return value

    def _half(self, node: yaml.ScalarNode) -> bool:
        """Note an escaped surrogate, which has no UTF-8; PyYAML's loader in C refuses it itself."""
        found = _HALF.search(node.value) is not None
        if found:
            self._report(node.start_mark, "yaml-character", "half a character is escaped here")
        return found

    def _at(self, mark: _Mark) -> Place:
        return (mark.line + 1 + self._offset, mark.column + 1)

    def _report(self, mark: _Mark | None, code: str, message: str, hint: str = "") -> None:
        place = self._at(mark) if mark else (1 + self._offset, 1)
        self._source.report_at(place, code, message, hint=hint)


_PLAINER = {"second occurrence": "an anchor of this name stands above"}
_REPEAT = "repeat the keys"
_TOO_DEEP_FOR_LIBYAML = "exceeded maximum nesting depth"  # what PyYAML 6.0.4 says, where built in C
_TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
_TOO_MANY = f"more than {MAX_NODES} values (aliases?)"


def _resolved(node: yaml.ScalarNode) -> Json:
    text = str(node.value)
    if node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) <= _DIGITS:
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.fullmatch(text):
        return _finite(text)
    return text


def _finite(text: str) -> Json:
    value = float(text)
    return value if abs(value) != float("inf") else text


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C where it is built
    """Composes and never constructs."""
