"""When it began: told by the counts, with what changed before it and without what changed later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.rig import definition, rig
from tests.usecases.plain import SERVICE
from tests.verbs.logged import AFTER, BEFORE, logging, served
from tests.verbs.seen import ONSET, context

from mlrespond.model.finding import Change, Finding
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json
from mlrespond.model.reading import Sample
from mlrespond.model.service import Service
from mlrespond.testing.clock import START
from mlrespond.testing.steady import RATE, SteadySignals
from mlrespond.verbs.began import began, changed_before
from mlrespond.verbs.scene import Scene, finding, scene_of
from mlrespond.verbs.serving import view

ALL = range(BEFORE + AFTER)
TRUE = ONSET - timedelta(minutes=7)
FAILS = finding("error_ratio", "fail", "more requests fail")


@dataclass
class Risen(SteadySignals):
    """Errors that rose from 1% to 6%, some minutes before anybody noticed."""

    rises: bool = True

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        what, *_, window = query.split("|")
        total = RATE * parse_duration(window)
        share = 0.06 if self.rises and at > TRUE else 0.01
        if what == "latency":
            slow = round(total * share)
            fast = total - slow
            edges = (("0.1", 0.9 * fast), ("0.25", fast), ("0.5", total), ("+Inf", total))
            return tuple(Sample(labels={"le": le}, value=round(n)) for le, n in edges)
        return (Sample(labels={}, value=round(total * (share if what == "errors" else 1.0))),)


def scene(objective: str = "error_ratio", *, rises: bool = True) -> Scene:
    objectives: Mapping[str, object] = {
        objective: SERVICE["objectives"][objective]  # type: ignore[index,call-overload]  # a record
    }
    service = Service.model_validate(definition(objectives=objectives))  # type: ignore[arg-type]  # as authored
    ctx = context(rig(signals=Risen(rises=rises)), service=service)
    return scene_of(ctx, view(ctx), 7200.0, 0.05)


def change(at: datetime) -> Change:
    return Change(what="version", before="2", to="3", at=at, after=at - timedelta(minutes=1))


def test_the_interval_holds_the_true_moment_and_ends_before_the_alert() -> None:
    found = began(scene(), [FAILS])

    assert found is not None
    assert found.since <= TRUE <= found.until < ONSET
    assert found.until - found.since < timedelta(minutes=5)
    assert found.said == "bad requests of error_ratio rose from 0.98% to 6.0%"


def test_what_changed_surely_later_is_not_among_what_changed_before() -> None:
    found = began(scene(), [FAILS])
    earlier, later = change(TRUE - timedelta(minutes=20)), change(ONSET)

    assert found is not None
    assert changed_before(found, (earlier, later)) == (earlier,)


def test_without_a_failed_check_nothing_began() -> None:
    assert began(scene(), [finding("error_ratio", "pass", "as before")]) is None


def test_where_no_share_rose_nothing_began() -> None:
    assert began(scene(rises=False), [FAILS]) is None


def test_a_store_that_is_down_tells_no_beginning() -> None:
    seen = scene()
    seen.ctx.ports.metrics.instant("errors|.*|.*|60s", START)  # it answers until now
    here = rig(signals=Risen())
    here.world.look().broken["metrics"] = "it is down"
    ctx = context(here, service=seen.ctx.service)

    assert began(scene_of(ctx, view(ctx), 7200.0, 0.05), [FAILS]) is None


SLOW = finding("latency", "fail", "requests are slower")
DEAR = finding("objective", "fail", "requests are dearer")


def test_slow_requests_tell_when_they_became_more() -> None:
    found = began(scene("latency_p99"), [SLOW])

    assert found is not None
    assert found.since <= TRUE <= found.until < ONSET
    assert found.said == "requests of latency_p99 above 250ms rose from 0.98% to 6.0%"


def test_only_the_kind_of_objective_that_failed_is_searched() -> None:
    assert began(scene("latency_p99"), [FAILS]) is None
    assert began(scene(), [SLOW]) is None
    assert began(scene("latency_p99", rises=False), [SLOW]) is None


@pytest.mark.parametrize(
    ("objective", "shown"),
    [
        ({"kind": "latency", "column": "took", "quantile": 0.99, "unit": "ms"}, SLOW),
        ({"kind": "cost", "column": "took", "quantile": 0.99}, DEAR),
        ({"kind": "cost", "column": "took"}, DEAR),
    ],
)
def test_logged_amounts_tell_when_large_ones_became_more(
    tmp_path: Path, objective: Json, shown: Finding
) -> None:
    rows = [{"took": 40 + at % 100 + (300 if at > BEFORE - 700 and at % 5 else 0)} for at in ALL]
    logged = served(rows)
    ctx, _ = logging(tmp_path, logged, {"amounts": ["took"]}, {"took": objective})

    found = began(scene_of(ctx, view(ctx), 7200.0, 0.05), [shown])

    assert found is not None
    assert found.since <= TRUE <= found.until < ONSET
    assert found.said.startswith("requests of took above ")
