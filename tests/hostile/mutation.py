"""Valid files made invalid: bytes, lines, keys, types and nesting are changed at random."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml
from hypothesis import strategies as st

ODD: Sequence[Any] = (
    None,
    True,
    -1,
    2**70,
    1.5,
    "",
    "{{ 7*7 }}",
    "\x00\x1b[2J",
    "\ud800",
    "x" * 5000,
    "../../etc/passwd",
    [],
    [[[[]]]],
    {},
    {"a": {"b": None}},
)
PIECES = st.sampled_from(
    [
        *(b"", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\n", b"\t", b"]", b"}", b"{", b'"', b":"),
        *(b"- ", b"&a ", b"*a ", b"!!python/object:os.system ", b"<<: ", b"? ", b"\r", b"#"),
        *(b"\xe2\x80\xae", b"1e999", b"NaN", b"{% for %}", b"%", b"|", b"---\n", b"\xef\xbb\xbf"),
        b"[" * 3000,
    ]
)


@st.composite
def bytes_of(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a content with a stretch of it replaced, doubled, or moved; or another altogether."""
    start = draw(st.integers(0, len(content)))
    end = min(len(content), start + draw(st.integers(0, 40)))
    piece = draw(PIECES | st.binary(max_size=12) | st.just(content[start:end] * 2))
    if draw(st.integers(0, 30)) == 0:
        return piece
    return content[:start] + piece + content[end:]


@st.composite
def lines_of(draw: st.DrawFn, content: bytes) -> bytes:
    """Return a content with a line dropped, doubled, indented, or put elsewhere."""
    lines = content.splitlines(keepends=True)
    at = draw(st.integers(0, len(lines) - 1))
    line = lines.pop(at)
    if draw(st.booleans()):
        where = draw(st.integers(0, len(lines)))
        lines[where:where] = [draw(st.sampled_from([b"", b"  ", b"- "])) + line] * draw(
            st.integers(1, 2)
        )
    return b"".join(lines)


@st.composite
def value_of(draw: st.DrawFn, value: Any) -> Any:  # noqa: ANN401  # JSON and YAML data
    """Return a value with one key renamed or dropped, or one part of it replaced."""
    if not value or not isinstance(value, dict | list) or draw(st.integers(0, 6)) == 0:
        return draw(st.sampled_from(ODD))
    if isinstance(value, list):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], draw(value_of(value[at])), *value[at + 1 :]]
    key = draw(st.sampled_from(sorted(value, key=str)))
    rest = {name: one for name, one in value.items() if name != key}
    match draw(st.integers(0, 7)):
        case 0:
            return rest
        case 1:
            return {
                **rest,
                draw(st.sampled_from(["", "x", f"{key}s", "\x1b[1m", "a b"])): value[key],
            }
        case _:
            return {**value, key: draw(value_of(value[key]))}


def _in_yaml(value: object) -> bytes:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=False).encode()


def _in_json(value: object) -> bytes:
    return json.dumps(value).encode()


def yaml_file(content: bytes) -> st.SearchStrategy[bytes]:
    """Return mutations of a YAML file."""
    return _file(content, yaml.safe_load(content), _in_yaml)


def json_file(content: bytes) -> st.SearchStrategy[bytes]:
    """Return mutations of a JSON file."""
    return _file(content, json.loads(content), _in_json)


def json_lines(content: bytes) -> st.SearchStrategy[bytes]:
    """Return mutations of a file of JSON lines."""
    rows = [json.loads(line) for line in content.splitlines()]

    def dumped(found: object) -> bytes:
        listed = found if isinstance(found, list) else [found]
        return b"".join(_in_json(one) + b"\n" for one in listed)

    return _file(content, rows, dumped)


def _file(
    content: bytes, value: Mapping[str, Any] | list[Any], dumped: Callable[[object], bytes]
) -> st.SearchStrategy[bytes]:
    return st.one_of(bytes_of(content), lines_of(content), value_of(value).map(dumped))
