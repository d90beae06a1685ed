"""The program and the interpreter as whole processes, with their bytecode at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Shell:
    """Starts processes in a folder, on a timeline of its own."""

    def __init__(self, folder: Path, timeline: Path | None = None) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "MLRESPOND_TIMELINE": str(timeline or folder / "timeline.db"),
            "MLRESPOND_STATE": str(folder / "state"),
            # as installed: bytecode is there, for us and for others, whatever this machine's habit
            "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def python(self, program: str) -> Callable[[], object]:
        """Return an arm that runs a line of Python."""
        return self._arm(sys.executable, "-c", program)

    def mlir(self, *words: str) -> Callable[[], object]:
        """Return an arm that runs `mlir`."""
        return self._arm(str(Path(sys.executable).with_name("mlir")), *words)

    def script(self, path: Path, *words: str) -> Callable[[], object]:
        """Return an arm that runs a file of Python."""
        return self._arm(sys.executable, str(path), *words)

    def _arm(self, *words: str) -> Callable[[], object]:
        return lambda: subprocess.run(
            words, cwd=self._folder, env=self._environment, capture_output=True, check=True
        )
