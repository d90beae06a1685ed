"""Any mutation of a valid file, through the command line: a message and a code, never a bug."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hostile import mutation
from tests.hostile.town import GOLDEN, PLAYBOOK, RUNBOOK, SERVICE, Said, Town, webhook

QUICK = """\
runbook: quick
title: Say that it is nothing
mitigated_when: "true"
steps:
  - id: over
    end: {as: no_fault}
"""
QUICKLY = ("--no-input", "--runbook", "quick", "--new-incident", "--park-after", "0s")
fuzzed = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))

Strategy: TypeAlias = st.SearchStrategy[bytes]


def calm(said: Said, *codes: int) -> Said:
    """It ended with one of the codes, and told why: no traceback, no bug."""
    assert said.code in codes, f"{said.args} ended with {said.code}: {said.all}"
    assert "Traceback" not in said.all
    assert "a bug" not in said.all
    assert "\x1b" not in said.all
    if said.code == 2:
        assert said.all.strip(), f"{said.args} says nothing"
    return said


@fuzzed
@given(data=st.data())
def test_a_settings_file(town: Town, data: st.DataObject) -> None:
    content = (town.folder / "mlir.yaml").read_bytes()
    town.write("mlir.yaml", data.draw(mutation.yaml_file(content)))
    alert = str(town.folder / "alert.json")

    linted = calm(town.mlir("lint"), 0, 2)
    calm(town.mlir("match", alert), 0, 1, 2)
    calm(town.mlir("show", "quick"), 2)
    calm(town.mlir("timeline"), 2)
    calm(town.mlir("lifecycle"), 0, 2)

    if linted.code == 2:
        assert calm(town.mlir("diagnose"), 2).err
        assert calm(town.mlir("respond", "--no-input"), 2).err
    town.write("mlir.yaml", content)


@fuzzed
@given(content=mutation.yaml_file(RUNBOOK.encode()))
def test_a_runbook(town: Town, content: bytes) -> None:
    town.write("runbooks/look-and-move.yaml", content)
    path = str(town.folder / "runbooks" / "look-and-move.yaml")

    linted = calm(town.mlir("lint", path), 0, 2)
    shown = calm(town.mlir("show", "look-and-move"), 0, 2)
    planned = calm(town.mlir("plan", "--runbook", "look-and-move"), 0, 1, 2, 9)

    if linted.code == 2 and b"runbook:" in content and b"services:" not in content:
        assert "look-and-move.yaml:" in linted.out
        assert (shown.code, planned.code) == (2, 2)


@fuzzed
@given(content=mutation.bytes_of(PLAYBOOK.encode()) | mutation.lines_of(PLAYBOOK.encode()))
def test_a_playbook(town: Town, content: bytes) -> None:
    town.write("playbooks/bad-scores.md", content)

    linted = calm(town.mlir("lint"), 0, 2)
    matched = calm(town.mlir("match", str(town.folder / "alert.json")), 0, 1, 2)

    if linted.code == 2:
        assert "bad-scores.md:" in linted.out
    assert (matched.code == 2) == (linted.code == 2)


@fuzzed
@given(content=mutation.json_file(webhook().encode()))
def test_an_alert(town: Town, content: bytes) -> None:
    _incident(town)

    matched = calm(town.mlir("match", "-", stdin=content), 0, 1, 2)
    ran = calm(town.mlir("respond", "--alert", "-", *QUICKLY, "--json", stdin=content), 0, 2)

    assert (ran.code == 2) == (matched.code == 2)
    calm(town.mlir("timeline", "--jsonl"), 0, 2)
    calm(town.mlir("audit"), 0)


@fuzzed
@given(content=mutation.json_lines("".join(f"{json.dumps(one)}\n" for one in GOLDEN[:3]).encode()))
def test_a_golden_set(town: Town, content: bytes) -> None:
    town.write("golden.jsonl", content)

    said = calm(town.mlir("diagnose", "--check", "golden"), 0, 1, 2, 9)

    assert said.code != 2 or "golden.jsonl:" in said.err


ROWS = json.dumps(
    {"served_at": "2026-11-25T03:00:00Z", "model_version": "6", "request_id": "r", "amount": 3.5}
).encode()


@fuzzed
@given(content=mutation.json_lines(ROWS) | mutation.bytes_of(ROWS), name=st.sampled_from("jc"))
def test_a_prediction_log(town: Town, content: bytes, name: str) -> None:
    town.write({"j": "logs/a.jsonl", "c": "logs/a.csv"}[name], content)

    calm(town.mlir("diagnose", "--json"), 0, 1, 9)


REGISTRY = {
    "aliases.json": b'{"champion": "6"}',
    "versions/6/version.json": b'{"created_at": "2026-11-02T00:00:00Z", "tags": {"a": "b"}}',
}


@pytest.mark.parametrize("name", REGISTRY)
@fuzzed
@given(data=st.data())
def test_a_registry(town: Town, name: str, data: st.DataObject) -> None:
    town.write(f"registry/fraud/{name}", data.draw(mutation.json_file(REGISTRY[name])))

    calm(town.mlir("diagnose", "--json"), 0, 1, 9)


def test_a_saved_plan(town: Town) -> None:
    town.write("runbooks/quick.yaml", QUICK)
    path = town.folder / "plan.json"
    calm(town.mlir("plan", "--runbook", "quick", "--out", str(path)), 0)

    @fuzzed
    @given(content=mutation.json_file(path.read_bytes()))
    def law(content: bytes) -> None:
        town.write("other.json", content)

        said = town.mlir("respond", "--no-input", "--plan", str(town.folder / "other.json"))

        calm(said, 0, 2, 5)

    law()
    calm(town.mlir("audit"), 0)


def _incident(town: Town) -> None:
    town.write("runbooks/quick.yaml", QUICK)
    said = calm(town.mlir("respond", SERVICE, *QUICKLY), 0)
    (name,) = set(re.findall(r"INC-\d{4}", said.all))
    calm(town.mlir("note", "-i", name, "it was hot"), 0)


READING: tuple[tuple[str, ...], ...] = (
    ("timeline", "--all"),
    ("timeline", "--jsonl"),
    ("incidents", "--all", "--json"),
    ("audit",),
    ("at", "now", SERVICE),
    ("postmortem", "--stdout"),
    ("timeline", "--search", "hot"),
    ("resume", "INC-0001"),
    ("diagnose",),
)


@pytest.mark.parametrize("damage", ["bytes", "cut", "text", "empty", "folder"])
def test_a_timeline_that_is_damaged(town: Town, damage: str) -> None:
    _incident(town)
    whole = town.copied(town.folder / "kept.db").read_bytes()

    @fuzzed
    @given(data=st.data())
    def law(data: st.DataObject) -> None:
        for extra in ("-wal", "-shm"):
            town.timeline.with_name(town.timeline.name + extra).unlink(missing_ok=True)
        _put(town.timeline, data.draw(_damages(whole)[damage]))

        for args in READING:
            calm(town.mlir(*args), 0, 1, 2, 6, 9)
        calm(town.mlir("note", "-i", "INC-0001", "still hot"), 0, 1, 2)

    law()


def _damages(whole: bytes) -> dict[str, st.SearchStrategy[bytes | None]]:
    def overwritten(at: int, piece: bytes) -> bytes:
        return whole[:at] + piece + whole[at + len(piece) :]

    return {
        "bytes": st.builds(
            overwritten, st.integers(0, len(whole) - 64), st.binary(min_size=1, max_size=64)
        ),
        "cut": st.integers(0, len(whole)).map(lambda end: whole[:end]),
        "text": st.just(b"this is no database\n" * 300),
        "empty": st.just(b""),
        "folder": st.none(),
    }


def _put(path: Path, content: bytes | None) -> None:
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)


def test_the_spool(town: Town) -> None:
    _incident(town)
    kept = town.copied(town.folder / "kept.db")
    content = _spooled_note(town, kept).encode()

    @fuzzed
    @given(data=st.data())
    def law(data: st.DataObject) -> None:
        folder = next(town.folder.glob("state/*/spool"))
        for old in folder.iterdir():
            old.unlink()
        (folder / "20261125T030000.000000Z-1-000001.json").write_bytes(
            data.draw(mutation.json_file(content))
        )

        calm(town.mlir("timeline"), 0)
        calm(town.mlir("note", "the next one"), 0)
        assert "the next one" in calm(town.mlir("timeline"), 0).out
        count = town.rows("SELECT COUNT(*) FROM body WHERE summary='the next one'")
        assert count != [(0,)], "one bad file in the spool keeps good notes out of the timeline"
        calm(town.mlir("audit"), 0)

    law()


def _spooled_note(town: Town, kept: Path) -> str:
    """Return the file of a note that was made while the timeline could not be opened."""
    for path in town.timeline.parent.iterdir():
        path.unlink()
    town.timeline.mkdir()
    calm(town.mlir("note", "-i", "INC-0001", "spooled"), 0)
    (found,) = town.folder.glob("state/*/spool/*.json")
    town.timeline.rmdir()
    shutil.copy(kept, town.timeline)
    return found.read_text()


def test_a_timeline_of_a_newer_program_is_read_and_notes_are_kept(town: Town) -> None:
    _incident(town)
    with contextlib.closing(sqlite3.connect(town.timeline)) as db:
        db.execute("PRAGMA user_version=99")

    assert "it was hot" in calm(town.mlir("timeline"), 0).out
    noted = calm(town.mlir("note", "still hot"), 0)
    refused = calm(town.mlir("respond", *QUICKLY), 1)

    assert "spool" in noted.err
    assert "upgrade" in refused.err
