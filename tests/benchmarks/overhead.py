"""What a whole response costs on real servers, beside a script of the calls nobody can leave out.

It needs MLflow, Triton and Prometheus, and takes four minutes: printed only when it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.heading import heading, judged, ms, rows, times
from tests.benchmarks.paired import Paired, cpu_seconds, timed
from tests.benchmarks.program import Shell
from tests.benchmarks.unavoidable import CONSECUTIVE, EVERY_S, Rollback
from tests.lab.observed import eventually
from tests.stack.incident import Stack, stack_lab

from mlrespond.lab.faults import break_
from mlrespond.lab.folder import MODEL, REPLICAS
from mlrespond.lab.platforms import platform_of
from mlrespond.model.json import items, record

GOAL = 1.3
BARE, MLIR = "bare script", "`mlir respond --approve all`"

_GOOD, _BAD = "2", "3"
_RUNBOOK = f"""
runbook: overhead
title: Go back to the version before
mitigated_when: steps.back.outcome == "ok"
mitigated_for: 0s
steps:
  - id: back
    title: roll back
    rollback: {{to: {_GOOD!r}, preflight: [load, golden]}}
    verify: {{every: {EVERY_S * 1000:.0f}ms, consecutive: {CONSECUTIVE}}}
  - id: recovered
    title: compare once
    compare: {{against: {_BAD!r}, metrics: [error_ratio], looks: {{every: 1s, at_most: 1}}}}
    on_inconclusive: continue
"""
_PAUSES_S = (1 + len(REPLICAS)) * (CONSECUTIVE - 1) * EVERY_S


@dataclass
class _Arms:
    """What was measured so far, by arm."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def time(self, name: str, arm: Callable[[], object]) -> None:
        before = cpu_seconds()
        self.seconds.setdefault(name, []).append(timed(arm))
        self.cpu.setdefault(name, []).append(cpu_seconds() - before)

    def counted(self) -> Paired:
        """Return all rounds but the first."""
        return Paired(seconds=_later(self.seconds), cpu=_later(self.cpu))


def table(rounds: int = 7) -> str:
    """Measure both, on one lab, from the same bad release to the same good version."""
    with (
        TemporaryDirectory() as name,
        stack_lab(Path(name) / "lab", "mlflow+triton+prometheus") as stack,
    ):
        found = _measured(stack, rounds)
    ratio = found.ratio(MLIR, BARE)
    busy = (found.median(MLIR) - _PAUSES_S) / (found.median(BARE) - _PAUSES_S)
    lines = [
        [BARE, ms(found.median(BARE)), ms(found.cpu_median(BARE)), times(1.0), "", ""],
        [
            MLIR,
            ms(found.median(MLIR)),
            ms(found.cpu_median(MLIR)),
            times(ratio),
            f"under {GOAL} x",
            judged(ratio, GOAL),
        ],
    ]
    return (
        heading("A whole response on real servers")
        + f"\nMLflow, two Tritons and Prometheus under load; whole processes, {rounds} pairs."
        f"\n{_PAUSES_S:g} s of each are pauses between readings; without them: {times(busy)}.\n\n"
        + rows(["what", "median", "processor", f"to the {BARE}", "goal", ""], lines)
    )


def _measured(stack: Stack, rounds: int) -> Paired:
    (stack.root / "runbooks").mkdir(exist_ok=True)
    (stack.root / "runbooks" / "overhead.yaml").write_text(_RUNBOOK)
    break_(stack.root, "bad-release")
    calls = stack.root / "calls.json"
    calls.write_text(json.dumps(Rollback(stack, _BAD, _GOOD).calls()))
    shell = Shell(stack.root, stack.root / ".mlir" / "timeline.db")
    arms = {
        BARE: shell.script(Path(__file__).with_name("bare.py"), str(calls)),
        MLIR: shell.mlir("respond", MODEL, "--runbook", "overhead", "--approve", "all"),
    }
    measured = _Arms()
    for _ in range(rounds + 1):
        for name, arm in arms.items():
            _release(stack)
            measured.time(name, arm)
            assert stack.lab.served() == [_GOOD] * len(REPLICAS)
    return measured.counted()


def _release(stack: Stack) -> None:
    """Let the bad version be served and seen so, and no incident be open."""
    for one in items(stack.json("incidents").get("incidents")):
        stack.run("resolve", str(record(one).get("id")), "--keep", "the next round begins")
    platform = platform_of(stack.lab.folder, stack.lab.state)
    platform.catalogue.want(_BAD)
    for name in REPLICAS:
        platform.serve(name, _BAD)
    eventually(lambda: _seen(stack), 30.0)


def _seen(stack: Stack) -> bool:
    look = record(stack.json("at", "now", MODEL).get("look"))
    return set(record(look.get("served")).values()) == {_BAD}


def _later(known: Mapping[str, list[float]]) -> dict[str, tuple[float, ...]]:
    return {name: tuple(found[1:]) for name, found in known.items()}
