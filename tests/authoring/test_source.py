"""YAML 1.2 becomes plain data; what would make a reader wonder, or a program hang, is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.authoring.told import told
from tests.cost import costing

from mlrespond.authoring.source import MAX_DEPTH, MAX_NODES, parse
from mlrespond.model.json import Json


def said(content: bytes | str) -> str:
    return "\n".join(str(one) for one in parse("a.yaml", content).diagnostics)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("True", True),
        ("tRUE", "tRUE"),
        ("~", None),
        ("null", None),
        ("nULL", "nULL"),
        ("", None),
        ("''", ""),
        ("'null'", "null"),
        ('"7"', "7"),
        ("0777", 777),
        ("0o17", 15),
        ("0o8", "0o8"),
        ("0x1F", 31),
        ("-0x1F", "-0x1F"),
        ("0b11", "0b11"),
        ("+12", 12),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("1.10", 1.1),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        (".NaN", ".NaN"),
        ("-", [None]),
        ("12345678901234567890", 12345678901234567890),
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T03:12:07Z", "2026-11-22T03:12:07Z"),
        ("=", "="),
        ("[a, b]", ["a", "b"]),
        ('{"a":1}', {"a": 1}),
        ('"\\/"', "/"),
        ("# only a comment", None),
        ("--- a\n...", "a"),
        ("a\tb", "a\tb"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: Json) -> None:
    source = parse("a.yaml", text)

    assert source.diagnostics == []
    assert source.data == value
    assert type(source.data) is type(value)


def test_a_number_that_no_float_holds_is_text() -> None:
    assert parse("a.yaml", "9" * 400).data == "9" * 400


@pytest.mark.parametrize("key", ["on", "no", "off", "y", "'7'", "'true'", "é"])
def test_a_text_is_a_key_whatever_yaml_1_1_made_of_it(key: str) -> None:
    source = parse("a.yaml", f"{key}: 1")

    assert source.diagnostics == []
    assert source.data == {key.strip("'"): 1}


@pytest.mark.parametrize("key", ["7", "1.5", "true", "~", "[a]", "{a: b}"])
def test_another_key_than_a_text_is_refused(key: str) -> None:
    expected = "a.yaml:2:3 key-type a key is a text\n  help: put it in quotes"

    assert said(f"a: 1\n? {key}\n: 1") == expected


def test_every_mistake_of_the_yaml_is_told_at_its_place() -> None:
    text = "a: 1\nb: !!str x\na: 2\n!c d: &x !e {f: 1, f: 2}\n<<: *x\n7: 1\n"

    assert said(text) == told("""
        a.yaml:2:4 yaml-tag tags are not known here
          help: leave it out
        a.yaml:4:1 yaml-tag tags are not known here
          help: leave it out
        a.yaml:4:7 yaml-tag tags are not known here
          help: leave it out
        a.yaml:3:1 duplicate-key `a` stands twice
        a.yaml:4:20 duplicate-key `f` stands twice
        a.yaml:5:1 merge-key YAML 1.2 has no merge keys
          help: repeat the keys
        a.yaml:6:1 key-type a key is a text
          help: put it in quotes
    """)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "a:\n  - [1\n",
            (
                "a.yaml:3:1 yaml-syntax did not find expected ',' or ']'\n"
                "  help: while parsing a flow sequence that begins at 2:5"
            ),
        ),
        (
            "a: 'x",
            (
                "a.yaml:1:6 yaml-syntax found unexpected end of stream\n"
                "  help: while scanning a quoted scalar that begins at 1:4"
            ),
        ),
        ("a: b: c", "a.yaml:1:5 yaml-syntax mapping values are not allowed in this context"),
        ("a:\n\tb: 1", "a.yaml:2:1 yaml-syntax found character that cannot start any token"),
        ("a: *x", "a.yaml:1:4 yaml-syntax found undefined alias"),
        ("- &x 1\n- &x 2", "a.yaml:2:3 yaml-syntax an anchor of this name stands above"),
        (
            'a: "\\ud800"',
            (
                "a.yaml:1:7 yaml-syntax found invalid Unicode character escape code\n"
                "  help: while parsing a quoted scalar that begins at 1:4"
            ),
        ),
        ("a: 1\n---\nb: 1\n", "a.yaml:2:1 yaml-documents a file holds one document"),
        ("%YAML 2.0\n---\na", "a.yaml:1:1 yaml-syntax found incompatible YAML document"),
    ],
)
def test_what_is_no_yaml_is_told_where_reading_stopped(content: str, expected: str) -> None:
    assert said(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\nb: \x00", "2:4 yaml-character the character U+0000 does not belong here"),
        (b"\xef\xbb\xbfa: \x1b[31m", "1:4 yaml-character the character U+001B does not belong"),
        ("a: x\ufeff", "1:5 yaml-character the character U+FEFF does not belong here"),
        ("a: \u2028x", "1:4 yaml-character the character U+2028 does not belong here"),
        ("a: \x85x", "1:4 yaml-character the character U+0085 does not belong here"),
        ("a: \ud800", "1:4 yaml-character the character U+D800 does not belong here"),
        (b"a: 1\nb: \xc3\xa9\xe9", "2:5 yaml-encoding byte 0xe9 is not UTF-8"),
        ("a: é".encode("utf-16"), "1:1 yaml-encoding byte 0xff is not UTF-8"),
    ],
)
def test_what_is_no_text_is_told_where_it_stands(content: bytes | str, expected: str) -> None:
    assert said(content).startswith(f"a.yaml:{expected}")


def test_every_stray_character_is_told_up_to_a_number() -> None:
    assert said("a: \x00b\x07").count("yaml-character") == 2
    assert said("\x00" * 1000).count("yaml-character") == 20


@pytest.mark.parametrize("text", [b"\xef\xbb\xbfa: 1\n", "\ufeffa: 1\r\n", "a: 1\r", "a: 1"])
def test_byte_order_mark_and_line_ends_make_no_difference(text: bytes | str) -> None:
    source = parse("a.yaml", text)

    assert source.diagnostics == []
    assert source.data == {"a": 1}


def test_lines_are_counted_whatever_ends_them() -> None:
    assert said("a: 1\r\nb: 1\r\na: 2\r\n") == "a.yaml:3:1 duplicate-key `a` stands twice"


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (LAUGHS, "yaml-size"),
        ("a: &a [*a, *a]", "yaml-depth"),
        ("&a {b: *a}", "yaml-depth"),
        ("[" * 300_000, "yaml-depth"),
        ("{a: " * 100_000, "yaml-depth"),
        ("- " * 300_000, "yaml-depth"),
        ("? " * 300_000, "yaml-depth"),
        ("- x\n" * (MAX_NODES + 1), "yaml-size"),
        ("#" * (1024 * 1024 + 1), "yaml-size"),
        (b"\x00" * (1024 * 1024 + 1), "yaml-size"),
        ("a" + ":" * 900_000, "yaml-syntax"),
        ("&a " * 300_000, "yaml-syntax"),
        ("- '\n" * 100_000, "yaml-size"),
    ],
)
def test_what_grows_or_nests_without_end_is_refused_at_once(
    content: bytes | str, code: str
) -> None:
    with costing(5.0):
        source = parse("a.yaml", content)

    assert [one.code for one in source.diagnostics] == [code]
    assert source.data is None


def test_as_much_as_is_allowed_is_read() -> None:
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    wide = "- x\n" * (MAX_NODES - 1)
    long = "a: " + "x" * (1024 * 1024 - 3)

    assert [said(one) for one in (deep, wide, long)] == ["", "", ""]


def test_aliases_are_followed() -> None:
    assert parse("a.yaml", "a: &x {b: 1}\nc: [*x, *x]").data == {
        "a": {"b": 1},
        "c": [{"b": 1}, {"b": 1}],
    }


def test_values_and_keys_know_their_places() -> None:
    source = parse("a.yaml", "a:\n  - b: 'x'\n", first_line=4)

    assert source.values[("a", 0, "b")] == (5, 8)
    assert source.keys[("a", 0, "b")] == (5, 5)
    assert source.place(("a", 0, "nobody", 3)) == (5, 5)
    assert source.place(("nobody",)) == (4, 1)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_is_data_or_diagnostics(content: bytes | str) -> None:
    source = parse("a.yaml", content)

    assert source.data is None or source.diagnostics is not None
    assert all(one.line >= 1 and one.column >= 1 for one in source.diagnostics)
