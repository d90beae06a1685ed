"""A whole project on disk, beside real servers on loopback, for the command line to run in."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import yaml
from tests.adapters.loopback import Answer, Loopback, Page, Seen
from tests.adapters.replica import Replica, Router

from mlrespond.cli.main import run
from mlrespond.model.json import Json

SERVICE = "fraud-scorer"
GOLDEN = [{"row": {"amount": amount}, "expected": "allow"} for amount in range(1, 9)]

RUNBOOK = """\
runbook: look-and-move
title: Look at everything, and move one thing
inputs:
  url: {type: string, default: "http://127.0.0.1:9/"}
mitigated_when: steps.back.outcome == "ok"
mitigated_for: 0s
steps:
  - id: triage
    diagnose: {lookback: 2h}
    on_inconclusive: continue
  - id: versus
    compare: {against: "5", metrics: all}
    on_inconclusive: continue
    on_failure: continue
  - id: asked
    http: {method: GET, url: "{{ inputs.url }}", effect: read}
    timeout: 500ms
    retry: {attempts: 1}
    on_failure: continue
    on_inconclusive: continue
  - id: away
    switch: {to: rules}
    timeout: 3s
    retry: {attempts: 1}
    verify: {within: 1s, every: 100ms, consecutive: 1}
    on_failure: continue
    on_unknown: continue
  - id: back
    rollback: {to: "5", preflight: [load]}
    timeout: 3s
    retry: {attempts: 1}
    verify: {within: 1s, every: 100ms, consecutive: 1}
    on_failure: continue
    on_unknown: continue
"""

PLAYBOOK = """\
---
playbook: bad-scores
match: {alertname: ["Golden*"]}
severity: {default: SEV3}
runbooks: [{runbook: look-and-move}]
roles: {commander: on-call}
---
# When scores are wrong

Look first.
"""


def alert(**changes: Json) -> dict[str, Json]:
    """Return one alert as Alertmanager sends it."""
    return {
        "status": "firing",
        "labels": {"alertname": "GoldenAccuracyLow", "service": SERVICE},
        "annotations": {"summary": "accuracy fell"},
        "startsAt": "2026-11-25T03:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prom/graph",
        "fingerprint": "a1b2",
        **changes,
    }


def webhook(*alerts: Mapping[str, Json]) -> str:
    """Return a webhook body."""
    return json.dumps({"version": "4", "status": "firing", "alerts": list(alerts or (alert(),))})


@dataclass(frozen=True)
class Said:
    """What a command line printed, and its exit code."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Return both streams."""
        return self.out + self.err

    @property
    def json(self) -> dict[str, Json]:
        """Return the document on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def call(*args: str, stdin: bytes = b"") -> Said:
    """Run a command line in this process, its streams as strict as a terminal's."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "strict") for _ in range(2))
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(list(args))
    finally:
        sys.stdin = before
    return Said(args, code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


@dataclass
class Servers:
    """A replica, a router and a page of metrics; each can be made hostile."""

    replica: Loopback = field(default_factory=Loopback)
    router: Loopback = field(default_factory=Loopback)
    metrics: Loopback = field(default_factory=Loopback)
    other: Loopback = field(default_factory=Loopback)

    @property
    def all(self) -> tuple[Loopback, ...]:
        """Return all four."""
        return self.replica, self.router, self.metrics, self.other

    def behave(self) -> None:
        """Let all answer as they should."""
        self.replica.answers(Replica())
        self.router.answers(Router())
        self.metrics.answers(_metrics)
        self.other.answers(Page(b'{"fine": true}'))
        for one in self.all:
            one.seen.clear()

    def misbehave(self, answer: Answer) -> None:
        """Let all answer in the same odd way."""
        for one in self.all:
            one.answers(answer)

    def close(self) -> None:
        """Stop them."""
        for one in self.all:
            one.close()


def _metrics(_: Seen) -> Page:
    lines = [
        "process_start_time_seconds 1.7e9",
        'requests_total{version="6"} 1000',
        'errors_total{version="6"} 3',
    ]
    return Page("\n".join([*lines, ""]).encode())


@dataclass
class Town:
    """A project's folder; commands are run in it."""

    folder: Path
    servers: Servers
    definition: dict[str, Json]

    @property
    def timeline(self) -> Path:
        """Return the timeline's file."""
        return self.folder / ".mlir" / "timeline.db"

    def mlir(self, *args: str, stdin: bytes = b"") -> Said:
        """Run `mlir` here."""
        return call("-C", str(self.folder), "--as", "ana", *args, stdin=stdin)

    def respond(self, *more: str) -> Said:
        """Respond with the runbook that reads all and moves one thing, every question answered."""
        url = f"url={self.servers.other.url}/thing"
        runbook = ("--runbook", "look-and-move", "--set", url)
        return self.mlir("respond", "--no-input", "--approve", "all", *runbook, *more)

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file here."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def hurry(self) -> None:
        """Give servers a sixth of a second to answer: for those that will not."""
        self.definition = definition(self.servers, "160ms")
        self.settle()

    def settle(self) -> None:
        """Write `mlir.yaml` as the definition now says."""
        self.write("mlir.yaml", settings(self.definition))

    def copied(self, path: Path) -> Path:
        """Copy the timeline as it is now, its write-ahead log included."""
        with (
            contextlib.closing(sqlite3.connect(self.timeline)) as db,
            contextlib.closing(sqlite3.connect(path)) as copy,
        ):
            db.backup(copy)
        return path

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return rows of the timeline's file, read from outside."""
        with contextlib.closing(sqlite3.connect(self.timeline)) as db:
            return db.execute(query).fetchall()

    def stored(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file that a run may have left: the database, WAL, spool, scrapes, pages."""
        for root, _, names in os.walk(self.folder):
            for name in names:
                path = Path(root) / name
                if name != "mlir.yaml" and "secrets" not in path.parts:
                    yield str(path), path.read_bytes()


def settings(service: Mapping[str, Json]) -> str:
    """Return a project's `mlir.yaml`."""
    return yaml.safe_dump(
        {
            "services": {SERVICE: dict(service)},
            "teams": {"payments-ml": {"members": ["ana"]}},
            "people": {"ana": {"page": {"kind": "file", "path": "pages"}}},
        },
        sort_keys=False,
    )


def definition(servers: Servers, timeout: str = "5s") -> dict[str, Json]:
    """Return the service as `mlir.yaml` says it."""
    increase = '{version=~"{{ version }}"}[{{ window }}]'
    return {
        "owner": "payments-ml",
        "registry": {"kind": "local", "path": "registry", "model": "fraud", "alias": "champion"},
        "serving": {
            "kind": "open_inference",
            "model": "fraud",
            "timeout": timeout,
            "load_timeout": timeout,
            "replicas": [{"name": "eu-1", "region": "eu", "url": servers.replica.url}],
            "routes_through": servers.router.url,
            "probe": {"amount": 1.5},
        },
        "metrics": {
            "kind": "exposition",
            "timeout": timeout,
            "targets": [{"name": "eu-1", "url": f"{servers.metrics.url}/metrics"}],
        },
        "predictions": {
            "kind": "files",
            "path": "logs/*.jsonl",
            "version": "model_version",
            "features": {"amount": {"type": "number", "min": 0}},
        },
        "golden": {"path": "golden.jsonl", "score": "accuracy"},
        "objectives": {
            "error_ratio": {
                "kind": "ratio",
                "bad": f"sum(increase(errors_total{increase}))",
                "total": f"sum(increase(requests_total{increase}))",
                "max": 0.02,
            },
            "golden": {"kind": "golden", "min": 0.9},
        },
        "fallbacks": {"rules": {"route": "rules-v1"}},
        "escalation": [{"page": "ana", "within": "5m"}],
    }


def build(folder: Path, servers: Servers) -> Town:
    """Write a project that is valid, beside servers that behave."""
    servers.behave()
    town = Town(folder, servers, definition(servers))
    town.settle()
    town.write("runbooks/look-and-move.yaml", RUNBOOK)
    town.write("playbooks/bad-scores.md", PLAYBOOK)
    town.write("alert.json", webhook())
    town.write("golden.jsonl", "".join(f"{json.dumps(one)}\n" for one in GOLDEN))
    now = datetime.now(UTC).isoformat()
    row = {"served_at": now, "model_version": "6", "request_id": "r1", "amount": 3.5}
    town.write("logs/a.jsonl", f"{json.dumps(row)}\n")
    for number, name in enumerate("56"):
        version = {"created_at": f"2026-11-0{number + 1}T00:00:00Z", "tags": {}, "metrics": {}}
        town.write(f"registry/fraud/versions/{name}/version.json", json.dumps(version))
    town.write("registry/fraud/aliases.json", json.dumps({"champion": "6"}))
    return town
