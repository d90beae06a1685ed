"""The file opens in Datasette and in the sqlite-utils command as it is, with readable views."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.timeline.bundled import written
from tests.timeline.earlier.told import INCIDENT

from mlrespond.bootstrap.place import open_timeline
from mlrespond.timeline.views import NAMES


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = written(tmp_path_factory.mktemp("tools"))
    timeline = open_timeline(where)
    timeline.search("rollback")  # the search index is there too
    timeline.close()
    return where.timeline


def _ran(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def datasette(path: Path, page: str, **query: str) -> str:
    known = f"?{urlencode(query)}" if query else ""
    return _ran("datasette", str(path), "--get", f"/timeline{page}{known}")


def sqlite_utils(*words: str) -> str:
    return _ran("sqlite_utils", *words)


def test_datasette_lists_the_views(path: Path) -> None:
    told = json.loads(datasette(path, ".json"))

    assert {one["name"] for one in told["views"]} == set(NAMES)
    assert {"event", "body", "evidence", "seal"} <= {one["name"] for one in told["tables"]}


@pytest.mark.parametrize("view", NAMES)
def test_datasette_shows_each_view_to_people_and_to_programs(path: Path, view: str) -> None:
    page = datasette(path, f"/{view}")
    rows = json.loads(datasette(path, f"/{view}.json", _shape="array", _size="5"))

    assert "<table" in page or not rows
    assert all(isinstance(one, dict) for one in rows)
    assert rows or view in {"action_item", "blast_radius"}


def test_datasette_filters_sorts_and_searches(path: Path) -> None:
    incident = json.loads(datasette(path, "/incident.json", _shape="array"))
    milestones = json.loads(
        datasette(path, "/milestone.json", _shape="array", incident=INCIDENT, name="mitigated")
    )
    sql = (
        "select t.summary from timeline t join body_fts f on f.rowid=t.pos where body_fts match :w"
    )
    found = json.loads(datasette(path, ".json", sql=sql, w="rollback", _shape="array"))

    assert [(one["id"], one["status"]) for one in incident] == [(INCIDENT, "open")]
    assert milestones[0]["at"].endswith("Z")
    assert found


def test_datasette_changes_nothing(path: Path) -> None:
    before = path.read_bytes()

    datasette(path, "/timeline")

    assert path.read_bytes() == before


def test_sqlite_utils_reads_views_as_tables_and_as_json(path: Path) -> None:
    views = json.loads(sqlite_utils("views", str(path)))
    table = sqlite_utils("rows", str(path), "incident", "--table")
    query = f"select name, seconds from metric where incident='{INCIDENT}' and name='mitigate'"
    (metric,) = json.loads(sqlite_utils("query", str(path), query))

    assert {one["view"] for one in views} == set(NAMES)
    assert INCIDENT in table
    assert metric["seconds"] > 0


def test_sqlite_utils_searches_the_index_that_is_there(path: Path) -> None:
    query = "select rowid from body_fts where body_fts match 'rollback' limit 3"

    assert json.loads(sqlite_utils("query", str(path), query))


def test_neither_can_write(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sqlite_utils", str(path), "update event set actor='eve'"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "append-only" in done.stderr
