"""Resolving reads the whole incident once more: what nobody looked at is on record from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from tests.rig import SERVICE, Rig
from tests.usecases.plain import plain

from mlrespond.errors import UnwritableError
from mlrespond.model.event import Draft, Event
from mlrespond.model.json import Json, items, parse, record
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import StepFinished
from mlrespond.testing.clock import CountingIds
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.app import Store
from mlrespond.usecases.once_more import read_once_more
from mlrespond.usecases.opening import open_or_join
from mlrespond.usecases.postmortem import gather

INC = "INC-0001"


def opened() -> Rig:
    here = plain()
    open_or_join(here.app, SERVICE, [], "SEV3")
    here.clock.sleep(90)
    return here


def test_the_metrics_of_the_whole_incident_become_evidence() -> None:
    here = opened()

    event = read_once_more(here.app, INC)

    assert event is not None
    assert (event.kind, event.source, event.run) == ("metrics_read", "poll", None)
    content = record(parse(here.app.store.evidence(str(event.evidence["readings"]))))
    told = [record(one) for one in items(content["curves"])]
    assert {one["name"] for one in told} == set(event.data["objectives"])  # type: ignore[arg-type]  # names
    assert all(one["side"] == "whole" and items(one["points"]) for one in told)
    doc = gather(here.app.store, INC)
    found = doc.courses["error_ratio"]
    assert {one.seq for one in found} == {event.seq}
    assert found[-1].until <= doc.span[1]
    assert found[0].since < doc.incident.onset


def test_a_feature_that_went_missing_is_read_as_well() -> None:
    here = opened()
    gone: Json = [{"kind": "nulls", "verdict": "fail", "feature": "amount", "said": "s"}]
    said = StepFinished(title="t", outcome="ok", yields={"findings": gone})
    here.app.store.append([draft(f"incident:{INC}", said, here.clock.now(), incident=INC)])

    event = read_once_more(here.app, INC)

    assert event is not None
    assert "nulls of amount" in items(event.data["objectives"])
    found = gather(here.app.store, INC).courses["nulls of amount"]
    assert found
    assert {one.seq for one in found} == {event.seq}


def test_a_postmortem_says_the_same_however_the_world_went_on() -> None:
    here = opened()
    read_once_more(here.app, INC)
    before = gather(here.app.store, INC).courses

    here.clock.sleep(timedelta(days=30).total_seconds())
    here.world.look().broken["metrics"] = "it forgot"

    assert gather(here.app.store, INC).courses == before


def test_what_cannot_be_recorded_is_left_out() -> None:
    here = plain()
    store = Refusing(here.clock.now, CountingIds())
    here.app = replace(here.app, store=cast("Store", store))
    open_or_join(here.app, SERVICE, [], "SEV3")
    here.clock.sleep(90)

    assert read_once_more(here.app, INC) is None

    assert store.refused == 1


class Refusing(MemoryTimeline):
    """A timeline that cannot be written any more once there are metrics to record."""

    refused = 0

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if any(one.kind == "metrics_read" for one in drafts):
            self.refused += 1
            raise UnwritableError("the disk is full")
        return super().append(drafts, expect)


def test_where_nothing_is_told_nothing_is_recorded() -> None:
    here = opened()
    known = here.app.store.read(f"incident:{INC}")
    here.world.look().broken["metrics"] = "it is down"
    here.world.look().broken["predictions"] = "they are away"

    assert read_once_more(here.app, INC) is None
    assert here.app.store.read(f"incident:{INC}") == known
