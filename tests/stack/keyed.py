"""Servers that tests share: each test has keys of its own, and counts its own trainings."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.model.reading import PipelineRun, Window
from mlrespond.ports.service import Pipeline

PASSWORD = "correct-horse-battery"
FREEZE = [sys.executable, "-I", "-S", "-c", "import sys; print('snap-' + sys.argv[1])", "{{ key }}"]
BEGIN = """
import os
import time

def begin(key):
    with open({began!r}, "a") as file:
        file.write(f"{{key}} {{os.getpid()}}\\n")
"""
"""What a training does first; see Keys."""


@dataclass(frozen=True)
class Keyed:
    """A pipeline whose keys all begin with the same word."""

    pipeline: Pipeline
    prefix: str

    def freeze(self, key: str, window: Window) -> str:
        return self.pipeline.freeze(self.prefix + key, window)

    def start(self, key: str, snapshot: str, window: Window) -> None:
        self.pipeline.start(self.prefix + key, snapshot, window)

    def status(self, key: str) -> PipelineRun:
        return self.pipeline.status(self.prefix + key)

    def cancel(self, key: str) -> None:
        self.pipeline.cancel(self.prefix + key)


@dataclass(frozen=True)
class Keys:
    """The keys of one test; `began` is a file with a key and a pid for each training that began."""

    began: Path
    prefix: str = field(default_factory=lambda: f"{uuid4().hex[:8]}.")

    def of(self, pipeline: Pipeline) -> Keyed:
        return Keyed(pipeline, self.prefix)

    def count(self) -> int:
        return len(self.pids())

    def pids(self) -> list[int]:
        lines = self.began.read_text().splitlines() if self.began.exists() else []
        return [int(line.rpartition(" ")[2]) for line in lines if line.startswith(self.prefix)]


def with_secret(site: Site, secret: str) -> Site:
    """Return a site at which `env:LOGIN` is a secret."""
    return replace(site, secrets=EnvSecrets(site.folder, {"LOGIN": secret}))
