"""A team's project in a folder, with real servers behind it: what the command line is tried on.

Version 7 was released an hour ago and blocks everything; version 6 was good before.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml
from tests.adapters.loopback import Loopback, Page, Seen, page

from mlrespond.bootstrap.place import open_timeline, place
from mlrespond.cli.main import run
from mlrespond.model.event import Actor, Event
from mlrespond.model.json import Json
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.timeline.spooling import SpoolingTimeline

SERVICE = "fraud-scorer"
GOLDEN = [(5.0 + n, "allow") for n in range(20)] + [(500.0 + n, "block") for n in range(20)]
PACE = "defaults: {verify: {within: 2s, every: 20ms, consecutive: 1}}"

BACK = f"""
runbook: back
title: Go back to the version before
mitigated_when: steps.back.outcome == "ok"
mitigated_for: 0s
{PACE}
steps:
  - id: back
    title: roll back
    rollback: {{to: last_healthy, preflight: [load, golden]}}
"""


@dataclass
class Server:
    """One replica: serves a version that it was told to, and counts."""

    serves: str = "7"
    known: set[str] = field(default_factory=lambda: {"6", "7"})
    deaf: bool = False
    locked: bool = False
    activated: list[str] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Page:
        if self.locked:
            return page({"error": "not for you"}, 401)
        match seen.path.strip("/").split("/"):
            case ["v2", "models", "fraud", "infer"]:
                return self._infer(self.serves, seen.json)
            case ["v2", "models", "fraud", "versions", version, "infer"]:
                return self._infer(version, seen.json)
            case ["v2", "models", "fraud", "versions", version, "ready"]:
                return page({}, 200 if version in self.known else 404)
            case ["v2", "models", "fraud", *_]:
                inputs: Json = [{"name": "amount", "datatype": "FP64", "shape": [-1]}]
                return page({"name": "fraud", "versions": [self.serves], "inputs": inputs})
            case ["v2", "repository", "models", "fraud", "load"]:
                return self._load(seen.json["parameters"])
        return page({"error": "no such path"}, 404)

    def _load(self, wanted: Mapping[str, Any]) -> Page:
        if wanted["version"] not in self.known:
            return page({"error": f"no version {wanted['version']}"}, 404)
        if wanted.get("default"):
            self.activated.append(wanted["version"])
            self.serves = self.serves if self.deaf else wanted["version"]
        return page({})

    def _infer(self, version: str, body: Any) -> Page:  # noqa: ANN401  # what was sent
        (amounts,) = (one["data"] for one in body["inputs"] if one["name"] == "amount")
        said = ["block" if version == "7" or one > 100 else "allow" for one in amounts]
        outputs: Json = [
            {"name": "decision", "datatype": "BYTES", "shape": [len(said)], "data": said}
        ]
        return page({"model_name": "fraud", "model_version": version, "outputs": outputs})


@dataclass
class Shop:
    """The folder, the servers behind it, and the command line."""

    folder: Path
    servers: Mapping[str, Server]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def mlir(self, *args: str) -> int:
        """Run a command line in this process, in this project."""
        return run(["-C", str(self.folder), *args])

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start a command line in a process of its own; whoever starts it waits for its end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "mlrespond", "-C", str(self.folder), *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def close(self) -> None:
        """End what was started and is still there."""
        for one in self.started:
            one.kill()
            one.communicate()

    def runbook(self, name: str, steps: str, *, ending: str = "") -> None:
        """Write a runbook of a few steps, written as a flow list's lines."""
        head = f"runbook: {name}\ntitle: A test\nmitigated_when: run.id is none\n{PACE}\n"
        self.write(f"runbooks/{name}.yaml", head + "steps:\n" + dedent(steps) + ending)

    def timeline(self) -> SpoolingTimeline:
        """Open the timeline; whoever asks closes it."""
        return open_timeline(place(str(self.folder)))

    def events(self, stream: str = "incident:INC-0001") -> tuple[Event, ...]:
        """Return the events of a stream."""
        timeline = self.timeline()
        try:
            return timeline.read(stream)
        finally:
            timeline.close()

    def kinds(self) -> list[str]:
        """Return the kinds of the first incident's events."""
        return [event.kind for event in self.events()]

    def say(self, what: Body, stream: str, at: datetime, **more: Any) -> Event:  # noqa: ANN401  # fields of a draft
        """Put an event into the timeline."""
        timeline = self.timeline()
        try:
            return timeline.append([draft(stream, what, at, **more)])[0]
        finally:
            timeline.close()

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def settings(self, **changes: Json) -> None:
        """Write `mlir.yaml` anew, with other parts of the service."""
        known = yaml.safe_load((self.folder / "mlir.yaml").read_text(encoding="utf-8"))
        known["services"][SERVICE].update(changes)
        self.write("mlir.yaml", yaml.safe_dump(known, sort_keys=False))

    def alert(self, **labels: str) -> Path:
        """Write an alert as Alertmanager sends it."""
        known = {"alertname": "GoldenAccuracyLow", "service": SERVICE, **labels}
        one = {
            "status": "firing",
            "labels": known,
            "annotations": {"summary": "Golden cases fail"},
            "startsAt": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(),
        }
        return self.write("alert.json", json.dumps({"version": "4", "alerts": [one]}))


def furnish(folder: Path, urls: Mapping[str, str]) -> None:
    """Write the project: services, golden cases, a registry, a runbook, a ledger with a past."""
    known = Shop(folder, {})
    known.write("mlir.yaml", yaml.safe_dump(_project(urls), sort_keys=False))
    cases = (json.dumps({"row": {"amount": one}, "expected": said}) for one, said in GOLDEN)
    known.write("golden.jsonl", "\n".join(cases) + "\n")
    for version in ("6", "7"):
        known.write(f"registry/{SERVICE}/versions/{version}/version.json", "{}")
    known.write(f"registry/{SERVICE}/aliases.json", '{"champion": "7"}')
    known.write("runbooks/back.yaml", BACK)
    now = datetime.now(UTC)
    for minutes, version in (*((ago, "6") for ago in range(600, 60, -15)), (60, "7")):
        look = ServiceLooked(
            wanted=version,
            served=dict.fromkeys(urls, version),
            objectives={"golden": "pass" if version == "6" else "fail"},
            route="primary",
        )
        at = now - timedelta(minutes=minutes)
        known.say(look, f"service:{SERVICE}", at, source="poll", actor=Actor("watcher", "os"))


def _project(urls: Mapping[str, str]) -> Json:
    sink: Json = {"kind": "file", "path": "pages"}
    return {
        "services": {
            SERVICE: {
                "description": "Scores card payments",
                "owner": "payments-ml",
                "registry": {"kind": "local", "path": "registry", "model": SERVICE},
                "serving": {
                    "kind": "open_inference",
                    "model": "fraud",
                    "replicas": [
                        {"name": name, "region": name[:2], "url": url} for name, url in urls.items()
                    ],
                    "probe": {"amount": 12.5},
                },
                "golden": {"path": "golden.jsonl", "score": "accuracy"},
                "objectives": {"golden": {"kind": "golden", "min": 0.9}},
                "escalation": [{"page": "payments-ml", "within": "5m"}],
                "lifecycle": {
                    "evaluation": "cleo",
                    "training": "payments-ml",
                    "deployment": "ml-platform",
                },
            }
        },
        "teams": {
            "payments-ml": {"members": ["ana", "ben"], "page": sink},
            "ml-platform": {"members": ["cleo"], "page": sink},
        },
        "people": {"ana": {}, "ben": {}, "cleo": {"name": "Cleo of Mars"}},
    }


def open_shop(folder: Path) -> tuple[Shop, list[Loopback]]:
    """Start the servers and write the project."""
    servers = {"eu-1": Server(), "us-1": Server()}
    listening = {name: Loopback(one) for name, one in servers.items()}
    furnish(folder, {name: one.url for name, one in listening.items()})
    return Shop(folder, servers), list(listening.values())
