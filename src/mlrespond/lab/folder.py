"""Where things are in a lab's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODEL = "fraud-scorer"
RULES = "rules-v1"
ALIAS = "champion"
REPLICAS = ("eu-1", "us-1")
FALLBACK = "fallback"
ROUTER = "router"
TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True)
class Folder:
    """The paths of one lab."""

    root: Path

    @property
    def state(self) -> Path:
        """Return the file that names the lab's processes and faults."""
        return self.root / "state.json"

    @property
    def lock(self) -> Path:
        """Return the file that is locked while the lab is changed."""
        return self.root / "lab.lock"

    @property
    def settings(self) -> Path:
        """Return the service's definition."""
        return self.root / "mlir.yaml"

    @property
    def control(self) -> Path:
        """Return the file that steers the traffic."""
        return self.root / "control.json"

    @property
    def alert(self) -> Path:
        """Return the latest alert."""
        return self.root / "alert.json"

    @property
    def golden(self) -> Path:
        """Return the golden cases."""
        return self.root / "golden.jsonl"

    @property
    def registry(self) -> Path:
        """Return the registry's folder."""
        return self.root / "registry"

    @property
    def registry_away(self) -> Path:
        """Return where the registry is while it is down."""
        return self.root / "registry.away"

    @property
    def logs(self) -> Path:
        """Return the folder of predictions."""
        return self.root / "logs"

    @property
    def labels(self) -> Path:
        """Return the folder of labels."""
        return self.root / "labels"

    @property
    def snapshots(self) -> Path:
        """Return the folder of frozen training data."""
        return self.root / "snapshots"

    @property
    def pages(self) -> Path:
        """Return the pager's folder."""
        return self.root / "pages"

    @property
    def run(self) -> Path:
        """Return the folder of what processes tell: ports, served versions, their output."""
        return self.root / "run"

    @property
    def stack(self) -> Path:
        """Return the folder of the real servers, where the lab stands on some."""
        return self.root / "stack"

    def predictions(self, replica: str) -> Path:
        """Return the log of what one replica predicted."""
        return self.logs / f"predictions-{replica}.jsonl"

    def port(self, process: str) -> Path:
        """Return the file in which a process tells its port."""
        return self.run / f"{process}.port"

    def serving(self, replica: str) -> Path:
        """Return the file in which a replica keeps what it serves, for its next start."""
        return self.run / f"{replica}.serving.json"

    def output(self, process: str) -> Path:
        """Return the file with what a process printed."""
        return self.run / f"{process}.out"

    @property
    def disposable(self) -> tuple[Path, ...]:
        """Return what a new lab in the same folder starts without. Timelines are not in it."""
        files = (self.settings, self.control, self.alert, self.golden)
        folders = (self.registry, self.registry_away, self.logs, self.labels, self.snapshots)
        return (*files, *folders, self.pages, self.run, self.stack)
