"""A new user's folder and shell: nothing set but what a page says, and `mlir` on the path."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def environ(home: Path) -> Mapping[str, str]:
    """Return the variables of a new user, whose home is a folder of this test."""
    scripts = Path(sys.executable).parent
    return {
        "PATH": f"{scripts}:{os.environ.get('PATH', os.defpath)}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "COLUMNS": "100",
        "LOGNAME": "ana",
    }


def shell(text: str, folder: Path, home: Path, within_s: float = 60.0) -> tuple[int, str]:
    """Run a block as a shell would, stopping at the first failure; return its code and output."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", text],  # noqa: S607  # the shell of the page's reader
        cwd=folder,
        env=environ(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=within_s,
        check=False,
    )
    return done.returncode, done.stdout
