"""A real lab and the real program, spoken to only as a person at a shell would."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.observed import HEALTHY_S, eventually, healthy_s

from mlrespond.lab.deadline import wait_until
from mlrespond.lab.folder import Folder
from mlrespond.model.json import Json, Record, items, record

RATE = 120
HISTORY_ROWS = 1000
SYMPTOM_ROWS = 400
DRIFT_ROWS = 6000  # the whole turn, and then what is trained on


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Response:
    """What became of a fault: its incident and all its events, oldest first."""

    code: int
    incident: str
    events: tuple[Record, ...]
    told: str

    @property
    def first(self) -> str | None:
        """Return the first thing that the program was about to do to the world."""
        return next((str(one["summary"]) for one in self.of("action_intended")), None)

    @property
    def ending(self) -> Json:
        """Return how the run ended."""
        return record(self.of("run_ended")[-1]["data"])["ending"]

    def of(self, kind: str) -> list[Record]:
        """Return the events of a kind."""
        return [one for one in self.events if one["kind"] == kind]


class LiveLab:
    """One lab that is up, and its service's incidents."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folder = Folder(root)

    def mlir(self, *args: str, within_s: float = 400.0) -> Done:
        """Run `mlir` in the lab's folder."""
        done = subprocess.run(  # our own program
            [sys.executable, "-m", "mlrespond", *args],
            cwd=self.root.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def inside(self, *args: str) -> Done:
        """Run `mlir` on the lab's project, and expect that it does what it was asked for."""
        done = self.mlir("-C", self.root.name, *args)
        assert done.code == 0, f"mlir {' '.join(args)}: {done}"
        return done

    def lab(self, *args: str) -> Done:
        """Run `mlir lab …`, and expect that it does what it was asked for."""
        done = self.mlir("lab", *args, "--dir", self.root.name)
        assert done.code == 0, f"mlir lab {' '.join(args)}: {done}"
        return done

    def answered(self) -> int:
        """Return how many predictions were logged so far."""
        return sum(len(one.read_bytes().splitlines()) for one in self._folder.logs.glob("*.jsonl"))

    def serve(self, rows: int) -> None:
        """Wait until so many more predictions were logged."""
        wanted = self.answered() + rows
        assert wait_until(lambda: self.answered() >= wanted, 180.0, 0.2), "the lab does not serve"

    def broken(self, mode: str, *, symptoms: int = SYMPTOM_ROWS) -> None:
        """Let it serve soundly for a while, break it, and let it hurt."""
        self.serve(HISTORY_ROWS)
        self.lab("break", mode, "--seed", "1")
        self.serve(symptoms)

    def respond(self) -> Response:
        """Answer the lab's alert, every approval given."""
        alert = f"{self.root.name}/alert.json"
        calm = ("--approve", "all", "--no-input", "--park-after", "60s")
        done = self.mlir("-C", self.root.name, "respond", "--alert", alert, *calm)
        names = record(json.loads(self.inside("incidents", "--json").out))
        incident = max(str(record(one)["id"]) for one in items(names["incidents"]))
        lines = self.inside("timeline", incident, "--all", "--jsonl").out.splitlines()
        events = tuple(record(record(json.loads(line))["data"]) for line in lines)
        return Response(done.code, incident, events, done.out + done.err)

    @contextmanager
    def mended_after(self, seconds: float) -> Iterator[None]:
        """Mend the lab some seconds from now, as another team would, whatever goes on here."""
        timer = threading.Timer(seconds, self.lab, ["mend"])
        timer.start()
        try:
            yield
        finally:
            timer.join()

    def served(self) -> Mapping[str, Json]:
        """Return what each replica really serves now, and what the registry wants."""
        state = record(
            json.loads(self.mlir("lab", "status", "--dir", self.root.name, "--json").out)
        )
        serving = (record(one) for one in items(state["processes"]))
        found = {str(one["name"]): one["serves"] for one in serving if one.get("serves")}
        return {**found, "wanted": state["wanted"]}

    def standing(self) -> list[str]:
        """Return the changes that stand now, as the program's own screen says."""
        shown = record(json.loads(self.inside("at", "now", "fraud-scorer", "--json").out))
        return [str(one).partition(":")[0] for one in items(record(shown["now"])["standing"])]

    def told(self, incident: str) -> str:
        """Return the postmortem, after the whole audit."""
        self.inside("audit")
        self.inside("postmortem", incident, "-o", str(self.root))
        return (self.root / f"{incident}.md").read_text()

    def over(self, incident: str) -> None:
        """Mend the lab, take back what stands, and resolve."""
        self.lab("mend")
        if self.standing():
            self.inside("undo", incident, "--approve", "all", "--no-input")
        self.inside("resolve", incident, "--keep", "it is mended")


@contextmanager
def live_lab(root: Path) -> Iterator[LiveLab]:
    """Start a lab, hand it over once its ledger knows a good version, and stop all of it."""
    lab = LiveLab(root)
    lab.lab("up", "--rate", str(RATE), "--seed", "7")
    try:
        eventually(lambda: healthy_s(root) > HEALTHY_S, 180.0)
        yield lab
    finally:
        lab.lab("down")
