"""Runs a sweep in a process of its own: forking wants one that has no threads yet."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

from tests.crash.sweep import Point, Tries
from tests.rig import ROOT

LONGEST_S = 1500.0


def swept(scene: str, tries: Tries | None = None) -> list[Point]:
    """Return the points of a scene that were tried, all by default."""
    told = played("sweep", scene, json.dumps(asdict(tries or Tries())))
    return [Point(**json.loads(line)) for line in told.splitlines()]


def played(module: str, *args: str) -> str:
    """Return what a module of this package prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.crash.{module}", *args],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_S,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
