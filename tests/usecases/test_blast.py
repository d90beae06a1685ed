"""What cannot be measured or settled is refused, and large lists of ids fit into evidence."""

from __future__ import annotations

import json

import pytest
from tests.rig import SERVICE, Rig
from tests.usecases.plain import plain, released

from mlrespond.engine.blast import fold_blast
from mlrespond.errors import UnsupportedError, UsageError
from mlrespond.model.blast_kind import BlastMeasured
from mlrespond.model.kinds import draft
from mlrespond.testing.clock import START
from mlrespond.usecases.blast import Wanted, measure
from mlrespond.usecases.opening import open_or_join
from mlrespond.usecases.settle import settle, settled_ids

INC = "INC-0001"


@pytest.fixture
def here() -> Rig:
    """An open incident whose blast radius was measured."""
    found = plain(released(), bad=True)
    open_or_join(found.app, SERVICE, [], "SEV3")
    measured = BlastMeasured(
        versions=("3",), since=START, until=START, why="w", logged=9, affected=9, to_reverse=9
    )
    found.app.store.append([draft(f"incident:{INC}", measured, START, incident=INC)])
    return found


def test_a_log_that_only_counts_cannot_be_asked_row_by_row(here: Rig) -> None:
    with pytest.raises(UnsupportedError, match="cannot be asked row by row"):
        measure(here.app, INC, Wanted())


def test_many_ids_are_split_over_events_that_evidence_can_hold(here: Rig) -> None:
    ids = [f"{n:036d}" for n in range(40_000)]

    found = settle(here.app, INC, [*ids, ids[0]], "reversed", unchecked=True)

    sizes = [len(here.app.store.evidence(str(one.evidence["ids"]))) for one in found.events]
    assert len(sizes) == 3
    assert max(sizes) < 1024 * 1024
    assert sum(int(str(one.data["count"])) for one in found.events) == 40_000
    blast = fold_blast(here.events())
    assert set(settled_ids(here.app, blast)) == set(ids)


def test_the_first_outcome_of_a_decision_stands(here: Rig) -> None:
    settle(here.app, INC, ["a"], "kept", note="no harm", unchecked=True)
    again = settle(here.app, INC, ["a", "b"], "reversed", unchecked=True)

    assert (again.fresh, again.before) == (1, 1)
    assert settled_ids(here.app, again.blast) == {"a": "kept", "b": "reversed"}


def test_ids_are_evidence_and_not_text(here: Rig) -> None:
    (event,) = settle(here.app, INC, ["secret-id"], "reversed", unchecked=True).events

    assert "secret-id" not in event.summary + str(event.data)
    assert json.loads(here.app.store.evidence(str(event.evidence["ids"]))) == ["secret-id"]


def test_nothing_named_is_refused(here: Rig) -> None:
    with pytest.raises(UsageError, match="no decision is named"):
        settle(here.app, INC, ["", "  "], "reversed", unchecked=True)
