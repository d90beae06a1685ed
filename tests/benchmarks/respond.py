"""What the program itself costs in an incident: on fakes, with a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.heading import heading, ms, rows
from tests.benchmarks.paired import paired
from tests.benchmarks.story import opened, seed, write
from tests.rig import Rig
from tests.staged import play

from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import fold_incident
from mlrespond.lab.signal_stage import stage
from mlrespond.render.postmortem import render
from mlrespond.usecases.alerts import read_alerts
from mlrespond.usecases.postmortem import gather

_RESPOND = "respond to a staged bad release"


def table(rounds: int = 9, length: int = 10_000) -> str:
    """Measure a whole response, the folds of a long incident, and its postmortem."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        arms, steps = _responses(folder, rounds + 1)
        answered = paired({_RESPOND: lambda: next(arms)()}, rounds)  # noqa: PLW0108  # each its own
        found = paired(_of_a_long_one(folder / "long.db", length), rounds)
    whole = (answered.median(_RESPOND), answered.cpu_median(_RESPOND))
    lines = [
        [f"{_RESPOND}, on SQLite", *(ms(one) for one in whole)],
        [f"the same, for each of its {steps[-1]} steps", *(ms(one / steps[-1]) for one in whole)],
        *([arm, ms(found.median(arm)), ms(found.cpu_median(arm))] for arm in found.seconds),
    ]
    return (
        heading("Responding")
        + f"\nIn process; every system but the timeline is a fake; {rounds} rounds."
        f"\nThe long incident has {length:,} events.\n\n"
        + rows(["what", "median", "processor"], lines)
    )


def _responses(folder: Path, count: int) -> tuple[Iterator[Callable[[], object]], list[int]]:
    """Return responses that are ready to begin, each on a stage of its own, and their steps."""
    steps: list[int] = []
    staged = stage("bad-release", seed())
    alerts = read_alerts(json.dumps(staged.webhook(staged.now)))
    stages = [play(stage("bad-release", seed()), opened(folder / f"{n}.db")) for n in range(count)]

    def response(here: Rig) -> Callable[[], object]:
        def respond() -> None:
            here.respond(service=None, alerts=alerts, approve=("all",))
            assert here.ending() == "mitigated"
            steps.append(here.kinds().count("step_finished"))

        return respond

    return (response(here) for here in stages), steps


def _of_a_long_one(path: Path, length: int) -> dict[str, Callable[[], object]]:
    write(path, "INC-0001", length)
    timeline = opened(path)
    events, facts = timeline.read("incident:INC-0001"), gather(timeline, "INC-0001")
    return {
        "fold the incident": lambda: fold_incident(events),
        "fold its run": lambda: fold(events, "INC-0001.1"),
        "gather its postmortem (read, fold, choose)": lambda: gather(timeline, "INC-0001"),
        "render its postmortem": lambda: render(facts),
    }
