"""A bundle is checked with nothing but itself, and comes into another timeline whole or not."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.crash.sweep import forked
from tests.timeline.bundled import (
    Members,
    changed,
    forged,
    lines,
    members,
    place,
    repacked,
    whole,
    written,
)
from tests.timeline.earlier.told import INCIDENT, SERVICE, told

from mlrespond.bootstrap.bundle import audit_file, export
from mlrespond.bootstrap.place import open_timeline
from mlrespond.errors import ConflictError, UnreadableError
from mlrespond.model.event import Draft, Evidence
from mlrespond.testing.clock import START
from mlrespond.testing.contract.timeline import note
from mlrespond.timeline.bundle import opened
from mlrespond.timeline.spooling import SpoolingTimeline

STREAM = f"incident:{INCIDENT}"
LEDGER, SECOND = f"service:{SERVICE}", "INC-0002"
COUNT = len(lines(members()))
PIECES = sorted(name for name in members() if name.startswith("evidence/"))
NUMBERS = st.integers(0, COUNT - 1)
NOTICE = Draft(
    stream="imports:INC-0001", kind="incident_imported", summary="", data={}, occurred_at=START
)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "x.bundle"
    path.write_bytes(whole())
    return path


@contextmanager
def timeline_in(folder: Path) -> Iterator[SpoolingTimeline]:
    folder.mkdir(exist_ok=True)
    timeline = open_timeline(place(folder))
    yield timeline
    timeline.close()


def erasure(stream: str, target: str) -> Draft:
    data = {"target": target, "reason": "a name"}
    return replace(note("erased", stream), kind="content_erased", data=data)


def adopt(timeline: SpoolingTimeline, path: Path, *, driven_here: bool = False) -> int:
    with opened(path) as found:
        return timeline.adopt(found, lambda _: NOTICE, driven_here=driven_here)


class TestExport:
    def test_the_same_timeline_makes_the_same_bytes(self, tmp_path: Path) -> None:
        timeline = open_timeline(written(tmp_path))

        first = export(timeline, INCIDENT, tmp_path / "one")
        second = export(timeline, INCIDENT, tmp_path / "two")

        assert first == second
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
        timeline.close()

    def test_each_event_is_a_cloud_event(self) -> None:
        for line in lines(members()):
            told = json.loads(line)
            assert told["specversion"] == "1.0"
            assert all(isinstance(told[name], str) for name in ("id", "source", "type", "time"))
            assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in told)

    def test_only_its_owner_may_read_it(self, tmp_path: Path) -> None:
        timeline = open_timeline(written(tmp_path))

        export(timeline, INCIDENT, tmp_path / "x")

        assert (tmp_path / "x").stat().st_mode & 0o077 == 0
        timeline.close()


def _drop(number: int) -> tuple[Members, int]:
    known = members()
    left = lines(known)
    gone = json.loads(left.pop(number))["data"]
    known["events.jsonl"] = b"".join(left)
    following = (
        at for at, one in enumerate(left) if at >= number and _stream(one) == gone["stream"]
    )
    return known, next(following, -1)


def _stream(line: bytes) -> str:
    return str(json.loads(line)["data"]["stream"])


def _swap(number: int, other: int) -> tuple[Members, int]:
    known = members()
    left = lines(known)
    left[number], left[other] = left[other], left[number]
    known["events.jsonl"] = b"".join(left)
    low, high = sorted((number, other))
    between = left[low : high + 1]
    same = [low + at for at, one in enumerate(between) if _stream(one) == _stream(left[low])]
    other_same = [at for at, one in enumerate(between) if _stream(one) == _stream(left[high])]
    if len(same) > 1:
        return known, low
    return known, low + other_same[0] if len(other_same) > 1 else -1


def _double(number: int) -> tuple[Members, int]:
    known = members()
    left = lines(known)
    left.insert(number + 1, left[number])
    known["events.jsonl"] = b"".join(left)
    return known, number + 1


def _truncate(number: int) -> tuple[Members, int]:
    known = members()
    known["events.jsonl"] = b"".join(lines(known)[:number])
    return known, -1


def _cut_in(number: int) -> tuple[Members, int]:
    known = members()
    left = lines(known)
    known["events.jsonl"] = b"".join([*left[:number], left[number][: len(left[number]) // 2]])
    return known, number


HEADER = sorted(set(json.loads(lines(members())[0])["data"]) - {"data", "summary", "salt"})


def _change(number: int, name: str, value: object) -> tuple[Members, int]:
    def change(told: dict[str, Any]) -> None:
        told["data"][name] = value

    known = members()
    left = lines(known)
    before = json.loads(left[number])["data"].get(name)
    left[number] = changed(left[number], change)
    known["events.jsonl"] = b"".join(left)
    return known, number if before != value else -2


def _envelope(number: int, name: str) -> tuple[Members, int]:
    def change(told: dict[str, Any]) -> None:
        told[name] = "another"

    known = members()
    left = lines(known)
    left[number] = changed(left[number], change)
    known["events.jsonl"] = b"".join(left)
    return known, number


def _piece(at: int, how: str) -> tuple[Members, int]:
    known = members()
    name = PIECES[at % len(PIECES)]
    digest = name[9:]
    names = (n for n, one in enumerate(lines(known)) if digest in json.dumps(json.loads(one)))
    place = next(names)
    if how == "delete":
        del known[name]
    else:
        known[name] = known[name][:-1] if how == "cut" else known[name] + b" "
    return known, place


def _member(name: str, how: str) -> tuple[Members, int]:
    known = members()
    if how == "delete":
        del known[name]
    elif how == "add":
        known["another.txt"] = b"x"
    else:
        known[name] = known[name] + b"\n "
    return known, -1


TAMPERINGS = st.one_of(
    st.builds(_drop, NUMBERS),
    st.tuples(NUMBERS, NUMBERS).filter(lambda two: two[0] != two[1]).map(lambda two: _swap(*two)),
    st.builds(_double, NUMBERS),
    st.builds(_truncate, NUMBERS),
    st.builds(_cut_in, NUMBERS),
    st.builds(
        _change,
        NUMBERS,
        st.sampled_from([*HEADER, "data", "summary", "salt"]),
        st.sampled_from(["", "another", 7, None, {"text": "x"}, "2026-11-22T03:12:07.000000Z"]),
    ).filter(lambda one: one[1] != -2),
    st.builds(_envelope, NUMBERS, st.sampled_from(["time", "subject", "type", "source", "id"])),
    st.builds(_piece, st.integers(0, 50), st.sampled_from(["delete", "cut", "longer"])),
    st.builds(
        _member,
        st.sampled_from(["postmortem.md", "evidence.jsonl"]),
        st.sampled_from(["delete", "add", "change"]),
    ),
)


@given(TAMPERINGS)
@settings(max_examples=150, deadline=None)
def test_the_first_bad_place_of_any_tampering_is_named(tampering: tuple[Members, int]) -> None:
    known, line = tampering

    with TemporaryDirectory() as folder:
        problems = audit_file(repacked(Path(folder) / "x", known)).problems

    assert problems
    if line >= 0:
        assert f"line {line + 1} " in f"{problems[0].where} "


def test_a_bundle_that_nobody_touched_is_whole(bundle: Path) -> None:
    report = audit_file(bundle)

    assert report.problems == ()
    assert (report.events, report.streams) == (COUNT, 2)
    assert len(report.erased) == 1


def test_a_manifest_that_was_made_to_fit_needs_an_anchor(bundle: Path, tmp_path: Path) -> None:
    head = audit_file(bundle).head
    known = members()
    left = lines(known)[:-1]
    cut = [json.loads(one)["data"] for one in left if _stream(one) == STREAM][-1]
    known["events.jsonl"] = b"".join(left)
    manifest = json.loads(known["manifest.json"])
    manifest["streams"][STREAM] = {"events": cut["seq"], "head": cut["hash"]}
    known["manifest.json"] = json.dumps(manifest).encode()

    found = audit_file(repacked(tmp_path / "y", known), head[:16])

    assert found.problems[-1].where == f"anchor {head[:12]}"


@pytest.mark.parametrize(
    ("stream", "incident", "what"),
    [
        ("incident:INC-0666", "INC-0666", "the bundle of INC-0001 has no such event"),
        ("imports:INC-0001", None, "the bundle of INC-0001 has no such event"),
        ("timeline", None, "the bundle of INC-0001 has no such event"),
        (STREAM, "INC-0666", "it is of INC-0666, and stands in INC-0001"),
    ],
)
def test_what_is_not_the_incidents_is_no_part_of_a_bundle(
    tmp_path: Path, stream: str, incident: str | None, what: str
) -> None:
    known = forged(members(), stream, kind="run_requested", incident=incident)

    (problem,) = audit_file(repacked(tmp_path / "y", known)).problems

    assert problem.what == what
    assert f"{stream} #" in problem.where


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "INC-1\n", ".hidden", "", "x" * 65])
def test_an_incident_whose_name_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    known = members()
    manifest = json.loads(known["manifest.json"])
    known["manifest.json"] = json.dumps({**manifest, "incident": name}).encode()

    problems = audit_file(repacked(tmp_path / "y", known)).problems

    assert "the incident's name is none that an incident has" in {one.what for one in problems}


def test_a_postmortem_that_says_something_else_is_noticed(tmp_path: Path) -> None:
    from hashlib import sha256

    known = members()
    known["postmortem.md"] = known["postmortem.md"].replace(b"fraud-scorer", b"another-one")
    manifest = json.loads(known["manifest.json"])
    manifest["members"]["postmortem.md"] = sha256(known["postmortem.md"]).hexdigest()
    known["manifest.json"] = json.dumps(manifest).encode()

    (problem,) = audit_file(repacked(tmp_path / "y", known)).problems

    assert (problem.where, problem.what) == ("postmortem.md", "it is not what the events say")


@given(st.binary(max_size=200), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_bytes_that_are_no_bundle_end_in_a_message(noise: bytes, at: int) -> None:
    known = whole()
    at %= len(known)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        for content in (noise, known[:at], known[:at] + noise + known[at + len(noise) :]):
            path.write_bytes(content)
            try:
                report = audit_file(path)
            except UnreadableError:
                continue
            assert report.problems or content == known or report.events == COUNT


class TestImport:
    def test_it_stands_as_it_stood(self, bundle: Path, tmp_path: Path) -> None:
        before = audit_file(bundle)

        with timeline_in(tmp_path / "b") as timeline:
            assert adopt(timeline, bundle) == COUNT
            after = timeline.audit()
            assert told(timeline)["ending"] == "mitigated"
            export(timeline, INCIDENT, tmp_path / "again")

        assert after.problems == ()
        assert after.erased == before.erased
        assert {stream: after.heads[stream] for stream in before.heads} == before.heads
        assert (tmp_path / "again").read_bytes() == whole()

    def test_again_it_changes_nothing(self, bundle: Path, tmp_path: Path) -> None:
        with timeline_in(tmp_path / "b") as timeline:
            adopt(timeline, bundle)
            before = timeline.follow(0)

            assert adopt(timeline, bundle) == 0
            assert timeline.follow(0) == before

    def test_a_newer_bundle_brings_what_came_since(self, bundle: Path, tmp_path: Path) -> None:
        with timeline_in(tmp_path / "b") as timeline:
            adopt(timeline, bundle)
            (tmp_path / "a").mkdir()
            origin = open_timeline(written(tmp_path / "a"))
            origin.append([note("one more", STREAM)])
            export(origin, INCIDENT, tmp_path / "newer")
            origin.close()

            assert adopt(timeline, tmp_path / "newer") == 1
            assert timeline.read(STREAM)[-1].summary == "one more"
            assert timeline.audit().problems == ()

    def test_where_it_is_driven_others_only_have_a_say(self, bundle: Path, tmp_path: Path) -> None:
        answered = forged(members(), STREAM, kind="question_answered", incident=INCIDENT)
        told = forged(answered, STREAM, kind="note_added", incident=INCIDENT)
        newer = repacked(tmp_path / "y", told)

        with timeline_in(tmp_path / "b") as timeline:
            adopt(timeline, bundle)

            assert adopt(timeline, newer, driven_here=True) == 2
            assert adopt(timeline, newer, driven_here=True) == 0
            came = [(one.kind, one.late) for one in timeline.read(STREAM)[-2:]]
            assert came == [("question_answered", True), ("note_added", False)]
            assert timeline.audit().problems == ()

    @pytest.mark.parametrize("order", [(SECOND, INCIDENT), (INCIDENT, SECOND)])
    @pytest.mark.parametrize("ours", [False, True])
    def test_a_services_second_incident_comes_in_without_its_first(
        self, tmp_path: Path, order: tuple[str, str], *, ours: bool
    ) -> None:
        (tmp_path / "a").mkdir()
        origin = open_timeline(written(tmp_path / "a"))
        first = next(one for one in origin.read(STREAM) if one.kind == "incident_opened")
        opening = replace(note(), kind=first.kind, summary=first.summary, data=first.data)
        said = replace(opening, stream=f"incident:{SECOND}", incident=SECOND)
        of_run = replace(note("seen", LEDGER), incident=INCIDENT, run=f"{INCIDENT}.1")
        epoch = max(one.epoch or 0 for one in origin.read(STREAM))
        origin.append([replace(of_run, epoch=epoch), said])
        for name in order:
            export(origin, name, tmp_path / name)
        origin.close()

        with timeline_in(tmp_path / "b") as timeline:
            if ours:
                timeline.append([note("ours", LEDGER)])
            for name in order:
                assert adopt(timeline, tmp_path / name) > 0
                assert not [one for one in timeline.read(LEDGER) if one.late]
            assert told(timeline)["ending"] == "mitigated"
            assert timeline.audit().problems == ()

    def test_what_was_erased_there_is_erased_here_to_the_last_byte(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        origin = open_timeline(written(tmp_path / "a"))
        (named,) = origin.append([note("Erika Mustermann", STREAM)])
        export(origin, INCIDENT, tmp_path / "before")
        origin.erase(f"event:{named.id}", erasure(STREAM, f"event:{named.id}"))
        export(origin, INCIDENT, tmp_path / "after")
        origin.close()

        with timeline_in(tmp_path / "b") as timeline:
            adopt(timeline, tmp_path / "before")
            assert adopt(timeline, tmp_path / "after") == 1
            left = [one.read_bytes() for one in (tmp_path / "b").glob("timeline.db*")]
            assert not [one for one in left if b"Mustermann" in one]
            assert f"event:{named.id}" in timeline.audit().erased
            assert timeline.audit().problems == ()

    def test_nothing_of_another_incident_is_erased(self, bundle: Path, tmp_path: Path) -> None:
        piece = Evidence("text/plain", "document", b"ours")
        with timeline_in(tmp_path / "b") as timeline:
            ours = note("ours", "incident:INC-9", incident="INC-9", evidence={"page": piece})
            (named,) = timeline.append([ours])
            known = members()
            for target in (f"event:{named.id}", f"evidence:{piece.digest}"):
                what = erasure("timeline", target)
                known = forged(known, "timeline", kind=what.kind, data=what.data)

            adopt(timeline, repacked(bundle, known))

            assert timeline.by_id(named.id).summary == "ours"
            assert timeline.evidence(piece.digest) == b"ours"
            assert timeline.audit().problems == ()

    def test_another_incident_of_the_same_name_is_refused(
        self, bundle: Path, tmp_path: Path
    ) -> None:
        with timeline_in(tmp_path / "b") as timeline:
            timeline.append([note("mine", STREAM)])
            before = timeline.follow(0)

            with pytest.raises(ConflictError, match="another incident INC-0001") as refused:
                adopt(timeline, bundle)

            assert timeline.follow(0) == before
            began = before[0].occurred_at
            assert f"this one at {began:%Y-%m-%dT%H:%M:%SZ}" in refused.value.message
            assert "mlir --timeline INC-0001-other.db import" in refused.value.hint

    def test_a_ledger_that_is_here_too_gets_the_others_looks(
        self, bundle: Path, tmp_path: Path
    ) -> None:
        with timeline_in(tmp_path / "b") as timeline:
            timeline.append([note("ours", "service:fraud-scorer")])

            assert adopt(timeline, bundle) == COUNT
            assert adopt(timeline, bundle) == 0
            ledger = timeline.read("service:fraud-scorer")
            assert ledger[0].summary == "ours"
            assert len(ledger) == 1 + sum(_stream(one) != STREAM for one in lines(members()))
            assert timeline.audit().problems == ()

    def test_an_alert_that_is_recorded_here_already_is_refused(
        self, bundle: Path, tmp_path: Path
    ) -> None:
        once = next(
            told["once"]
            for one in lines(members())
            if (told := json.loads(one)["data"])["once"] is not None
        )
        with timeline_in(tmp_path / "b") as timeline:
            timeline.append([note("ours", "incident:INC-9", once=once, incident="INC-9")])

            with pytest.raises(ConflictError, match="recorded here already, in INC-9"):
                adopt(timeline, bundle)

    def test_killed_anywhere_it_came_in_whole_or_not_at_all(
        self, bundle: Path, tmp_path: Path
    ) -> None:
        line, code, died = 60, -signal.SIGKILL.value, 0
        while code == -signal.SIGKILL:
            folder = tmp_path / str(line)
            code = forked(lambda folder=folder, line=line: _import(folder, bundle, line))  # type: ignore[misc]  # bound at once
            died += code == -signal.SIGKILL
            with timeline_in(folder) as timeline:
                assert len(timeline.follow(0)) in {0, COUNT + 1}
                adopt(timeline, bundle)
                assert len(timeline.follow(0)) == COUNT + 1
                assert timeline.audit().problems == ()
            line = int(line * 1.5)

        assert code == 0
        assert died > 8


def _import(folder: Path, bundle: Path, line: int) -> None:
    sys.settrace(_dying(line))
    with timeline_in(folder) as timeline:
        adopt(timeline, bundle)


def _dying(line: int) -> Callable[[FrameType, str, Any], Any]:
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401  # sys.settrace's signature
        nonlocal left
        if "/timeline/" not in frame.f_code.co_filename:
            return None
        left -= event == "line"
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace
