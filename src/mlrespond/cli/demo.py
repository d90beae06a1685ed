"""`mlir demo`: a whole incident on the lab, in under a minute."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

import click

from mlrespond.lab.faults import MODES
from mlrespond.lab.mend import mend

HISTORY_S = 14.0
SYMPTOMS_S = {"concept-drift": 24.0}
MENDED_AFTER_S = {"registry-down": 12.0}


@click.command("demo")
@click.option("--mode", type=click.Choice(list(MODES)), default="bad-release", help="The fault.")
@click.option("--seed", default=1, help="Of how bad it is.")
@click.option("--dir", "folder", metavar="DIR", help="Keep the lab here; default: a new folder.")
@click.option("-o", "--out", default=".", metavar="DIR", help="Where the postmortem goes.")
@click.option("--ask", is_flag=True, help="Ask you before the change, as in real life.")
def command(mode: str, *, seed: int, folder: str | None, out: str, ask: bool) -> int:
    """Start a lab, break it, respond, print the postmortem's path, and stop what was started.

    Example: mlir demo --mode null-surge
    """
    lab = folder or tempfile.mkdtemp(prefix="mlir-lab-")
    _run("lab", "up", "--dir", lab)
    try:
        _wait(HISTORY_S, "let it serve, so that there is a past to compare with")
        _run("lab", "break", mode, "--dir", lab, "--seed", str(seed))
        _wait(SYMPTOMS_S.get(mode, 4.0), "let it hurt")
        _mend_later(lab, mode)
        code = _respond(lab, ask=ask)
        _run("-C", lab, "postmortem", "-o", str(Path(out).absolute()))
        _run("-C", lab, "audit")
        return code
    finally:
        _run("lab", "down", "--dir", lab)


def _mend_later(lab: str, mode: str) -> None:
    """Mend what no runbook can mend: somebody else brings the registry back."""
    after = MENDED_AFTER_S.get(mode)
    if after is None:
        return
    click.echo(f"\n# the platform will bring it back in {after:.0f} s")
    timer = threading.Timer(after, mend, [Path(lab)])
    timer.daemon = True
    timer.start()


def _respond(lab: str, *, ask: bool) -> int:
    alone = [] if ask else ["--approve", "all", "--park-after", "60s"]
    return _run("-C", lab, "respond", "--alert", f"{lab}/alert.json", *alone)


def _run(*args: str) -> int:
    from mlrespond.cli.main import run

    click.echo(f"\n$ mlir {' '.join(args)}")
    return run(list(args))


def _wait(seconds: float, why: str) -> None:
    click.echo(f"\n# {seconds:.0f} s: {why}")
    time.sleep(seconds)
