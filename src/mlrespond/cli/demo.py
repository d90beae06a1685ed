"""`mlir demo`: a whole incident on the lab, in under a minute."""

from __future__ import annotations

import shlex
import tempfile
import threading
import time
from pathlib import Path

import click

from mlrespond.adapters.system import SystemClock
from mlrespond.bootstrap.place import open_timeline, place
from mlrespond.engine.ledger import fold_ledger, healthy_versions
from mlrespond.errors import UsageError
from mlrespond.lab.deadline import wait_until
from mlrespond.lab.faults import MODES
from mlrespond.lab.folder import MODEL
from mlrespond.lab.mend import mend
from mlrespond.usecases.context import service_stream

HISTORY_S = 14.0
SYMPTOMS_S = {"concept-drift": 30.0}  # the whole turn, and then what is trained on
MENDED_AFTER_S = {"registry-down": 12.0}
STACK_HISTORY_S = 20.0
STACK_RATE = "60"
NOTICED_WITHIN_S = 60.0
HEALTHY_S = 6.0  # twice what the lab's service asks of a version that may be rolled back to
PAST_WITHIN_S = 120.0


@click.command("demo")
@click.option(
    "--mode",
    type=click.Choice(list(MODES)),
    default="bad-release",
    metavar="MODE",
    help="The fault, one of those that mlir lab break --help tells; default: bad-release.",
)
@click.option("--seed", default=1, help="Of how bad it is.")
@click.option("--dir", "folder", metavar="DIR", help="Keep the lab here; default: a new folder.")
@click.option("-o", "--out", default=".", metavar="DIR", help="Where the postmortem goes.")
@click.option("--ask", is_flag=True, help="Ask you before the change, as in real life.")
@click.option("--stack", metavar="SERVERS", help="On real servers; see mlir lab up --help.")
def command(
    mode: str, *, seed: int, folder: str | None, out: str, ask: bool, stack: str | None
) -> int:
    """Start a lab, break it, respond, print the postmortem's path, and stop what was started.

    What is left is the lab's folder with the incident's timeline; its last lines say where.

    Example: mlir demo --mode null-surge
    """
    lab = folder or tempfile.mkdtemp(prefix="mlir-lab-")
    on = ("--stack", stack, "--rate", STACK_RATE) if stack else ()
    code = _run("lab", "up", "--dir", lab, *on)
    if code:
        return code
    try:
        _wait(STACK_HISTORY_S if stack else HISTORY_S, "let it serve, to have a past")
        _await_past(lab)
        _run("lab", "break", mode, "--dir", lab, "--seed", str(seed))
        if stack:
            _await_alert(Path(lab) / "alert.json", mode)
        else:
            _wait(SYMPTOMS_S.get(mode, 4.0), "let it hurt")
        _mend_later(lab, mode)
        code = _respond(lab, ask=ask)
        if not code:
            _run("-C", lab, "resolve", "--reason", "the demo is over")
        _run("-C", lab, "postmortem", "-o", str(Path(out).absolute()))
        _run("-C", lab, "audit")
        return code
    finally:
        _run("lab", "down", "--dir", lab)
        _say_what_is_left(lab)


def _say_what_is_left(lab: str) -> None:
    """Say where the incident is, what to look at there, and how it goes away."""
    click.echo(f"\nthe incident stays in {lab}", err=True)
    click.echo(f"next: mlir -C {lab} timeline · mlir -C {lab} postmortem --format html", err=True)
    click.echo(f"      rm -r {lab} takes it away", err=True)


def _await_past(lab: str) -> None:
    """Wait until the lab's ledger knows a version to go back to: a busy machine takes longer."""
    clock, timeline = SystemClock(), open_timeline(place(lab))

    def known() -> bool:
        ledger, now = fold_ledger(MODEL, timeline.read(service_stream(MODEL))), clock.now()
        return bool(healthy_versions(ledger, now, HEALTHY_S, now)[0])

    try:
        if not wait_until(known, PAST_WITHIN_S, every_s=0.5):
            raise UsageError(
                f"no version did well for {HEALTHY_S:.0f} s within {PAST_WITHIN_S:.0f} s",
                hint=f"see {lab}/run/watch.out; is the machine very busy?",
            )
    finally:
        timeline.close()


def _await_alert(alert: Path, mode: str) -> None:
    """Wait for Prometheus to notice, and for what Alertmanager posts."""
    click.echo("\n# waiting for Prometheus to fire, and Alertmanager to tell")
    if not wait_until(alert.exists, NOTICED_WITHIN_S, every_s=0.2):
        raise UsageError(
            f"no alert came within {NOTICED_WITHIN_S:.0f} s of `{mode}`",
            hint="not every fault of the lab is one that its Prometheus rules can see",
        )


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

    click.echo(f"\n$ mlir {shlex.join(args)}")
    return run(list(args))


def _wait(seconds: float, why: str) -> None:
    click.echo(f"\n# {seconds:.0f} s: {why}")
    time.sleep(seconds)
