"""The alert that a monitor would send: the body of an Alertmanager webhook, version 4.

See prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from mlrespond.lab.folder import MODEL
from mlrespond.model.instant import iso
from mlrespond.model.json import Json

_NOT_ENDED = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Alert:
    """What a monitor noticed."""

    name: str
    severity: str
    summary: str

    def webhook(self, seed: int, now: datetime) -> Json:
        """Return the body that Alertmanager would post; its fingerprint is that of the seed."""
        labels = {"alertname": self.name, "service": MODEL, "severity": self.severity}
        annotations = {"summary": self.summary}
        fired: Json = {
            "status": "firing",
            "labels": labels,
            "annotations": annotations,
            "startsAt": iso(now),
            "endsAt": _NOT_ENDED,
            "generatorURL": "",
            "fingerprint": sha256(f"{self.name} {seed}".encode()).hexdigest()[:16],
        }
        group = {"alertname": self.name, "service": MODEL}
        return {
            "receiver": "mlir",
            "status": "firing",
            "alerts": [fired],
            "groupLabels": group,
            "commonLabels": labels,
            "commonAnnotations": annotations,
            "externalURL": "",
            "version": "4",
            "groupKey": f'{{}}:{{alertname="{self.name}", service="{MODEL}"}}',
            "truncatedAlerts": 0,
        }
