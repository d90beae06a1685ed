"""The lab's `mlir.yaml`: its service as a team would describe it."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Mapping

import yaml

from mlrespond.adapters.durable import replace_file
from mlrespond.lab.folder import ALIAS, MODEL, REPLICAS, ROUTER, RULES, Folder
from mlrespond.lab.process import python
from mlrespond.lab.state import LabState
from mlrespond.lab.tensor import PROBE
from mlrespond.lab.web import LOOPBACK
from mlrespond.lab.world import COUNTRIES
from mlrespond.model.json import Json, Record

HEAD = "# Written by `mlir lab up`; the next one writes it anew.\n"
TEAM = "fraud-ml"
CHAT = "ops"

_VERSION = '{version=~"{{ version }}",replica=~"{{ replica }}"}[{{ window }}]'


def write_settings(folder: Folder, state: LabState) -> None:
    """Write `mlir.yaml` for a lab whose processes all listen."""
    changes = {"serving": embedded_serving(folder, state)}
    text = yaml.safe_dump(project(folder, state, changes), sort_keys=False, width=1000)
    replace_file(folder.settings, (HEAD + text).encode())


def project(folder: Folder, state: LabState, changes: Record) -> Json:
    """Return the whole file, with other parts of the service in the place of those of its name."""
    login = _login()
    person = _handle(login)
    return {
        "timeline": ".mlir/timeline.db",
        "services": {MODEL: {**_service(folder, state), **changes}},
        "teams": {TEAM: {"members": [person], "page": _sink()}},
        "people": {person: {"name": login, "login": [f"os:{login}"], "page": _sink()}},
        "chats": {CHAT: _sink()},
    }


def _service(folder: Folder, state: LabState) -> Record:
    return {
        "description": "Scores card payments; blocks those that look like fraud",
        "owner": TEAM,
        "registry": {"kind": "local", "path": "registry", "model": MODEL, "alias": ALIAS},
        "metrics": {
            "kind": "exposition",
            "targets": [{"name": name, "url": f"{_url(state, name)}/metrics"} for name in REPLICAS],
        },
        "predictions": _predictions(),
        "golden": {"path": folder.golden.name, "score": "accuracy"},
        "objectives": objectives(),
        "fallbacks": {"rules": {"route": RULES}},
        "retrain": _retrain(folder),
        "policies": [],
        "healthy_after": "3s",
        "escalation": [{"page": TEAM, "within": "5m"}],
        "lifecycle": dict.fromkeys(
            ("training", "evaluation", "deployment", "monitoring", "retirement"), TEAM
        ),
    }


def embedded_serving(folder: Folder, state: LabState) -> Record:
    """Return the serving part of a lab that serves by itself."""
    restart = python("mlrespond.lab.restart", "--folder", str(folder.root), "{{ replica }}")
    return {
        "kind": "open_inference",
        "model": MODEL,
        "replicas": [
            {"name": name, "region": name.partition("-")[0], "url": _url(state, name)}
            for name in REPLICAS
        ],
        "routes_through": _url(state, ROUTER),
        "hooks": {"restart": restart},
        "probe": PROBE,
    }


def _predictions() -> Json:
    return {
        "kind": "files",
        "path": "logs/*.jsonl",
        "time": "served_at",
        "version": "model_version",
        "id": "request_id",
        "entity": "customer_id",
        "sampled": 1.0,
        "score": "p",
        "decision": "decision",
        "features": {
            "amount": {"type": "number", "min": 0.0, "max": 20000.0, "nulls": 0.0},
            "country": {"type": "category", "nulls": 0.03, "categories": list(COUNTRIES)},
            "hour": {"type": "number", "min": 0.0, "max": 23.0, "nulls": 0.0, "drift": False},
            "prior_orders": {"type": "number", "min": 0.0, "nulls": 0.0},
            "account_age_days": {"type": "number", "min": 0.0, "nulls": 0.0},
        },
        "labels": {
            "path": "labels/*.jsonl",
            "on": "request_id",
            "column": "y",
            "mature_after": "6s",
        },
    }


def objectives() -> Mapping[str, Json]:
    """Return what the service promises.

    A dozen processes share a laptop's cores, and an answer takes a millisecond: half of all may
    come later than they did before anybody should roll back for that. A slow release is far slower.
    """
    return {
        "error_ratio": {
            "kind": "ratio",
            "bad": f"sum(increase(inference_failures_total{_VERSION}))",
            "total": f"sum(increase(inference_requests_total{_VERSION}))",
            "max": 0.02,
            "margin": 0.01,
        },
        "latency_p95": {
            "kind": "latency",
            "histogram": f"sum by (le) (increase(inference_duration_seconds_bucket{_VERSION}))",
            "quantile": 0.95,
            "max": "100ms",
            "margin": 0.5,
        },
        "golden": {"kind": "golden", "min": 0.9},
        "validity": {"kind": "ratio", "from": "predictions", "good": "valid", "min": 0.97},
    }


def _retrain(folder: Folder) -> Json:
    place = ("--folder", str(folder.root))
    window = ("--from", "{{ window.from }}", "--to", "{{ window.to }}")
    key = ("--key", "{{ key }}")
    return {
        "kind": "command",
        "run": python("mlrespond.lab.train", *place, "--snapshot", "{{ snapshot }}", *key),
        "freeze": python("mlrespond.lab.freeze", *place, *window, *key),
    }


def _sink() -> Json:
    return {"kind": "file", "path": "pages"}


def _url(state: LabState, name: str) -> str:
    return f"http://{LOOPBACK}:{state.port(name)}"


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name; which of the two depends on Python
        return f"uid-{os.getuid()}"


def _handle(login: str) -> str:
    """Return a login as a handle: small letters, digits, and single separators between them."""
    return re.sub(r"[^a-z0-9]+", "-", login.lower()).strip("-") or "operator"
