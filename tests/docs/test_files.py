"""The repository holds what its rules say, and no more."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOP = {
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "docs",
    "playbooks",
    "pyproject.toml",
    "runbooks",
    "src",
    "tests",
}


def test_the_top_level_is_short() -> None:
    listed = subprocess.run(
        ["git", "ls-files"],  # noqa: S607  # git is on the path of whoever runs this
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    tops = {name.split("/")[0] for name in listed}

    assert {name for name in tops if not name.startswith(".")} <= TOP


def test_readme_tells_us_from_llvm() -> None:
    assert "LLVM" in (ROOT / "README.md").read_text()
