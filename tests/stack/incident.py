"""A lab on real servers, and the real program on it: what tests of whole incidents stand on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from tests.lab.observed import HEALTHY_S, Lab, eventually, healthy_s
from tests.stack.servers import needed, tell

from mlrespond.adapters.http import Http
from mlrespond.adapters.system import SystemClock
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.down import down
from mlrespond.lab.faults import break_
from mlrespond.lab.folder import MODEL, Folder
from mlrespond.lab.mend import mend
from mlrespond.lab.stack.place import ALERTMANAGER
from mlrespond.lab.stack.server import url
from mlrespond.lab.stack.settings import write_stack_settings
from mlrespond.lab.stack.up import up_on_stack
from mlrespond.lab.watcher import start_watcher
from mlrespond.model.json import Json, Record, items, record

RATE = 60.0
_HISTORY_ROWS = 1200
_PATIENCE_S = 240


class Stack:
    """A lab on a stack, up."""

    def __init__(self, root: Path) -> None:
        self.lab = Lab(Folder(root))
        self.root = root

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start the program, without waiting for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "mlrespond", "-C", str(self.root), *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *args: str) -> tuple[int, str]:
        """Return the exit code and everything that was printed."""
        process = self.start(*args)
        told, _ = process.communicate(timeout=_PATIENCE_S)
        return process.returncode, told

    def json(self, *args: str) -> Record:
        """Return the document that a reading command prints."""
        done = subprocess.run(
            [sys.executable, "-m", "mlrespond", "-C", str(self.root), *args, "--json"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        found: Record = json.loads(done.stdout)
        return found

    def broken(self, mode: str, seed: int = 1) -> Path:
        """Break the lab, and return the alert that Alertmanager posts about it."""
        alert = self.root / "alert.json"
        alert.unlink(missing_ok=True)
        break_(self.root, mode, seed)
        eventually(alert.exists, 180.0)
        return alert

    def kill(self, process: str) -> None:
        """Kill a server, and everything in its group."""
        os.killpg(self.lab.state.process(process).pid, signal.SIGKILL)

    def history(self, rows: int = _HISTORY_ROWS) -> None:
        """Wait until so many more rows were served."""
        enough = self._answered() + rows
        eventually(lambda: self._answered() >= enough, 240.0)

    def _answered(self) -> int:
        """Return how many rows were logged so far; they are only counted, which costs little."""
        return sum(one.read_bytes().count(b"\n") for one in self.lab.folder.logs.glob("*.jsonl"))

    def runbook(self, name: str, text: str) -> None:
        """Give the team a runbook of its own."""
        place = self.root / "runbooks" / f"{name}.yaml"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)

    def describe(self, part: str, **changes: Json) -> None:
        """Describe a part of the service otherwise, until it is recovered."""
        path = self.lab.folder.settings
        written = yaml.safe_load(path.read_text())
        known = {**written["services"][MODEL][part], **changes}
        written["services"][MODEL][part] = {
            name: value for name, value in known.items() if value is not None
        }
        path.write_text(yaml.safe_dump(written, sort_keys=False))

    def asked(self, since: str, rows: int = 200) -> set[str]:
        """Wait until so many rows were served, and return the replicas that served them."""
        self.history(rows)
        return {str(row["replica"]) for row in self.lab.rows(since)}

    def url(self, process: str) -> str:
        """Return the address of a process."""
        return url(self.lab.process(process))

    def silences(self) -> list[Record]:
        """Return the silences that stand, as Alertmanager lists them."""
        told = self.ask(ALERTMANAGER, "/api/v2/silences")
        found = [record(one) for one in items(told)]
        return [one for one in found if record(one["status"])["state"] != "expired"]

    def fire(self, alertname: str, severity: str) -> Path:
        """Post an alert to Alertmanager, as a job does that joins labels; return what it sends."""
        self.lab.folder.alert.unlink(missing_ok=True)
        labels: Json = {"alertname": alertname, "service": MODEL, "severity": severity}
        http = Http(self.url(ALERTMANAGER), clock=SystemClock())
        http.request("POST", "/api/v2/alerts", json=[{"labels": labels}])
        eventually(self.lab.folder.alert.exists, 180.0)
        return self.lab.folder.alert

    def ask(self, server: str, path: str) -> Json:
        """Return what a server answers to a question."""
        http = Http(self.url(server), clock=SystemClock())
        return http.request("GET", path, idempotent=True).body

    def closed(self) -> None:
        """End what still runs, and resolve what is open: the next test has an incident of its own.

        A busy machine is slow to look well again, so resolving may take more than one try.
        """
        for one in map(record, items(self.json("incidents")["incidents"])):
            name = str(one["id"])
            if one.get("run"):
                self.run("stop", name, "--reason", "a test is over")
                self.run("resume", name, "--no-input", "--park-after", "1s")
            said: list[str] = []

            def resolved(name: str = name, said: list[str] = said) -> bool:
                code, told = self.run("resolve", name, "--keep", "a test is over")
                said.append(told)
                return code == 0

            assert wait_until(resolved, 180.0, every_s=1.0), said[-1]

    def recovered(self) -> None:
        """Mend what was broken, and let some time pass."""
        write_stack_settings(self.lab.folder, self.lab.state)
        mend(self.root)
        self.history(600)


@contextmanager
def stack_lab(root: Path, stack: str) -> Iterator[Stack]:
    """Start a lab on a stack, give it a past, and stop it whatever happens."""
    needed("prometheus", "prometheus-alertmanager")
    with pytest.MonkeyPatch.context() as patch:
        # what earlier labs at the same path froze and trained must not be taken for this one's
        patch.setenv("MLRESPOND_STATE", str(root / "state"))
        yield from _up(root, stack)


def _up(root: Path, stack: str) -> Iterator[Stack]:
    try:
        up_on_stack(root, stack, tell, rate=RATE)
        start_watcher(root)
        lab = Stack(root)
        lab.history()
        eventually(lambda: healthy_s(root) > HEALTHY_S, 180.0)
        yield lab
    finally:
        down(root)
