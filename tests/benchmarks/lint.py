"""How long linting one runbook takes: in process, and as a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.heading import heading, judged, ms, rows
from tests.benchmarks.paired import paired
from tests.benchmarks.program import ROOT, Shell

from mlrespond.authoring.lint import Files, lint
from mlrespond.bootstrap.authored import authored_files, vocabulary

GOAL_S = 0.150
COMMAND, WITHIN = "mlir lint bad-release.yaml", "in process"
_IMPORTS = "import click, yaml; from pydantic import BaseModel, Field"
_RUNBOOK = ROOT / "runbooks" / "bad-release.yaml"


def table(rounds: int = 31) -> str:
    """Measure a shipped runbook of usual length."""
    with TemporaryDirectory() as folder:
        found = paired(_arms(Path(folder)), rounds)
    lines = [
        [arm, ms(found.median(arm)), ms(found.cpu_median(arm)), *_goal(arm, found.cpu_median(arm))]
        for arm in found.seconds
    ]
    return (
        heading("Linting one runbook") + f"\n`runbooks/bad-release.yaml`, {rounds} rounds.\n"
        "A goal is judged by processor time: what it takes where nothing else runs.\n\n"
        + rows(["what", "median", "processor", "goal", ""], lines)
    )


def _goal(arm: str, seconds: float) -> list[str]:
    return ["under 150 ms", judged(seconds, GOAL_S)] if arm in {COMMAND, WITHIN} else ["", ""]


def _arms(folder: Path) -> dict[str, Callable[[], object]]:
    shell, words = Shell(folder), vocabulary()
    known = authored_files(ROOT, shipped_playbooks=False)
    one = Files(
        runbooks=((str(_RUNBOOK), _RUNBOOK.read_bytes()),),
        library=known.library,
        library_names=known.library_names,
    )

    def within() -> None:
        assert lint(one, words) == []

    return {
        'python -c "pass"': shell.python("pass"),
        f'python -c "{_IMPORTS}"': shell.python(_IMPORTS),
        COMMAND: shell.mlir("lint", str(_RUNBOOK)),
        WITHIN: within,
    }
