"""MLflow's webhooks: signed as MLflow signs them, and nothing else is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from mlrespond.adapters.listener import RefusedError
from mlrespond.adapters.mlflow_webhook import read, signature
from mlrespond.model.json import Json, dump
from mlrespond.usecases.telling import AliasMove

SECRET = "not-a-real-secret"
DELIVERY = "0b1e6c1e-8b7a-4c66-9d5c-2f3f0a5b9e11"
STAMP = "1795317300"
NOW = datetime(2026, 11, 22, 3, 15, 20, tzinfo=UTC)
BODY = (
    b'{"entity": "model_version_alias", "action": "created",'
    b' "timestamp": "2026-11-22T03:15:00.250000+00:00",'
    b' "data": {"name": "fraud-scorer", "alias": "champion", "version": "7"}}'
)
# printf '%s' "$DELIVERY.$STAMP.$BODY" | openssl dgst -sha256 -hmac "$SECRET" -binary | base64
SIGNED = "v1,CqCcGun3DUHWYyUZGT6TM4vVCh5xxjm8pff8z7q1Ho8="
HEADERS = {
    "x-mlflow-signature": SIGNED,
    "x-mlflow-timestamp": STAMP,
    "x-mlflow-delivery-id": DELIVERY,
}
MOVE = AliasMove(
    delivery=DELIVERY,
    model="fraud-scorer",
    alias="champion",
    version="7",
    at=datetime(2026, 11, 22, 3, 15, 0, 250000, tzinfo=UTC),
)


def signed(body: bytes) -> Mapping[str, str]:
    return {**HEADERS, "x-mlflow-signature": signature(SECRET, DELIVERY, STAMP, body)}


def told(**changes: Json) -> bytes:
    data = {"name": "fraud-scorer", "alias": "champion", "version": "7"}
    known: dict[str, Json] = {
        "entity": "model_version_alias",
        "action": "created",
        "timestamp": "2026-11-22T03:15:00Z",
        "data": data,
    }
    return dump({**known, **changes}).encode()


def refused(headers: Mapping[str, str], body: bytes = BODY, now: datetime = NOW) -> tuple[int, str]:
    with pytest.raises(RefusedError) as caught:
        read(headers, body, SECRET, now)
    return caught.value.status, caught.value.reason


def test_a_message_that_openssl_signed_is_read() -> None:
    assert read(HEADERS, BODY, SECRET, NOW) == MOVE


def test_an_alias_that_was_deleted_has_no_version() -> None:
    body = told(action="deleted", data={"name": "fraud-scorer", "alias": "champion"})

    move = read(signed(body), body, SECRET, NOW)

    assert move == replace(MOVE, version=None, at=datetime(2026, 11, 22, 3, 15, tzinfo=UTC))


@pytest.mark.parametrize("entity", ["model_version", "registered_model", "prompt_alias"])
def test_a_good_message_about_something_else_is_none(entity: str) -> None:
    body = told(entity=entity)

    assert read(signed(body), body, SECRET, NOW) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"x-mlflow-signature": ""},
        {"x-mlflow-signature": SIGNED.removeprefix("v1,")},
        {"x-mlflow-signature": SIGNED.replace("v1", "v2")},
        {"x-mlflow-signature": SIGNED.swapcase()},
        {"x-mlflow-signature": "v1,\xe9"},
        {"x-mlflow-timestamp": "1795317301"},
        {"x-mlflow-delivery-id": DELIVERY.replace("0", "1")},
    ],
)
def test_whatever_was_signed_otherwise_is_refused(changes: Mapping[str, str]) -> None:
    assert refused({**HEADERS, **changes}) == (401, "bad signature")


def test_a_body_that_was_touched_is_refused() -> None:
    assert refused(HEADERS, BODY.replace(b'"7"', b'"8"')) == (401, "bad signature")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"x-mlflow-delivery-id": ""}, "no delivery-id"),
        ({"x-mlflow-delivery-id": "a b"}, "no delivery-id"),
        ({"x-mlflow-delivery-id": "a" * 129}, "no delivery-id"),
        ({"x-mlflow-timestamp": "soon"}, "no timestamp"),
        ({"x-mlflow-timestamp": "-1"}, "no timestamp"),
        ({"x-mlflow-timestamp": "9" * 400}, "no timestamp"),
    ],
)
def test_a_header_that_is_none_is_refused(changes: Mapping[str, str], reason: str) -> None:
    assert refused({**HEADERS, **changes}) == (400, reason)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_message_sent_again_is_refused_and_so_is_one_of_the_future(minutes: int) -> None:
    assert refused(HEADERS, now=NOW + timedelta(minutes=minutes)) == (400, "old timestamp")


def test_the_senders_own_retries_are_not_too_old() -> None:
    assert read(HEADERS, BODY, SECRET, NOW + timedelta(minutes=4)) == MOVE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        told(entity=7),
        told(action="moved"),
        told(timestamp="yesterday"),
        told(timestamp="2026-11-22T03:15:00"),
        told(data=None),
        told(data={"name": "", "alias": "champion", "version": "7"}),
        told(data={"name": "x" * 513, "alias": "champion", "version": "7"}),
        told(data={"name": "fraud-scorer", "alias": "champion"}),
    ],
)
def test_an_odd_body_is_refused_even_when_it_is_signed(body: bytes) -> None:
    assert refused(signed(body), body) == (400, "odd body")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
_TOLD = st.fixed_dictionaries(
    {},
    optional={
        "entity": st.just("model_version_alias") | _JSON,
        "action": st.sampled_from(["created", "deleted"]) | _JSON,
        "timestamp": st.just("2026-11-22T03:15:00Z") | _JSON,
        "data": st.fixed_dictionaries({"name": _JSON, "alias": _JSON, "version": _JSON}) | _JSON,
    },
)


@given(body=st.binary(max_size=200) | _TOLD.map(lambda one: dump(one).encode()))
@example(body=BODY)
def test_any_signed_body_is_a_move_nothing_or_refused(body: bytes) -> None:
    try:
        found = read(signed(body), body, SECRET, NOW)
    except RefusedError as error:
        event(error.reason)
        found = None

    assert found is None or (found.model and found.alias)


@given(
    headers=st.dictionaries(
        st.sampled_from(sorted(HEADERS)),
        st.text(st.characters(max_codepoint=255), max_size=40),
    )
)
def test_no_headers_but_the_signed_ones_are_believed(headers: Mapping[str, str]) -> None:
    with pytest.raises(RefusedError) as caught:
        read(headers, BODY, SECRET, NOW)

    assert caught.value.status in {400, 401}
