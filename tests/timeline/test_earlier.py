"""A file that an earlier program wrote is brought up to date, and still says the same.

`earlier/COMMIT.db.gz` was written by the program of that commit: one whole incident with an
erased note, a corrected one and a reopening; d5fca4a, 88d3b7b and 57f224f brought the file of
c846f57 up to their own schemas, and 57f224f added two action items. `earlier/told.json` is what the
first program folded.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.timeline.earlier.told import INCIDENT, told

from mlrespond.adapters.system import SystemIds
from mlrespond.engine.action_item import fold_items
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import note
from mlrespond.timeline import schema
from mlrespond.timeline.opening import fresh_schema
from mlrespond.timeline.sqlite import SqliteTimeline

EARLIER = Path(__file__).with_name("earlier")
FILES = sorted(EARLIER.glob("*.db.gz"))
TOLD = json.loads((EARLIER / "told.json").read_text())


@pytest.fixture(params=FILES, ids=lambda path: path.name.partition(".")[0])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    copy = tmp_path / "timeline.db"
    with gzip.open(request.param) as packed, copy.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return copy


@pytest.fixture
def timeline(path: Path) -> Iterator[SqliteTimeline]:
    ids = SystemIds()
    opened = SqliteTimeline(path, now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt)
    yield opened
    opened.close()


def test_there_is_a_file_of_each_schema() -> None:
    numbers = set()
    for packed in FILES:
        header = gzip.decompress(packed.read_bytes())[:100]
        numbers.add(int.from_bytes(header[60:64], "big"))  # sqlite.org/fileformat.html

    assert numbers >= set(range(1, schema.VERSION))


def test_it_folds_to_the_same_state(timeline: SqliteTimeline) -> None:
    assert told(timeline) == TOLD


def test_its_chain_is_whole_and_says_what_was_erased(timeline: SqliteTimeline) -> None:
    report = timeline.audit()

    assert report.problems == ()
    assert len(report.erased) == 1


def test_it_is_shaped_like_a_new_file(timeline: SqliteTimeline, path: Path) -> None:
    timeline.search("rollback")
    query = "SELECT type,name,tbl_name,sql FROM sqlite_master WHERE name NOT LIKE 'body_fts%'"

    with closing(sqlite3.connect(path)) as db:
        found = [row for row in db.execute(query) if row[3]]

    assert sorted(found) == sorted(fresh_schema())


def test_its_views_are_those_of_today(timeline: SqliteTimeline) -> None:
    (incident,) = timeline.rows("SELECT id,status FROM incident")
    metrics = timeline.rows("SELECT name FROM metric WHERE seconds IS NOT NULL")

    assert incident == (INCIDENT, TOLD["status"])
    assert ("mitigate",) in metrics


def test_action_items_that_are_known_by_their_names_stay_two(timeline: SqliteTimeline) -> None:
    told = timeline.rows("SELECT item,text,owner,status FROM action_item")
    folded = fold_items(timeline.read(f"incident:{INCIDENT}"))

    assert told == [(one.item, one.text, one.owner, one.status) for one in folded]
    assert told in (
        [],
        [("A1", "page when nulls rise", "ben", "open"), ("A2", "page when nulls rise", "", "done")],
    )


def test_it_goes_on(timeline: SqliteTimeline) -> None:
    before = timeline.read(f"incident:{INCIDENT}")

    timeline.append([note("after the upgrade", f"incident:{INCIDENT}")])

    assert timeline.read(f"incident:{INCIDENT}")[:-1] == before
    assert timeline.search("upgrade")[-1].summary == "after the upgrade"
    assert timeline.audit().problems == ()


def test_opening_it_twice_changes_it_once(timeline: SqliteTimeline, path: Path) -> None:
    timeline.close()
    ids = SystemIds()

    with closing(sqlite3.connect(path)) as db:
        before = db.execute("SELECT * FROM seal").fetchall()
    again = SqliteTimeline(path, now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt)

    assert again.rows("SELECT * FROM seal") == before
    again.close()
