"""The recording wrapper: a recorded run, folded again, decides what it decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.rig import ANA, ROOT, Rig
from tests.usecases.again import calls, decisions
from tests.usecases.people import Once
from tests.usecases.plain import half, plain, released, run

from mlrespond.errors import NotThereError, UnreachableError
from mlrespond.model.json import Json, items, record
from mlrespond.model.reading import Served, Version, Window
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.fakes import fake_ports
from mlrespond.testing.steady import SteadySignals
from mlrespond.testing.world import World, WorldHolder
from mlrespond.usecases.recorder import Transcript, UnrecordedCallError, recorded, replayed


def ran(here: Rig, runbook: str, **inputs: Json) -> Rig:
    """Return a rig on which a runbook ran to its end, every approval given."""
    here.app = replace(here.app, approver=Once([("continue", ANA), ("stop", ANA)]))
    run(here, runbook, "all", **inputs)
    return here


def stuck() -> Rig:
    here = plain(released(), bad=True)
    here.world.look().stuck = ["us-1"]
    return here


RUNS: dict[str, Callable[[], Rig]] = {
    "bad-release": lambda: ran(plain(released(), bad=True), "bad-release"),
    "bad-release, stuck": lambda: ran(stuck(), "bad-release"),
    "bad-release, nothing wrong": lambda: ran(plain(), "bad-release"),
    "first-look": lambda: ran(plain(failing="eu-1"), "first-look"),
    "input-data-broken": lambda: ran(plain(nulls=True), "input-data-broken"),
    "latency-regression": lambda: ran(
        plain(released(), slow=frozenset({"3"})), "latency-regression"
    ),
    "partial-rollout": lambda: ran(plain(half()), "partial-rollout"),
    "registry-outage": lambda: ran(
        plain(World(broken={"registry": "it is down"})), "registry-outage", within="5m"
    ),
    "serving-errors": lambda: ran(plain(failing="eu-1"), "serving-errors"),
    "stale-model-retrain": lambda: ran(plain(drifted=True), "stale-model-retrain"),
}


def test_every_runbook_of_the_library_is_replayed() -> None:
    library = {one.stem for one in (ROOT / "runbooks").glob("*.yaml")}

    assert {name.partition(",")[0] for name in RUNS} == library


@pytest.mark.parametrize("name", RUNS)
def test_a_recorded_run_decides_the_same_when_it_is_folded_again(name: str) -> None:
    here = RUNS[name]()

    made = list(decisions(here, "INC-0001"))

    assert len(made) >= 5
    assert [one for one in made if one.recorded != one.again] == []


def test_what_a_verb_calls_is_what_its_transcript_holds() -> None:
    here = RUNS["bad-release"]()

    found = calls(here, "INC-0001")

    assert {(one["port"], one["method"]) for one in found} >= {
        ("registry", "wanted"),
        ("registry", "want"),
        ("serving", "served"),
        ("serving", "activate"),
        ("metrics", "instant"),
        ("cases", "golden"),
    }


def ports(world: World | None = None) -> tuple[Transcript, WorldHolder]:
    holder = WorldHolder(world or World())
    return Transcript(now=START, ledger_seq=0, incident_seq=0), holder


def read_back(transcript: Transcript) -> Sequence[Json]:
    return items(record(json.loads(transcript.evidence().content)).get("calls"))


def test_replies_come_back_as_they_were() -> None:
    transcript, holder = ports()
    real = recorded(fake_ports(holder, SteadySignals(), FixedClock()), transcript)
    window = Window(since=START - timedelta(hours=1), until=START)
    first = (
        real.registry.versions(),
        real.serving.served("eu-1"),
        real.routing.route(),
        real.predictions.profile(window, None),
        real.predictions.labels(window, None),
        real.cases.golden(),
        real.metrics.instant("errors|2|.*|60s", START),
        real.hooks.started_at("eu-1"),
    )

    again = replayed(read_back(transcript))

    assert first == (
        again.registry.versions(),
        again.serving.served("eu-1"),
        again.routing.route(),
        again.predictions.profile(window, None),
        again.predictions.labels(window, None),
        again.cases.golden(),
        again.metrics.instant("errors|2|.*|60s", START),
        again.hooks.started_at("eu-1"),
    )
    assert isinstance(first[0][0], Version)


def test_the_same_call_twice_answers_in_the_recorded_order() -> None:
    transcript, holder = ports()
    real = recorded(fake_ports(holder, SteadySignals(), FixedClock()), transcript)
    real.serving.served("eu-1")
    holder.look().served["eu-1"] = "1"
    real.serving.served("eu-1")

    again = replayed(read_back(transcript))

    assert again.serving.served("eu-1") == Served(replica="eu-1", version="2", ready=True)
    assert again.serving.served("eu-1").version == "1"


def test_a_recorded_error_is_raised_as_what_it_was() -> None:
    transcript, holder = ports(World(broken={"registry": "it is down"}))
    real = recorded(fake_ports(holder, SteadySignals(), FixedClock()), transcript)
    for call in (real.registry.wanted, lambda: real.serving.served("mars")):
        with pytest.raises((UnreachableError, NotThereError)):
            call()

    again = replayed(read_back(transcript))

    with pytest.raises(UnreachableError, match="registry does not answer: it is down"):
        again.registry.wanted()
    with pytest.raises(NotThereError, match="there is no replica mars"):
        again.serving.served("mars")


def test_a_call_that_was_not_recorded_is_refused() -> None:
    transcript, holder = ports()
    real = recorded(fake_ports(holder, SteadySignals(), FixedClock()), transcript)
    real.serving.served("eu-1")
    again = replayed(read_back(transcript))

    with pytest.raises(UnrecordedCallError, match=r"serving\.served was not called like this"):
        again.serving.served("us-1")
    with pytest.raises(UnrecordedCallError):
        again.registry.want("3")
    again.serving.served("eu-1")
    with pytest.raises(UnrecordedCallError):
        again.serving.served("eu-1")


def test_a_replay_that_reads_something_else_is_no_replay() -> None:
    here = RUNS["bad-release"]()
    taken = next(one for one in decisions(here, "INC-0001") if one.kind == "look_taken")
    assert taken.recorded == taken.again
    here.world.look().wanted = "1"

    assert next(one for one in decisions(here, "INC-0001") if one.kind == "look_taken") == taken
