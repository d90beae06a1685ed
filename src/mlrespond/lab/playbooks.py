"""The lab's own playbooks: those that ship, at a pace of seconds instead of minutes."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from mlrespond.adapters.durable import replace_file
from mlrespond.lab.folder import Folder
from mlrespond.model.json import Json

_LOOKS: Mapping[str, Json] = {"every": "2s", "looks": 12}
_CHANGES: Mapping[str, Json] = {
    **_LOOKS,
    "prove_every": "500ms",
    "settle": "2s",
    "hold_for": "3s",
}
_RETRAIN: Mapping[str, Json] = {
    **_LOOKS,
    "prove_every": "500ms",
    "hold_for": "3s",
    "window": "30s",
    "labels_every": "2s",
    "labels_looks": 30,
}
_OUTAGE: Mapping[str, Json] = {
    "every": "2s",
    "within": "30s",
    "prove_every": "500ms",
    "hold_for": "3s",
}
_RELEASED = "changes.version is not none"

# alert → severity, and the runbooks in order: name, condition, inputs
_BY_ALERT: Mapping[str, tuple[str, list[tuple[str, str | None, Mapping[str, Json]]]]] = {
    "GoldenAccuracyLow": (
        "SEV2",
        [("bad-release", _RELEASED, _CHANGES), ("first-look", None, _LOOKS)],
    ),
    "OutputInvalid": (
        "SEV2",
        [("bad-release", _RELEASED, _CHANGES), ("first-look", None, _LOOKS)],
    ),
    "PredictionDrift": (
        "SEV3",
        [("bad-release", _RELEASED, _CHANGES), ("first-look", None, _LOOKS)],
    ),
    "LatencyHigh": ("SEV3", [("latency-regression", None, _CHANGES)]),
    "InputDataBroken": ("SEV2", [("input-data-broken", None, _CHANGES)]),
    "MixedVersions": ("SEV3", [("partial-rollout", None, _CHANGES)]),
    "ErrorRatioHigh": ("SEV2", [("serving-errors", None, _CHANGES)]),
    "RegistryDown": ("SEV3", [("registry-outage", None, _OUTAGE)]),
    "LabelQualityLow": (
        "SEV3",
        [("bad-release", _RELEASED, _CHANGES), ("stale-model-retrain", None, _RETRAIN)],
    ),
}


def write_playbooks(folder: Folder) -> None:
    """Write one playbook an alert; they come before those that ship."""
    (folder.root / "playbooks").mkdir(exist_ok=True)
    for alert, (severity, runbooks) in _BY_ALERT.items():
        name = f"lab-{alert.lower()}"
        front = yaml.safe_dump(_front(name, alert, severity, runbooks), sort_keys=False)
        text = f"---\n{front}---\n# {alert}\n\nIn the lab, minutes are seconds.\n"
        replace_file(folder.root / "playbooks" / f"{name}.md", text.encode())


def _front(
    name: str,
    alert: str,
    severity: str,
    runbooks: list[tuple[str, str | None, Mapping[str, Json]]],
) -> Json:
    choices: list[Json] = []
    for runbook, when, inputs in runbooks:
        condition: dict[str, Json] = {"when": when} if when else {}
        choices.append({"runbook": runbook, **condition, "inputs": dict(inputs)})
    return {
        "playbook": name,
        "priority": 10,
        "match": {"alertname": alert},
        "severity": {"default": severity},
        "runbooks": choices,
    }
