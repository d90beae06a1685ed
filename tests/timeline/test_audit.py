"""Whatever is done to the file behind our back, the audit names the first place of it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from mlrespond.adapters.system import SystemIds
from mlrespond.model.event import GENESIS, Evidence, body_digest, header, header_hash
from mlrespond.ports.timeline import Problem
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.timeline import STREAM, note, of_run
from mlrespond.timeline.row import COLUMNS
from mlrespond.timeline.sqlite import SqliteTimeline

LEDGER = "service:fraud"
LAST = 8
OURS = (1, 2, 3, 5, 6, 8)  # the positions of one stream
SEALED = (2, 3, 4, 6, 8)  # the last positions of the five commits
NAMED_BY = {"small": 2, "large": 4, "again": 6}  # evidence, and the first event that names it
PIECES = {
    "small": Evidence("text/plain", "sample", b"one row"),
    "large": Evidence("text/plain", "reading", b"many rows\n" * 500),
    "again": Evidence("text/plain", "profile", b"counts"),
}
CHANGED: dict[str, list[object]] = {
    "seq": [99, "x"],
    "v": [2],
    "epoch": [7],
    "attempt": [7, 1.5],
    "late": [1],
    "occurred_at": ["2026-11-22T03:12:07.000001Z", "2026-13-99Tnoon"],
    "recorded_at": ["2026-11-22T03:12:08.000000Z", b"\x00"],
}
POSITIONS = st.integers(1, LAST)
Statement: TypeAlias = tuple[str, tuple[object, ...]]
Tampering: TypeAlias = tuple[list[Statement], int]


def opened(path: Path) -> SqliteTimeline:
    ids = SystemIds()
    return SqliteTimeline(path, now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt)


@cache
def _whole() -> bytes:
    """Return a file of two streams, with evidence, whose last use of `again` is its second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timeline.db"
        timeline = opened(path)
        again = {"again": PIECES["again"]}
        timeline.append([note("one"), note("two", evidence={"small": PIECES["small"]})])
        timeline.append([of_run(0, "run_requested")])
        timeline.append([note("four", LEDGER, evidence={"large": PIECES["large"]})])
        timeline.append([of_run(1, "run_claimed"), of_run(1, evidence=again)])
        timeline.append([note("seven", LEDGER), note("eight", evidence=again)])
        timeline.close()
        return path.read_bytes()


@contextmanager
def _tampered(statements: list[Statement]) -> Iterator[SqliteTimeline]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timeline.db"
        path.write_bytes(_whole())
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA ignore_check_constraints=ON")
            names = db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
            for (name,) in names:
                db.execute(f"DROP TRIGGER {name}")
            for statement, values in statements:
                db.execute(statement, values)
        timeline = opened(path)
        yield timeline
        timeline.close()
        shutil.rmtree(folder, ignore_errors=True)


def _change_header(column: str, pos: int, value: object) -> Tampering:
    return [(f"UPDATE event SET {column}=? WHERE pos=?", (value, pos))], pos


def _change_body(column: str, pos: int, value: object) -> Tampering:
    return [(f"UPDATE body SET {column}=? WHERE pos=?", (value, pos))], pos


def _delete_events(pos: int, until: int) -> Tampering:
    gone = "DELETE FROM {} WHERE pos BETWEEN ? AND ?"
    both: list[Statement] = [(gone.format(one), (pos, until)) for one in ("body", "event")]
    return both, pos if until == LAST else until + 1


def _delete_body(pos: int) -> Tampering:
    return [("DELETE FROM body WHERE pos=?", (pos,))], pos


def _insert(of: int) -> Tampering:
    columns = ",".join(one for one in COLUMNS if one not in {"id", "seq"})
    copied = f"INSERT INTO event(id,seq,{columns}) SELECT 'forged',seq+9,{columns} FROM event"
    body = f"INSERT INTO body SELECT {LAST + 1},summary,data,salt FROM body WHERE pos=?"
    return [(f"{copied} WHERE pos=?", (of,)), (body, (of,))], LAST + 1


def _insert_between(pos: int) -> Tampering:
    """Put in a whole stream of one event, with a chain of its own that holds, and make room."""
    forged = forged_row()
    moves: list[Statement] = []
    for table in ("body", "event"):
        moves.append((f"UPDATE {table} SET pos=-pos-1 WHERE pos>=?", (pos,)))
        moves.append((f"UPDATE {table} SET pos=-pos WHERE pos<0", ()))
    columns = ",".join(COLUMNS)
    marks = ",".join("?" * len(COLUMNS))
    values = tuple(forged[one] for one in COLUMNS)
    moves.append((f"INSERT INTO event(pos,{columns}) VALUES(?,{marks})", (pos, *values)))
    moves.append(("INSERT INTO body VALUES(?,?,?,?)", (pos, *FORGED)))
    return moves, next(one for one in SEALED if one >= pos)


FORGED = ("it was so", '{"text":"it was so"}', "salt")


@cache
def forged_row() -> dict[str, object]:
    """Return an event's columns as the program would have written them."""
    with _tampered([]) as timeline:
        known = header(timeline.read(LEDGER)[0])
    summary, data, salt = FORGED
    told = {**known, "id": "forged", "stream": "incident:INC-9", "prev_hash": GENESIS}
    told["body_digest"] = body_digest(salt, summary, data)
    return {**told, "hash": header_hash(told)}


def _forge_erasure(pos: int, by: int) -> Tampering:
    """Take a text out, and say that it was erased, as an event that is no erasure."""
    both = "SELECT 'event:'||v.id,w.id FROM event v,event w WHERE v.pos=? AND w.pos=?"
    row = f"INSERT INTO erasure {both}"
    return [("DELETE FROM body WHERE pos=?", (pos,)), (row, (pos, by))], pos


def _exchange_evidence(one: str, other: str) -> Tampering:
    """Let two pieces of evidence change places."""
    two = (PIECES[one].digest, PIECES[other].digest)
    change = "UPDATE evidence SET digest=? WHERE digest=?"
    moves: list[Statement] = [(change, ("", two[0])), (change, two), (change, (two[1], ""))]
    return moves, min(NAMED_BY[one], NAMED_BY[other])


def _swap(pos: int, other: int) -> Tampering:
    """Let two events of one stream change places, their numbers in it included."""
    moves: list[Statement] = []
    for table in ("body", "event"):
        for before, after in ((pos, -1), (other, pos), (-1, other)):
            moves.append((f"UPDATE {table} SET pos=? WHERE pos=?", (after, before)))
    one, two = OURS.index(pos) + 1, OURS.index(other) + 1
    for seq, at in ((-1, pos), (two, other), (one, pos)):
        moves.append(("UPDATE event SET seq=? WHERE pos=?", (seq, at)))
    return moves, min(pos, other)


def _swap_across(pos: int) -> Tampering:
    """Let neighbours of two streams change places: no chain of a stream knows of it."""
    moves: list[Statement] = []
    for table in ("body", "event"):
        for before, after in ((pos, -1), (pos + 1, pos), (-1, pos + 1)):
            moves.append((f"UPDATE {table} SET pos=? WHERE pos=?", (after, before)))
    return moves, next(one for one in SEALED if one >= pos)


def _take_out_ledger() -> Tampering:
    """Take a whole stream out, and give its positions to the others."""
    moves: list[Statement] = []
    for table in ("body", "event"):
        moves.append((f"DELETE FROM {table} WHERE pos IN (4,7)", ()))
        for before, after in ((5, 4), (6, 5), (8, 6)):
            moves.append((f"UPDATE {table} SET pos=? WHERE pos=?", (after, before)))
    moves.append(("UPDATE sqlite_sequence SET seq=6 WHERE name='event'", ()))
    return moves, 4


def _of_seal(statement: str, pos: int) -> Tampering:
    place = next((one for one in SEALED if one > pos), LAST - 1) if "DELETE" in statement else pos
    return [(f"{statement} WHERE pos=?", (pos,))], place


def _of_evidence(name: str, statement: str) -> Tampering:
    return [(f"{statement} WHERE digest=?", (PIECES[name].digest,))], NAMED_BY[name]


TEXTS = st.sampled_from(["", "another", "42", "0" * 64])
TAMPERINGS = st.one_of(
    st.builds(_change_header, st.sampled_from(COLUMNS), POSITIONS, TEXTS.map(lambda t: f"{t}!")),
    st.sampled_from(sorted(CHANGED)).flatmap(
        lambda column: st.builds(
            _change_header, st.just(column), POSITIONS, st.sampled_from(CHANGED[column])
        )
    ),
    st.builds(
        _change_body,
        st.sampled_from(["summary", "data", "salt"]),
        POSITIONS,
        st.sampled_from(["", "{}", "[1]", '{"text":"other"}', b"\xff"]),
    ).filter(lambda one: one[0][0][1][0] != "{}" or one[1] not in {3, 5}),  # their data is {}
    st.tuples(POSITIONS, POSITIONS).map(lambda ends: _delete_events(min(ends), max(ends))),
    st.builds(_delete_body, POSITIONS),
    st.builds(_insert, POSITIONS),
    st.builds(_insert_between, POSITIONS),
    st.builds(_forge_erasure, POSITIONS, POSITIONS),
    st.lists(st.sampled_from(sorted(PIECES)), min_size=2, max_size=2, unique=True).map(
        lambda two: _exchange_evidence(*two)
    ),
    st.lists(st.sampled_from(OURS), min_size=2, max_size=2, unique=True).map(lambda p: _swap(*p)),
    st.builds(_swap_across, st.sampled_from([3, 4, 6, 7])),
    st.builds(_take_out_ledger),
    st.builds(
        _of_seal,
        st.sampled_from(["DELETE FROM seal", "UPDATE seal SET hash='0'"]),
        st.sampled_from(SEALED),
    ),
    st.builds(
        _of_evidence,
        st.sampled_from(sorted(PIECES)),
        st.sampled_from(
            [
                "DELETE FROM evidence",
                "UPDATE evidence SET bytes=x'00'",
                "UPDATE evidence SET bytes='text'",
                "UPDATE evidence SET bytes=substr(bytes,1,length(bytes)-1)",
                "UPDATE evidence SET size=size+1",
                "UPDATE evidence SET codec='raw' || codec",
            ]
        ),
    ),
)


def _position(problem: Problem) -> int:
    found = re.search(r"position (\d+)", problem.where)
    assert found is not None
    return int(found.group(1))


@given(TAMPERINGS)
@settings(max_examples=200, deadline=None)
def test_the_first_bad_place_of_any_tampering_is_named(tampering: Tampering) -> None:
    statements, place = tampering

    with _tampered(statements) as timeline:
        problems = timeline.audit().problems

    assert problems
    assert _position(problems[0]) == place


@given(st.binary(max_size=40))
@settings(max_examples=10, deadline=None)
def test_evidence_that_was_put_in_is_named_by_no_event(content: bytes) -> None:
    piece = Evidence("text/plain", "sample", content + b"!")
    row = "INSERT INTO evidence VALUES(?,'text/plain','raw',?,'sample',?)"

    with _tampered([(row, (piece.digest, len(piece.content), piece.content))]) as timeline:
        problems = timeline.audit().problems

    assert [one.what for one in problems] == [f"evidence {piece.digest[:12]} is named by none"]


def test_an_erasure_that_no_event_tells_is_no_erasure() -> None:
    with _tampered(_forge_erasure(4, 7)[0]) as timeline:
        report = timeline.audit()
        name = timeline.follow(3, 1)[0].id

    assert report.erased == ()
    assert [one.what for one in report.problems] == [
        "its content is missing and was not erased",
        "no event says that it was erased",
    ]
    assert report.problems[1].where == f"the erasure of event:{name}"


def _cut_off(since: int) -> list[Statement]:
    """Cut off the end, and set back all that could tell."""
    kept = "SELECT digest FROM event_evidence WHERE pos<?"
    tables = ("body", "event", "seal", "event_evidence")
    gone: list[Statement] = [
        (f"DELETE FROM evidence WHERE digest NOT IN ({kept})", (since,)),
        *((f"DELETE FROM {table} WHERE pos>=?", (since,)) for table in tables),
    ]
    return [*gone, ("UPDATE sqlite_sequence SET seq=? WHERE name='event'", (since - 1,))]


@given(st.sampled_from([3, 4, 5, 7]), st.sampled_from(["stream", "file"]), st.integers(12, 64))
@settings(max_examples=20, deadline=None)
def test_an_anchor_shows_an_end_that_was_cut_off_without_a_trace(
    since: int, of: str, length: int
) -> None:
    with _tampered([]) as timeline:
        report = timeline.audit()
        kept = (report.heads[STREAM] if of == "stream" else report.head)[:length]
        assert timeline.audit(kept).problems == ()
        assert timeline.audit(kept).anchored

    with _tampered(_cut_off(since)) as timeline:
        unseen, seen = timeline.audit(), timeline.audit(kept)

    assert unseen.problems == ()
    assert [one.where for one in seen.problems] == [f"anchor {kept[:12]}"]


def test_a_file_that_nobody_touched_has_no_problem() -> None:
    with _tampered([]) as timeline:
        report = timeline.audit()

    assert report.problems == ()
    assert (report.events, report.streams, report.evidence) == (LAST, 2, len(PIECES))
    assert set(report.heads) == {STREAM, LEDGER}
