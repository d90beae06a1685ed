"""What a durable step costs: two appends, beside two bare commits of the same rows.

A step is written down before and after it acts. The bare arms are plain sqlite3 with the same
settings: the same rows into the same tables, triggers and indexes, without a seal and with one; and
one column of nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.heading import heading, judged, ms, rows, times
from tests.benchmarks.paired import paired
from tests.benchmarks.story import opened, story

from mlrespond.model.event import Draft
from mlrespond.timeline.row import COLUMNS
from mlrespond.timeline.seal import seal
from mlrespond.timeline.sqlite import SqliteTimeline

GOAL = 1.5
STEP, BARE, COLUMN = "a step: two appends", "two bare commits, same rows", "two of one column"
SEALED = "two bare commits, sealed"
_HISTORY = 200
_EVENT = f"INSERT INTO event({','.join(COLUMNS)}) VALUES({','.join('?' * len(COLUMNS))})"
_Row = tuple[tuple[object, ...], tuple[object, ...]]


def table(rounds: int = 400) -> str:
    """Measure the three arms in one run."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        arms = {
            STEP: _step(folder),
            SEALED: _bare(folder, rounds, "sealed", seal),
            BARE: _bare(folder, rounds, "bare", lambda _: None),
            COLUMN: _column(folder),
        }
        found = paired(arms, rounds)
    lines = [
        [
            arm,
            ms(found.median(arm)),
            ms(found.cpu_median(arm)),
            times(found.ratio(arm, BARE)),
            times(found.ratio(arm, COLUMN)),
        ]
        for arm in found.seconds
    ]
    ratio = found.ratio(STEP, BARE)
    return (
        heading("A durable step")
        + f"\nTwo committed, fsynced transactions of one event each; {rounds} rounds.\n\n"
        + rows(["what", "median", "processor", "to the same rows", "to one column"], lines)
        + f"\nGoal: at most {GOAL} x the same rows: {times(ratio)}, {judged(ratio, GOAL)}.\n"
        + f"The seal alone: {times(found.ratio(SEALED, BARE))} the same rows without it, and "
        + f"{times(found.cpu_median(SEALED) / found.cpu_median(BARE))} their processor time.\n"
    )


def _drafts() -> tuple[Draft, Draft]:
    """Return an action's intent and its settlement, as a run writes them."""
    told = {one.kind: one for one in story("INC-0001", 50)}
    return (
        replace(told["action_intended"], once=None, evidence={}),
        replace(told["action_settled"], once=None, evidence={}),
    )


def _begun(path: Path) -> SqliteTimeline:
    """Return a timeline in which the run stands, and some of its history."""
    timeline = opened(path)
    timeline.append(tuple(story("INC-0001", _HISTORY))[:-10])
    _grow_log(path)
    return timeline


def _grow_log(path: Path) -> None:
    """Let the write-ahead log have its full size already: a growing file syncs more slowly."""
    db = _connection(path)
    db.execute("CREATE TABLE large(x BLOB)")
    db.execute("INSERT INTO large VALUES(randomblob(8000000))")
    db.execute("DROP TABLE large")
    db.execute("PRAGMA wal_checkpoint(RESTART)")
    db.close()


def _step(folder: Path) -> Callable[[], object]:
    timeline = _begun(folder / "ours.db")
    intended, settled = _drafts()

    def step() -> None:
        timeline.append((intended,))
        timeline.append((settled,))

    return step


def _bare(
    folder: Path, rounds: int, name: str, end: Callable[[sqlite3.Connection], None]
) -> Callable[[], object]:
    """Return an arm that inserts, bare, rows that our own append made for the same place.

    `end` is done in each transaction before it is committed.
    """
    made = folder / f"{name}-model.db"
    model = _begun(made)
    history = _rows(model.path, after=0)
    for _ in range(rounds + 1):
        for one in _drafts():
            model.append((one,))
    model.close()
    path = folder / f"{name}.db"
    opened(path).close()
    db = _connection(path)
    for row in history:
        _commit(db, row, end)
    _grow_log(path)
    waiting = iter(_rows(made, after=len(history)))

    def bare() -> None:
        _commit(db, next(waiting), end)
        _commit(db, next(waiting), end)

    return bare


def _rows(path: Path, after: int) -> list[_Row]:
    db = _connection(path)
    events = db.execute(
        f"SELECT {','.join(COLUMNS)} FROM event WHERE pos>? ORDER BY pos",  # noqa: S608  # constants
        (after,),
    ).fetchall()
    bodies = db.execute("SELECT * FROM body WHERE pos>? ORDER BY pos", (after,)).fetchall()
    db.close()
    return list(zip(events, bodies, strict=True))


def _commit(db: sqlite3.Connection, row: _Row, end: Callable[[sqlite3.Connection], None]) -> None:
    event, body = row
    db.execute("BEGIN IMMEDIATE")
    db.execute(_EVENT, event)
    db.execute("INSERT INTO body VALUES(?,?,?,?)", body)
    end(db)
    db.execute("COMMIT")


def _column(folder: Path) -> Callable[[], object]:
    db = _connection(folder / "column.db")
    db.execute("CREATE TABLE one(x TEXT)")
    _grow_log(folder / "column.db")

    def column() -> None:
        for _ in range(2):
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO one VALUES('x')")
            db.execute("COMMIT")

    return column


def _connection(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        db.execute(f"PRAGMA {setting}")
    db.execute("PRAGMA recursive_triggers=ON")
    db.execute("PRAGMA secure_delete=ON")
    return db
