"""What the program itself costs in an incident: on fakes, with a clock that stands still."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.benchmarks.heading import heading, ms, rows
from tests.benchmarks.paired import timed
from tests.benchmarks.story import opened, story
from tests.staged import play

from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import fold_incident
from mlrespond.lab.signal_stage import stage
from mlrespond.model.event import Event
from mlrespond.render.postmortem import render
from mlrespond.usecases.alerts import read_alerts
from mlrespond.usecases.postmortem import gather


def table(rounds: int = 9, length: int = 10_000) -> str:
    """Measure a whole response, the folds of a long incident, and its postmortem."""
    with TemporaryDirectory() as folder:
        responses = [_responded(Path(folder), n) for n in range(rounds + 1)][1:]
        steps = responses[0][1]
        events = _written(Path(folder) / "long.db", length)
        incident = median(timed(lambda: fold_incident(events)) for _ in range(rounds))
        run = median(timed(lambda: fold(events, "INC-0001.1")) for _ in range(rounds))
        gathered, rendered = _postmortem(Path(folder) / "long.db", rounds)
    whole = median(seconds for seconds, _ in responses)
    lines = [
        ["respond to a staged bad release, on SQLite", ms(whole)],
        [f"the same, a step ({steps} of them)", ms(whole / steps)],
        [f"fold an incident of {length:,} events", ms(incident)],
        [f"fold its run of {length:,} events", ms(run)],
        ["gather its postmortem (read, fold, choose)", ms(gathered)],
        ["render its postmortem", ms(rendered)],
    ]
    return (
        heading("Responding")
        + f"\nIn process; every system but the timeline is a fake; {rounds} rounds.\n\n"
        + rows(["what", "median"], lines)
    )


def _responded(folder: Path, n: int) -> tuple[float, int]:
    """Return how long a response took, and how many steps it had."""
    staged = stage("bad-release", 0)
    store = opened(folder / f"respond-{n}.db")
    here = play(staged, store)
    alerts = read_alerts(json.dumps(staged.webhook(staged.now)))
    began = perf_counter()
    here.respond(service=None, alerts=alerts, approve=("all",))
    seconds = perf_counter() - began
    assert here.ending() == "mitigated"
    steps = here.kinds().count("step_finished")
    store.close()
    return seconds, steps


def _written(path: Path, length: int) -> tuple[Event, ...]:
    timeline = opened(path)
    timeline.append(tuple(story("INC-0001", length)))
    events = timeline.read("incident:INC-0001")
    timeline.close()
    return events


def _postmortem(path: Path, rounds: int) -> tuple[float, float]:
    """Return how long gathering and rendering took."""
    timeline = opened(path)
    gathered = median(timed(lambda: gather(timeline, "INC-0001")) for _ in range(rounds))
    facts = gather(timeline, "INC-0001")
    rendered = median(timed(lambda: render(facts)) for _ in range(rounds))
    timeline.close()
    return gathered, rendered
