"""Alerts look as Alertmanager sends them."""

from __future__ import annotations

from datetime import UTC, datetime

from mlrespond.lab.alert import Alert
from mlrespond.lab.faults import MODES
from mlrespond.model.json import items, record

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ALERT = Alert("LatencyHigh", "warning", "Slow")


def test_the_webhook_has_what_alertmanager_sends() -> None:
    body = record(ALERT.webhook(7, NOW))

    assert set(body) == {
        *("receiver", "status", "alerts", "groupLabels", "commonLabels", "commonAnnotations"),
        *("externalURL", "version", "groupKey", "truncatedAlerts"),
    }
    (fired,) = map(record, items(body["alerts"]))
    assert fired["labels"] == {
        "alertname": "LatencyHigh",
        "service": "fraud-scorer",
        "severity": "warning",
    }
    assert (fired["status"], fired["startsAt"]) == ("firing", "2026-11-22T03:00:00.000000Z")
    assert body["commonLabels"] == fired["labels"]


def test_a_fingerprint_is_that_of_name_and_seed() -> None:
    def fingerprint(alert: Alert, seed: int) -> object:
        return record(items(record(alert.webhook(seed, NOW))["alerts"])[0])["fingerprint"]

    assert fingerprint(ALERT, 7) == fingerprint(ALERT, 7)
    assert fingerprint(ALERT, 7) != fingerprint(ALERT, 8)
    assert fingerprint(ALERT, 7) != fingerprint(Alert("Other", "warning", "Slow"), 7)


def test_each_mode_has_its_alert() -> None:
    assert {mode: alert.name for mode, (alert, _) in MODES.items()} == {
        "bad-release": "GoldenAccuracyLow",
        "slow-release": "LatencyHigh",
        "null-surge": "InputDataBroken",
        "unit-change": "InputDataBroken",
        "stuck-replica": "MixedVersions",
        "serving-errors": "ErrorRatioHigh",
        "registry-down": "RegistryDown",
        "concept-drift": "LabelQualityLow",
        "nothing": "PredictionDrift",
    }
