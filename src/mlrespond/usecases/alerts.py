"""Reading, and writing, what a monitoring system sends: Alertmanager's webhook body, version 4.

Source: prometheus/alertmanager docs, `<webhook_config>`; unknown fields are ignored, times may
have nanoseconds and offsets, and while an alert fires `endsAt` is the year 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from mlrespond.errors import InvalidInputError
from mlrespond.model.alert import Alert
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json, Record, dump, items, parse, record, text
from mlrespond.model.text import one_line

_NEVER = 1
_HOW = "send Alertmanager's webhook body as it is: {alerts: [{labels, startsAt, …}]}"


def read_alerts(content: str | bytes) -> tuple[Alert, ...]:
    """Return the alerts of a webhook body, or of one bare alert; InvalidInputError says why not."""
    try:
        body = parse(content)
    except InvalidInputError as cause:
        raise InvalidInputError(f"the alert is {cause.message}", hint=_HOW) from cause
    if not isinstance(body, Mapping):
        raise InvalidInputError("the alert is no JSON record", hint=_HOW)
    given = items(body.get("alerts")) if "alerts" in body else (body,)
    alerts = [_alert(record(one), at) for at, one in enumerate(given)]
    unique = {alert.key: alert for alert in alerts}
    if not unique:
        raise InvalidInputError("the body holds no alert", hint=_HOW)
    return tuple(unique.values())


def webhook_body(alerts: Sequence[Alert]) -> Record:
    """Return the body that a webhook would have sent about firing alerts: `read_alerts` reads it.

    The API tells nothing of groups, so there is one, with what all its alerts have in common.
    """
    told: list[Json] = [_told(one) for one in alerts]
    labels = _common([one.labels for one in alerts])
    return {
        "version": "4",
        "groupKey": f"{{}}:{dump(labels)}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "mlir",
        "groupLabels": {},
        "commonLabels": labels,
        "commonAnnotations": _common([one.annotations for one in alerts]),
        "externalURL": "",
        "alerts": told,
    }


def _told(alert: Alert) -> Record:
    return {
        "status": alert.status,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": iso(alert.starts_at),
        "endsAt": iso(alert.ends_at) if alert.ends_at else "0001-01-01T00:00:00Z",
        "generatorURL": alert.generator_url,
        "fingerprint": alert.fingerprint,
    }


def _common(given: Sequence[Mapping[str, str]]) -> Record:
    first = given[0] if given else {}
    return {
        name: value for name, value in first.items() if all(one.get(name) == value for one in given)
    }


def _alert(given: Record, at: int) -> Alert:
    labels = _texts(given.get("labels"))
    if not labels:
        raise InvalidInputError(f"alert {at + 1} has no labels", hint=_HOW)
    status = given.get("status", "firing")
    if not isinstance(status, str) or status not in {"firing", "resolved"}:
        raise InvalidInputError(f"alert {at + 1}: its status is `{one_line(str(status), 40)}`")
    starts = text(given.get("startsAt"))
    if starts is None:
        raise InvalidInputError(f"alert {at + 1} has no startsAt", hint=_HOW)
    ends = text(given.get("endsAt"))
    ends_at = parse_iso(ends) if ends else None
    return Alert(
        fingerprint=text(given.get("fingerprint")) or _fingerprint(labels),
        status="resolved" if status == "resolved" else "firing",
        starts_at=parse_iso(starts),
        ends_at=ends_at if ends_at and ends_at.year > _NEVER else None,
        labels=labels,
        annotations=_texts(given.get("annotations")),
        generator_url=text(given.get("generatorURL")) or "",
    )


def _texts(given: Json) -> dict[str, str]:
    return {str(name): str(value) for name, value in record(given).items()}


def _fingerprint(labels: Mapping[str, str]) -> str:
    return hashlib.sha256(dump(dict(labels)).encode("utf-8", "replace")).hexdigest()[:16]
