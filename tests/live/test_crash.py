"""Real responders on a real lab, killed with SIGKILL at ten sampled moments, and resumed."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.lab.observed import HEALTHY_S, Lab, eventually, healthy_s

from mlrespond.lab.deadline import wait_until
from mlrespond.lab.down import down
from mlrespond.lab.faults import break_
from mlrespond.lab.folder import Folder
from mlrespond.lab.mend import mend

KILLS = 5  # of each of the two runs
LATEST = 50  # events of an incident after which a run may be too close to its end
HISTORY_ROWS = 1500
HURT_ROWS = 400
GOOD = "2"

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]  # one lab at a time


@dataclass
class Scene:
    """A lab, and the real program on it."""

    lab: Lab

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mlrespond", "-C", str(self.lab.root), *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *args: str) -> tuple[int, str]:
        process = self.start(*args)
        told, _ = process.communicate(timeout=300)
        return process.returncode, told

    def events(self, incident: str) -> int:
        """Return how many events an incident has."""
        return len(self._told("SELECT pos FROM event WHERE incident=?", incident))

    def endings(self, incident: str) -> list[str]:
        """Return how the runs of an incident ended."""
        query = "SELECT data FROM timeline WHERE kind='run_ended' AND incident=?"
        return [json.loads(str(one))["ending"] for one in self._told(query, incident)]

    def _told(self, query: str, incident: str) -> list[object]:
        path = self.lab.root / ".mlir/timeline.db"
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return [row[0] for row in db.execute(query, (incident,))]
        except sqlite3.OperationalError:
            return []  # its tables are still being made
        finally:
            db.close()

    def rows(self) -> int:
        return len(self.lab.rows(""))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    started = Scene(Lab(Folder(tmp_path)))
    try:
        code, told = started.run("lab", "up", "--dir", str(tmp_path), "--rate", "240")
        assert code == 0, told
        yield started
    finally:
        down(tmp_path)


def test_killed_at_ten_moments_and_resumed_it_ends_mitigated(scene: Scene) -> None:
    eventually(lambda: scene.rows() >= HISTORY_ROWS, 180.0)
    eventually(lambda: healthy_s(scene.lab.root) > HEALTHY_S, 180.0)
    _broken(scene, seed=1)
    first = scene.start(*_respond(scene))

    killed = _killed_and_resumed(scene, "INC-0001", first, seed=1)

    assert killed == KILLS
    _over(scene, "INC-0001")
    _broken(scene, seed=2)
    second = _the_one_that_drives(scene, "INC-0002")

    killed = _killed_and_resumed(scene, "INC-0002", second, seed=2)

    assert killed == KILLS


def _broken(scene: Scene, seed: int) -> None:
    break_(scene.lab.root, "bad-release", seed)
    enough = scene.rows() + HURT_ROWS
    eventually(lambda: scene.rows() >= enough, 120.0)


def _over(scene: Scene, incident: str) -> None:
    mend(scene.lab.root)
    enough = scene.rows() + HURT_ROWS
    eventually(lambda: scene.rows() >= enough, 120.0)
    code, told = scene.run("resolve", incident, "--reason", "version 2 is back")
    assert code == 0, told


def _respond(scene: Scene) -> Sequence[str]:
    alert = str(scene.lab.root / "alert.json")
    return "respond", "--alert", alert, "--approve", "all", "--park-after", "60s"


def _the_one_that_drives(scene: Scene, incident: str) -> subprocess.Popen[str]:
    """Let two respond at once: one of them is told that the other drives, and exits 6."""
    both = [scene.start(*_respond(scene)) for _ in range(2)]
    eventually(lambda: any(one.poll() is not None for one in both), 120.0)
    away, driving = sorted(both, key=lambda one: one.poll() is None)
    told, _ = away.communicate()
    assert away.returncode == 6, told
    assert incident in told
    assert driving.poll() is None
    return driving


def _killed_and_resumed(
    scene: Scene, incident: str, process: subprocess.Popen[str], seed: int
) -> int:
    """Kill whoever drives at sampled numbers of events, resume, and check how it ends."""
    chance = random.Random(seed)  # noqa: S311  # which moments are tried
    killed = 0
    for at in sorted(chance.sample(range(4, LATEST), KILLS)):
        if not _came_to(scene, incident, at, process):
            break
        process.kill()
        process.communicate()
        killed += 1
        process = scene.start("resume", incident, "--park-after", "60s")
    told, _ = process.communicate(timeout=300)
    assert process.returncode == 0, told
    _ended_well(scene, incident)
    return killed


def _came_to(scene: Scene, incident: str, count: int, process: subprocess.Popen[str]) -> bool:
    """Wait until the incident has so many events; tell whether its process still lives then."""

    def come() -> bool:
        return process.poll() is not None or scene.events(incident) >= count

    assert wait_until(come, 300.0, 0.01)
    return process.poll() is None


def _ended_well(scene: Scene, incident: str) -> None:
    assert scene.endings(incident) == ["mitigated"]
    assert scene.lab.served() == [GOOD, GOOD]
    code, told = scene.run("audit")
    assert code == 0, told
    assert "whole" in told
