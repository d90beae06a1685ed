"""What a running lab shows from outside: its logs, labels, metrics and answers."""

from __future__ import annotations

import json
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from mlrespond.errors import PortError
from mlrespond.lab.client import Client, ask
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.folder import MODEL, REPLICAS, Folder
from mlrespond.lab.lines import read_lines
from mlrespond.lab.process import LabProcess
from mlrespond.lab.state import LabState, known
from mlrespond.lab.tensor import PROBE, request
from mlrespond.lab.world import Row
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json, Record, items, number, record


def eventually(condition: Callable[[], bool], within_s: float = 180.0) -> None:
    assert wait_until(condition, within_s, 0.05), f"not within {within_s:g} s"


def now() -> str:
    return iso(datetime.now(UTC))


def outputs(reply: Json, name: str) -> list[Json]:
    tensors = (record(one) for one in items(record(reply)["outputs"]))
    return list(next(items(one["data"]) for one in tensors if one["name"] == name))


def listens(port: int) -> bool:
    client = Client(port, 0.5)
    try:
        client.call("GET", "/")
    except PortError:
        return False
    finally:
        client.close()
    return True


def running_in(root: Path) -> list[int]:
    """Return the processes of this machine whose command names a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{root}".encode() in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


def metric(port: int, name: str, **labels: str) -> float:
    """Return the sum of a metric's samples that carry the labels."""
    client = Client(port)
    _, text = client.call("GET", "/metrics")
    client.close()
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    lines = (
        line for line in text.decode().splitlines() if line.startswith((f"{name}{{", name + " "))
    )
    return sum(
        float(line.rpartition(" ")[2]) for line in lines if all(one in line for one in wanted)
    )


@dataclass(frozen=True)
class Lab:
    """A lab that is up."""

    folder: Folder

    @property
    def root(self) -> Path:
        return self.folder.root

    @property
    def state(self) -> LabState:
        return known(self.folder)

    def process(self, name: str) -> LabProcess:
        return self.state.process(name)

    def port(self, name: str) -> int:
        return self.state.port(name)

    def rows(self, since: str) -> list[Record]:
        return [row for row in self._predictions() if since <= str(row["served_at"])]

    def infer(self, process: str, rows: list[Row], version: str | None = None) -> Json:
        chosen = f"/versions/{version}" if version else ""
        asked = request(None, rows, [])
        return ask(self.port(process), "POST", f"/v2/models/{MODEL}{chosen}/infer", asked)

    def served(self) -> list[str]:
        replies = (record(self.infer(name, [PROBE])) for name in REPLICAS)
        return [str(reply["model_version"]) for reply in replies]

    def golden(self, version: str | None = None) -> float:
        """Return the share of golden cases that the first replica gets right."""
        cases = list(read_lines(self.folder.golden))
        reply = self.infer(REPLICAS[0], [record(case["row"]) for case in cases], version)
        answers = zip(outputs(reply, "decision"), cases, strict=True)
        return statistics.fmean(decision == case["expected"] for decision, case in answers)

    def agreement(self, since: str) -> tuple[int, float]:
        """Return how many predictions are labelled, and the share that the labels agree with."""
        labels = {line["request_id"]: line["y"] for line in read_lines(self._labels)}
        rows = [row for row in self.rows(since) if row["request_id"] in labels]
        right = sum(row["decision"] == labels[row["request_id"]] for row in rows)
        return len(rows), right / len(rows) if rows else 0.0

    @property
    def _labels(self) -> Path:
        return self.folder.labels / "labels.jsonl"

    def _predictions(self) -> Iterator[Record]:
        for path in self.folder.logs.glob("*.jsonl"):
            yield from read_lines(path)


HEALTHY_S = 6.0  # twice what the lab's service asks of a version that may be rolled back to


def healthy_s(root: Path) -> float:
    """Return for how long a watched lab's ledger has had one version that does well."""
    path = root / ".mlir/timeline.db"
    if not path.exists():
        return 0.0
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    query = "SELECT occurred_at, data FROM timeline WHERE kind='service_looked' ORDER BY pos DESC"
    try:
        looks = [(parse_iso(at), record(json.loads(data))) for at, data in db.execute(query)]
    except sqlite3.OperationalError:
        return 0.0  # its tables are still being made
    finally:
        db.close()
    newest = looks[0][1] if looks else {}
    alike = takewhile(lambda one: _sound(one[1]) and one[1]["served"] == newest["served"], looks)
    since = [at for at, _ in alike]
    return (datetime.now(UTC) - since[-1]).total_seconds() if since else 0.0


def _sound(look: Record) -> bool:
    objectives = record(look.get("objectives"))
    return bool(objectives) and set(objectives.values()) == {"pass"}


def median(rows: list[Record], feature: str) -> float:
    return statistics.median(value for row in rows if (value := number(row[feature])) is not None)


def null_share(rows: list[Record], feature: str) -> float:
    return statistics.fmean(row[feature] is None for row in rows)
