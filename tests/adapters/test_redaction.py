"""No secret that was handed out gets through the sink, whatever it was wrapped in."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlrespond.adapters.redaction import Redactor
from mlrespond.adapters.secrets import redactable

Wrap = Callable[[str], str]


class Known:
    """Secrets that were handed out."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = frozenset(secrets)

    def handed_out(self) -> frozenset[str]:
        return self.secrets


def wire(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


WRAPS: dict[str, Wrap] = {
    "plain": str,
    "json": json.dumps,
    "json, not ascii": lambda one: json.dumps(one, ensure_ascii=False),
    "json in json": lambda one: json.dumps(json.dumps({"x": one})),
    "json with escaped slashes": lambda one: json.dumps(one).replace("/", "\\/"),
    "repr": repr,
    "repr of bytes": lambda one: repr(wire(one)),
    "repr in json": lambda one: json.dumps(repr(one)),
    "base64": lambda one: base64.b64encode(wire(one)).decode(),
    "base64, unpadded": lambda one: base64.b64encode(wire(one)).decode().rstrip("="),
    "base64 for addresses": lambda one: base64.urlsafe_b64encode(wire(one)).decode(),
    "base64 in an address": lambda one: quote(base64.b64encode(wire(one)).decode(), safe=""),
    "hex": lambda one: wire(one).hex(),
    "HEX": lambda one: wire(one).hex().upper(),
    "quoted": lambda one: quote(one, safe="", errors="replace"),
    "quoted path": lambda one: quote(one, errors="replace"),
    "quoted form": lambda one: quote_plus(one, errors="replace"),
    "html": html.escape,
}

# a secret is something a person typed or a machine made: no control characters in the middle
SECRETS = st.text(
    st.characters(min_codepoint=33, exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp", "Cn", "Co"]),
    min_size=4,
    max_size=40,
).filter(redactable)


@pytest.mark.parametrize("name", WRAPS)
@given(secret=SECRETS, around=st.text(max_size=8))
def test_a_secret_is_gone_whatever_it_was_wrapped_in(name: str, secret: str, around: str) -> None:
    wrapped = WRAPS[name](secret)
    assume(redactable(wrapped.strip("\"'")))  # `1234` as hex is a plain number: left alone

    found = Redactor(Known(secret))(f"{around}{wrapped}{around}")

    assert "[secret]" in found
    if len(wrapped) > len("[secret]"):
        assert wrapped not in found


@given(secret=SECRETS.filter(lambda one: len(one) > 6), user=st.text(max_size=9), after=st.binary())
def test_base64_of_a_secret_among_other_bytes_is_gone(secret: str, user: str, after: bytes) -> None:
    content = wire(user) + b":" + wire(secret) + after

    found = Redactor(Known(secret))(base64.b64encode(content).decode())

    assert "[secret]" in found


@given(st.lists(SECRETS, min_size=1, max_size=4), st.lists(st.integers(0, 3), max_size=6))
def test_several_secrets_overlapping_or_not_are_all_gone(
    secrets: list[str], order: list[int]
) -> None:
    assume(not any("[" in one or "]" in one for one in secrets))
    text = "".join(secrets[number % len(secrets)] for number in order)

    found = Redactor(Known(*secrets))(text)

    rest = found.replace("[secret]", "\0")
    assert not any(one in rest for one in secrets)


@given(
    SECRETS,
    st.recursive(
        st.none() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    ),
)
def test_json_stays_json(secret: str, value: object) -> None:
    assume('"' not in secret and "," not in secret and ":" not in secret)
    assume(not any(mark in secret for mark in "[]{}\\"))
    redact = Redactor(Known(secret))

    json.loads(redact(json.dumps({"about": value, "token": secret, "n": 61626364})))


@given(SECRETS, st.text())
def test_redacting_twice_is_redacting_once(secret: str, text: str) -> None:
    assume(not any(mark in secret for mark in "[]"))
    redact = Redactor(Known(secret))

    once = redact(text + secret)

    assert redact(once) == once


def test_overlapping_secrets_are_one_stretch() -> None:
    assert Redactor(Known("abcdef", "defghi"))("x abcdefghi y") == "x [secret] y"


def test_the_password_of_a_pair_is_a_secret_of_its_own() -> None:
    redact = Redactor(Known("mlir:hunter22"))

    assert redact("login mlir:hunter22") == "login [secret]"
    assert redact("password=hunter22") == "password=[secret]"
    assert redact("user mlir") == "user mlir"
    assert redact(f"Basic {base64.b64encode(b'mlir:hunter22').decode()}") == "Basic [secret]"


def test_a_secret_handed_out_later_is_redacted_from_then_on() -> None:
    known = Known()
    redact = Redactor(known)
    assert redact("s3cr3t-token") == "s3cr3t-token"

    known.secrets = frozenset({"s3cr3t-token"})

    assert redact("s3cr3t-token") == "[secret]"


def test_hex_that_reads_like_a_number_is_left_alone() -> None:
    assert Redactor(Known("abcd"))('{"n": 61626364}') == '{"n": 61626364}'


def test_it_costs_nothing_without_secrets_and_little_with() -> None:
    text = "nothing to see here, " * 5_000
    idle, busy = Redactor(Known()), Redactor(Known(*(f"s3cr3t-{n}-token" for n in range(5))))
    busy("")

    def seconds(redact: Redactor, times: int) -> float:
        began = time.process_time()
        for _ in range(times):
            redact(text)
        return (time.process_time() - began) / times

    assert seconds(idle, 1000) < 0.000_1
    assert seconds(busy, 10) < 0.1
