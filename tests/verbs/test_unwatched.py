"""A service that nobody looked at before the onset: its log knows what was served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.usecases.plain import ONSET
from tests.verbs.logged import logging
from tests.verbs.seen import done, no_target

from mlrespond.engine.ledger import Ledger, changes
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, record
from mlrespond.verbs.baseline import Resolved, last_release, resolve
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.unwatched import SHORTEST_S, remembered, told

EACH_S = 3.0
BEFORE_S, AFTER_S = 6000.0, 1800.0
RELEASED_S = -700.0
SINCE = ONSET - timedelta(seconds=60)


def rows(*, released_s: float | None = None, mixed: bool = False) -> Iterator[Record]:
    """Yield a row each three seconds around the onset, in seconds from it."""
    for at in range(round((BEFORE_S + AFTER_S) / EACH_S)):
        offset_s = at * EACH_S - BEFORE_S
        new = released_s is not None and offset_s >= released_s
        version = str(1 + at % 2) if mixed else "2" if new else "1"
        bad = new and at % 3 == 0
        yield {
            "served_at": iso(ONSET + timedelta(seconds=offset_s)),
            "model_version": version,
            "amount": float(at % 50),
            "valid": not bad,
        }


PREDICTIONS: Json = {"features": {"amount": {"type": "number"}}}
OBJECTIVES: Json = {"valid": {"kind": "ratio", "from": "predictions", "good": "valid", "min": 0.9}}


def alone(tmp_path: Path, made: Iterator[Record]) -> StepContext:
    """Return what a step sees of a service without a registry, metrics or a ledger."""
    found, _ = logging(tmp_path, made, record(PREDICTIONS), record(OBJECTIVES))
    bare = found.service.model_copy(update={"registry": None, "metrics": None})
    return replace(found, service=bare, ledger=Ledger(service=found.name))


class TestRemembered:
    def test_one_version_was_served_all_along(self, tmp_path: Path) -> None:
        known = remembered(alone(tmp_path, rows()))

        assert told(known)
        assert {look.version for look in known.ledger.looks} == {"1"}
        assert last_release(known) is None

    def test_a_release_is_found_to_the_second(self, tmp_path: Path) -> None:
        known = remembered(alone(tmp_path, rows(released_s=RELEASED_S)))

        (change,) = changes(known.ledger, ONSET - timedelta(hours=2), known.now)
        assert (change.before, change.to) == ("1", "2")
        assert change.after is not None
        assert change.after <= change.at
        released = ONSET + timedelta(seconds=RELEASED_S)
        assert abs(change.at - released) <= timedelta(seconds=SHORTEST_S + EACH_S)

    def test_a_release_that_came_with_the_onset_is_found(self, tmp_path: Path) -> None:
        known = remembered(alone(tmp_path, rows(released_s=1.0)))

        (change,) = changes(known.ledger, ONSET - timedelta(hours=2), known.now)
        assert (change.before, change.to) == ("1", "2")
        assert change.at < ONSET + timedelta(seconds=SHORTEST_S + EACH_S)

    def test_a_young_log_tells_what_it_has(self, tmp_path: Path) -> None:
        young = (one for one in rows(released_s=1.0) if str(one["served_at"]) > iso(SINCE))

        known = remembered(alone(tmp_path, young))

        assert len(changes(known.ledger, ONSET - timedelta(hours=2), known.now)) == 1

    def test_two_versions_all_along_are_no_release(self, tmp_path: Path) -> None:
        known = remembered(alone(tmp_path, rows(mixed=True)))

        assert not told(known)
        assert last_release(known) is None

    def test_what_the_ledger_knows_is_not_asked_of_the_log(self, tmp_path: Path) -> None:
        found, _ = logging(tmp_path, rows(), record(PREDICTIONS), record(OBJECTIVES))

        assert remembered(found) is found


class TestResolve:
    def test_the_time_before_the_onset_is_a_baseline(self, tmp_path: Path) -> None:
        found = resolve(alone(tmp_path, rows()), "before_incident", "1")

        assert isinstance(found, Resolved)
        assert found.baseline.until < ONSET
        assert found.baseline.since == ONSET - timedelta(hours=1)

    def test_a_time_of_which_nobody_knows_is_told_as_such(self, tmp_path: Path) -> None:
        found = resolve(alone(tmp_path, rows(mixed=True)), "before_release", "1")

        assert isinstance(found, Resolved)
        assert "a release is not ruled out" in found.baseline.why

    def test_without_log_or_metrics_there_is_none(self, tmp_path: Path) -> None:
        ctx = alone(tmp_path, rows())
        blind = ctx.service.model_copy(update={"predictions": None})

        found = resolve(replace(ctx, service=blind), "before_incident", "1")

        assert isinstance(found, NoData)


class TestDiagnose:
    def test_nothing_wrong_is_found_without_a_registry(self, tmp_path: Path) -> None:
        ctx = alone(tmp_path, rows(released_s=RELEASED_S))

        found = done(ctx, "diagnose", {"checks": ["registry"]})

        assert found.verdict == "pass"

    def test_a_bad_release_is_seen(self, tmp_path: Path) -> None:
        ctx = alone(tmp_path, rows(released_s=RELEASED_S))

        found = done(ctx, "diagnose", {"checks": ["release", "errors"]})

        assert found.verdict == "fail"
        assert record(found.yields["changes_by_name"])["version"] is not None

    def test_what_nobody_saw_is_not_called_unchanged(self, tmp_path: Path) -> None:
        found = done(alone(tmp_path, rows(mixed=True)), "diagnose", {"checks": ["release"]})

        assert found.verdict == "inconclusive"
        assert "not ruled out" in found.said


def test_a_version_known_from_the_log_alone_is_no_target(tmp_path: Path) -> None:
    ctx = alone(tmp_path, rows(released_s=RELEASED_S))

    assert no_target(ctx, "rollback", {}).reason
