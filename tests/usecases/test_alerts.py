"""Reading webhook bodies: the shape is Alertmanager's, version 4; what is missing is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.errors import InvalidInputError
from mlrespond.model.alert import Alert
from mlrespond.model.json import Json
from mlrespond.usecases.alerts import read_alerts, webhook_body

ONE: Mapping[str, Json] = {
    "status": "firing",
    "labels": {"alertname": "ModelErrorRatioHigh", "env": "test", "model": "fraud-scorer"},
    "annotations": {"summary": "Error ratio for fraud-scorer is 23.81%"},
    "startsAt": "2026-11-22T21:51:13.443123456+01:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus:9090/graph?g0.expr=x&g0.tab=1",
    "fingerprint": "e4c53c0132c44040",
}


def webhook(*alerts: Mapping[str, Json], **more: Json) -> str:
    known: dict[str, Json] = {
        "receiver": "mlir",
        "status": "firing",
        "alerts": [dict(one) for one in alerts],
        "groupLabels": {"alertname": "ModelErrorRatioHigh"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "version": "4",
        "groupKey": '{}:{alertname="ModelErrorRatioHigh"}',
        "truncatedAlerts": 0,
        **more,
    }
    return json.dumps(known)


def test_times_may_have_nanoseconds_and_offsets() -> None:
    (alert,) = read_alerts(webhook(ONE))

    assert alert.starts_at == datetime(2026, 11, 22, 20, 51, 13, 443123, tzinfo=UTC)


def test_the_year_one_is_no_end() -> None:
    (alert,) = read_alerts(webhook(ONE))

    assert alert.ends_at is None


def test_a_resolved_alert_has_its_end() -> None:
    resolved = {**ONE, "status": "resolved", "endsAt": "2026-11-22T22:00:00Z"}

    (alert,) = read_alerts(webhook(resolved, status="resolved"))

    assert alert.status == "resolved"
    assert alert.ends_at == datetime(2026, 11, 22, 22, tzinfo=UTC)


def test_fields_that_nobody_knows_are_passed_over() -> None:
    newer = {**ONE, "silencedBy": ["a"], "receivers": [{"name": "x"}]}

    (alert,) = read_alerts(webhook(newer, somethingNew={"deep": [1]}))

    assert alert.name == "ModelErrorRatioHigh"


def test_every_alert_of_a_group_is_read_once() -> None:
    other = {**ONE, "fingerprint": "ffff", "labels": {"alertname": "Other"}}

    alerts = read_alerts(webhook(ONE, other, ONE))

    assert [one.fingerprint for one in alerts] == ["e4c53c0132c44040", "ffff"]


def test_one_bare_alert_is_enough() -> None:
    (alert,) = read_alerts(json.dumps(ONE))

    assert alert.labels["model"] == "fraud-scorer"


def test_without_a_fingerprint_the_labels_make_one() -> None:
    nameless = {key: value for key, value in ONE.items() if key != "fingerprint"}
    later = {**nameless, "annotations": {"summary": "another"}}

    (first,), (second,) = read_alerts(webhook(nameless)), read_alerts(webhook(later))

    assert first.fingerprint
    assert first.key == second.key


def test_labels_that_are_no_text_become_text() -> None:
    (alert,) = read_alerts(webhook({**ONE, "labels": {"alertname": "A", "shard": 3}}))

    assert alert.labels["shard"] == "3"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "no JSON record"),
        (webhook(), "holds no alert"),
        (json.dumps({"alerts": "many"}), "holds no alert"),
        (webhook({**ONE, "labels": {}}), "alert 1 has no labels"),
        (webhook(ONE, {**ONE, "status": "pending"}), "alert 2: its status is `pending`"),
        (webhook({**ONE, "status": ["firing"]}), "its status is"),
        (webhook({**ONE, "startsAt": None}), "alert 1 has no startsAt"),
        (webhook({**ONE, "startsAt": "yesterday"}), "`yesterday` is no ISO 8601 time"),
        (webhook({**ONE, "startsAt": "2026-11-22T21:51:13"}), "has no time zone"),
    ],
)
def test_what_is_no_alert_is_refused_with_its_place(body: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_alerts(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(field=st.sampled_from(sorted(ONE)), value=JSON)
def test_any_value_in_any_field_is_an_alert_or_a_clear_refusal(field: str, value: Json) -> None:
    body = webhook({**ONE, field: value})

    with suppress(InvalidInputError):
        assert len(read_alerts(body)) == 1


def test_an_alert_that_is_pulled_has_the_key_of_the_one_that_was_pushed() -> None:
    one: dict[str, Json] = {"labels": {"alertname": "A"}, "fingerprint": "f"}

    (pushed,) = read_alerts(json.dumps({**one, "startsAt": "2026-11-22T05:02:11.428999876+02:00"}))
    (pulled,) = read_alerts(json.dumps({**one, "startsAt": "2026-11-22T03:02:11.428Z"}))
    (next_one,) = read_alerts(json.dumps({**one, "startsAt": "2026-11-22T03:02:11.429Z"}))

    assert pushed.key == pulled.key
    assert pulled.key != next_one.key


WORDS = st.text(max_size=8)
ALERTS = st.builds(
    Alert,
    fingerprint=st.text("0123456789abcdef", min_size=1, max_size=16),
    status=st.just("firing"),
    starts_at=st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # the strategy adds it
    labels=st.dictionaries(WORDS, WORDS, min_size=1, max_size=3),
    annotations=st.dictionaries(WORDS, WORDS, max_size=2),
    generator_url=WORDS,
)


@given(st.lists(ALERTS, min_size=1, max_size=4, unique_by=lambda one: one.key))
def test_what_was_pulled_is_written_as_a_webhook_s_body(alerts: list[Alert]) -> None:
    assert read_alerts(json.dumps(webhook_body(alerts))) == tuple(alerts)


def test_a_body_tells_what_all_its_alerts_have_in_common() -> None:
    both = read_alerts(
        webhook(
            {**ONE, "labels": {"a": "1", "b": "2"}},
            {"labels": {"a": "1", "b": "3"}, "startsAt": "2026-11-22T03:00:00Z"},
        )
    )

    assert webhook_body(both)["commonLabels"] == {"a": "1"}
    assert webhook_body(())["alerts"] == []
