"""Predictions in files: JSON lines and CSV under the same laws, and large files read quickly."""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.adapters import timed_lines
from mlrespond.adapters.files import Config, build
from mlrespond.adapters.log_rows import Written
from mlrespond.adapters.site import Site
from mlrespond.adapters.tally import CategoryTally, NumberTally, Place, as_text, quantile
from mlrespond.errors import NotThereError, UnsupportedError
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json
from mlrespond.model.reading import FeatureSpec, Window
from mlrespond.ports.service import Predictions, ServedLog
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.predictions import (
    CONFIG,
    LABELS,
    NOW,
    START,
    WINDOW,
    Log,
    PredictionsContract,
    Record,
    row,
)
from mlrespond.testing.contract.served_log import ServedLogContract


class FullLog(Predictions, ServedLog, Protocol):
    """What is under test."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def opened(site: Site, ending: str = "jsonl", *, without: str = "") -> FullLog:
    labels = {**LABELS, "path": f"labels/*.{ending}"}
    written = {"kind": "files", "path": f"logs/*.{ending}", **CONFIG, "labels": labels}
    written.pop(without, None)
    built = build(Config.model_validate(written), site)
    assert isinstance(built, ServedLog)
    return built


def write_lines(path: Path, rows: Sequence[Record]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))


def filler(after_s: float) -> str:
    """Return a good megabyte of rows far from any window."""
    odd = "x" * 1_000
    lines = (json.dumps(row(n, after_s + n, odd=odd)) + "\n" for n in range(1_200))
    return "".join(lines)


BEFORE, AFTER = filler(-50_000), filler(50_000)


def write_csv(path: Path, rows: Sequence[Record]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0] if rows else ["served_at"])
        for one in rows:
            writer.writerow("" if one[name] is None else one[name] for name in rows[0])


class TestJsonLines(PredictionsContract, ServedLogContract):
    @pytest.fixture
    def log(self, site: Site) -> Log:
        def made(rows: Sequence[Record], labels: Sequence[Record]) -> FullLog:
            write_lines(site.folder / "logs" / "a.jsonl", rows[::2])
            write_lines(site.folder / "logs" / "b.jsonl", rows[1::2])
            write_lines(site.folder / "labels" / "l.jsonl", labels)
            return opened(site)

        return made


class TestCsv(PredictionsContract, ServedLogContract):
    @pytest.fixture
    def log(self, site: Site) -> Log:
        def made(rows: Sequence[Record], labels: Sequence[Record]) -> FullLog:
            write_csv(site.folder / "logs" / "a.csv", rows)
            write_csv(site.folder / "labels" / "l.csv", labels)
            return opened(site, "csv")

        return made


class TestLargeJsonLines(PredictionsContract, ServedLogContract):
    """The same laws where only the part of the file round the window is read."""

    @pytest.fixture
    def log(self, site: Site) -> Log:
        def made(rows: Sequence[Record], labels: Sequence[Record]) -> FullLog:
            path = site.folder / "logs" / "a.jsonl"
            write_lines(path, rows)
            path.write_text(BEFORE + path.read_text() + AFTER)
            assert path.stat().st_size > 2 * timed_lines.WHOLE
            write_lines(site.folder / "labels" / "l.jsonl", labels)
            return opened(site)

        return made


def test_a_log_that_is_not_there_is_said(site: Site) -> None:
    with pytest.raises(NotThereError, match="logs"):
        opened(site).profile(WINDOW)


def test_a_folder_whose_name_is_a_pattern_is_a_folder(site: Site) -> None:
    odd = replace(site, folder=site.folder / "a[1]*")
    odd.folder.mkdir()
    write_lines(odd.folder / "logs" / "a.jsonl", [row(1)])

    assert opened(odd).profile(WINDOW).n == 1


def test_an_absolute_path_is_taken_as_it_is(site: Site) -> None:
    write_lines(site.folder / "logs" / "a.jsonl", [row(1)])
    elsewhere = replace(site, folder=site.folder / "nowhere")
    written = {"kind": "files", "path": f"{site.folder}/**/*.jsonl", **CONFIG}

    predictions = build(Config.model_validate(written), elsewhere)

    assert predictions.profile(WINDOW).n == 1


def test_no_file_of_labels_means_none_came_yet(site: Site) -> None:
    write_lines(site.folder / "logs" / "a.jsonl", [row(1)])

    counts = opened(site).labels(WINDOW)

    assert (counts.predicted, counts.labelled) == (1, 0)


@pytest.mark.parametrize("missing", ["labels", "decision"])
def test_without_labels_or_decisions_nothing_can_be_held_against_truth(
    site: Site, missing: str
) -> None:
    with pytest.raises(UnsupportedError) as raised:
        opened(site, without=missing).labels(WINDOW)

    assert missing in raised.value.hint


def test_lines_that_cannot_be_read_are_counted_not_fatal(site: Site) -> None:
    good = json.dumps(row(1)).encode()
    lines = [good, b"{", b"[]", b"\xff\xfe", b"null", b"", b"1" * 5000, b"[" * 5000, good, b'{"to']
    (site.folder / "logs").mkdir()
    (site.folder / "logs" / "a.jsonl").write_bytes(b"\n".join(lines))

    profile = opened(site).profile(WINDOW)

    assert (profile.n, profile.unreadable) == (2, 6)  # the torn last line is being written


def test_rows_of_csv_that_are_cut_short_are_counted(site: Site) -> None:
    write_csv(site.folder / "logs" / "a.csv", [row(1), row(2)])
    path = site.folder / "logs" / "a.csv"
    path.write_text(path.read_text() + "r3,2026-11-22T10:00:00Z\n" + "a," * 30 + "\n")

    profile = opened(site, "csv").profile(WINDOW)

    assert (profile.n, profile.unreadable) == (2, 2)


def test_odd_values_are_no_numbers(site: Site) -> None:
    odd: list[Json] = [float("nan"), float("inf"), True, [1], {"a": 1}, 10**400, "1", 7]
    write_lines(site.folder / "logs" / "a.jsonl", [row(n, amount=one) for n, one in enumerate(odd)])

    feature = opened(site).profile(WINDOW).feature("amount")

    assert feature is not None
    assert (feature.n, feature.nulls, feature.mismatched, feature.median) == (8, 2, 5, 7.0)


def test_a_category_may_be_a_number_but_no_list(site: Site) -> None:
    odd: list[Json] = [5411, 5411.0, "5411", True, [1], 0.5]
    rows = [row(n, country=one) for n, one in enumerate(odd)]
    write_lines(site.folder / "logs" / "a.jsonl", rows)

    feature = opened(site).profile(WINDOW).feature("country")

    assert feature is not None
    assert (feature.categories, feature.mismatched) == ({"5411": 2, "true": 1}, 3)


def test_a_profile_holds_no_more_than_the_commonest_categories(site: Site) -> None:
    rows = [row(n, country=f"c{n}") for n in range(500)] + [row(n, country="DE") for n in range(5)]
    write_lines(site.folder / "logs" / "a.jsonl", rows)

    feature = opened(site).profile(WINDOW).feature("country")

    assert feature is not None
    assert (feature.distinct, len(feature.categories), feature.n) == (501, 200, 505)
    assert feature.categories["DE"] == 5


def after(number: int, seconds: float) -> float:
    return seconds * number - 40_000 + (3 if number % 7 == 0 else 0)


def big(path: Path, rows: int, seconds: float) -> None:
    """Write a log in time order, with some lines swapped and a few misdated."""
    lines = [json.dumps(row(n, after(n, seconds))) for n in range(rows)]
    lines[rows // 2] = json.dumps(row(0, -(10**9)))
    lines[rows // 3] = json.dumps(row(0, 10**9))
    lines[rows // 4] = "{"
    path.parent.mkdir()
    path.write_text("\n".join(lines) + "\n")


def inside(rows: int, seconds: float) -> set[int]:
    """Return which of its rows lie in WINDOW."""
    spoilt = {rows // 2, rows // 3, rows // 4}
    return {n for n in range(rows) if 0 <= after(n, seconds) < 600} - spoilt


def test_a_window_of_a_large_log_is_found_with_little_reading(site: Site) -> None:
    path = site.folder / "logs" / "a.jsonl"
    big(path, 100_000, 0.6)
    parsed = 0

    def parse(line: bytes) -> tuple[datetime, str] | None:
        nonlocal parsed
        parsed += 1
        try:
            found = json.loads(line)
        except ValueError:
            return None
        return parse_iso(found["served_at"]), found["request_id"]

    found = list(timed_lines.between(path, WINDOW.since, WINDOW.until, parse))

    assert {one[1] for one in found if one} == {f"r{n}" for n in inside(100_000, 0.6)}
    assert parsed < 5_000
    assert opened(site).profile(WINDOW).n == len(found)


def test_the_ends_of_a_large_log_are_found_too(site: Site) -> None:
    write_lines(site.folder / "logs" / "a.jsonl", [row(n, n) for n in range(8_000)])
    predictions = opened(site)

    def count(since_s: float, until_s: float) -> int:
        window = Window(
            since=START + timedelta(seconds=since_s), until=START + timedelta(seconds=until_s)
        )
        return predictions.profile(window).n

    assert count(-100, 10) == 10
    assert count(7_990, 9_999) == 10
    assert count(-900, -100) == count(9_000, 9_900) == 0
    assert count(-900, 9_000) == 8_000
    assert count(2_500, 2_501) == 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.sampled_from([0.25, 0.5, 0.75]))
def test_quantiles_are_those_of_the_standard_library(numbers: list[float], share: float) -> None:
    if len(numbers) == 1:
        numbers *= 2
    expected = statistics.quantiles(numbers, n=4, method="inclusive")[int(share * 4) - 1]

    assert quantile(sorted(numbers), share) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_quantiles_of_extremes_do_not_overflow() -> None:
    assert quantile([-1.7e308, 1.7e308], 0.5) == 0
    assert quantile([], 0.5) is None


PLACE = Place(at=START, slice=0, entity="c1")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS | st.builds(Written, st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


@given(st.lists(VALUES, max_size=20))
def test_every_value_is_counted_once(values: list[Json]) -> None:
    number, category = NumberTally("a", FeatureSpec(type="number")), CategoryTally("b")
    for value in values:
        number.add(value, PLACE)
        category.add(value, PLACE)

    one, other = number.profile(), category.profile()

    assert one.n == other.n == len(values)
    assert one.nulls + one.mismatched <= one.n
    assert other.nulls + other.mismatched + sum(other.categories.values()) == other.n


@pytest.mark.parametrize(("one", "other"), [(True, "true"), (False, "false"), (1, "1"), (1.0, "1")])
def test_labels_are_the_same_in_any_file(one: Json, other: str) -> None:
    assert as_text(one) == as_text(Written(other)) == other


@given(
    st.lists(st.integers(-2_000, 2_000), max_size=200),
    st.integers(-2_000, 2_000),
    st.integers(1, 900),
)
def test_reading_a_part_is_reading_all(
    tmp_path_factory: pytest.TempPathFactory, times: list[int], since: int, length: int
) -> None:
    path = tmp_path_factory.mktemp("t") / "log.jsonl"
    ordered = sorted(times)
    write_lines(path, [row(n, after) for n, after in enumerate(ordered)])
    window = Window(
        since=START + timedelta(seconds=since), until=START + timedelta(seconds=since + length)
    )

    def parse(line: bytes) -> tuple[datetime, int] | None:
        number = int(json.loads(line)["request_id"][1:])
        return START + timedelta(seconds=ordered[number]), number

    found = list(timed_lines.between(path, window.since, window.until, parse))

    wanted = [n for n, after in enumerate(ordered) if since <= after < since + length]
    assert [one[1] for one in found if one] == wanted


def test_a_generated_text_is_counted_by_what_it_says_of_itself(site: Site) -> None:
    texts = ["All is well.", "I'm sorry, but I can't help with that.", "", None]
    rows = [
        row(number, number, answer=text, stop="length" if number == 1 else "stop")
        for number, text in enumerate(texts)
    ]
    site.path("logs").mkdir(parents=True)
    lines = "".join(json.dumps(one) + "\n" for one in rows)
    site.path("logs/a.jsonl").write_text(lines, encoding="utf-8")
    text = {"column": "answer", "finish": "stop", "json": True}
    written = {"kind": "files", "path": "logs/*.jsonl", **CONFIG, "text": text}

    profile = build(Config.model_validate(written), site).profile(WINDOW)

    assert profile.flags["text.empty"] == (2, 4)
    assert profile.flags["text.refusal"] == (1, 3)
    assert profile.flags["text.truncated"] == (1, 4)
    assert profile.flags["text.invalid_json"] == (3, 3)
    assert sum(of for _, of in profile.over_time["text.empty"]) == 4


def test_texts_and_judges_are_counted_in_parquet_as_in_lines(site: Site) -> None:
    rows = [
        row(
            n,
            n * 0.5,
            answer=("", "I can't help with that.", '{"a": 1}')[n % 3],
            won=("a", "b")[n % 2],
        )
        for n in range(60)
    ]
    written = {**CONFIG, "kind": "files", "text": {"column": "answer", "json": True}}
    written["judge"] = {"column": "won", "win": ["a"], "loss": ["b"]}
    write_lines(site.folder / "logs" / "a.jsonl", rows)
    pl.DataFrame(rows, strict=False).write_parquet(site.folder / "logs" / "a.parquet")

    found, expected = (
        build(Config.model_validate({**written, "path": f"logs/a.{ending}"}), site).profile(WINDOW)
        for ending in ("parquet", "jsonl")
    )

    assert found.flags["text.empty"] == (20, 60)
    assert found.flags["judge.win"] == (30, 60)
    assert found == expected
