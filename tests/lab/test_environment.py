"""Making a server's environment: what goes wrong there is told as an error of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TIGHT = """
import resource
from mlrespond.errors import UnreachableError
from mlrespond.lab.stack.environment import environment
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # no file of ensurepip's may be larger
try:
    environment("moto", print)
except UnreachableError as error:
    print(error.message, error.hint, sep="\\n")
"""


def test_where_no_environment_can_be_made_it_says_why_and_what_helps(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TIGHT],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MLRESPOND_CACHE": str(tmp_path)},
    )

    assert f"no Python environment can be made in {tmp_path}" in done.stdout
    assert "apt-get install python3-venv" in done.stdout
    assert not list(tmp_path.glob("servers/*/.ready"))
