"""Strips of dots: each dot is on the axis once, in characters and in SVG."""

from __future__ import annotations

import re
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.usecases.test_report import NOW, store, three

from mlrespond.render.report.strip import Axis, axis_of, characters, svg
from mlrespond.render.report.text import show
from mlrespond.usecases.report import report
from mlrespond.usecases.report_figure import Dot

SECONDS = st.floats(min_value=-1e6, max_value=1e9, allow_nan=False)


def dots(*seconds: float) -> list[Dot]:
    return [Dot(name=f"INC-{n}", seconds=one) for n, one in enumerate(seconds)]


@given(st.lists(SECONDS, max_size=60), st.integers(2, 80))
def test_every_dot_is_counted_in_the_characters(seconds: list[float], width: int) -> None:
    known = dots(*seconds)

    line = characters(known, axis_of(known), width)

    assert len(line) == width
    counted = sum(1 if one == "•" else int(one) for one in line if one not in " #")
    assert counted == len(known) if "#" not in line else counted + 10 <= len(known)


@given(st.lists(SECONDS, max_size=60))
def test_every_dot_is_in_the_picture_with_its_name(seconds: list[float]) -> None:
    known = dots(*seconds)

    root = ET.fromstring(svg(known, axis_of(known), None, "a strip"))  # noqa: S314  # our own

    circles = [one for one in root if one.tag == "circle"]
    assert len(circles) == len(known)
    for one in circles:
        assert 0 <= float(one.attrib["cx"]) <= 480
        assert 0 <= float(one.attrib["cy"]) <= 56
    titles = [next(iter(one)).text or "" for one in circles]
    assert [title.partition(":")[0] for title in titles] == [one.name for one in known]


@given(st.lists(st.floats(0.001, 1e8), min_size=2, max_size=30))
def test_a_longer_time_stands_further_right(seconds: list[float]) -> None:
    axis = axis_of(dots(*seconds))

    places = [axis.place(one) for one in sorted(seconds)]

    assert places == sorted(places)
    assert all(0 < one < 1 for one in places)


def test_the_axis_is_of_powers_and_what_is_not_above_zero_stands_at_its_left() -> None:
    axis = Axis(low=1.0, high=10_000.0)

    assert [axis.place(one) for one in (1, 10, 100, 10_000)] == pytest.approx([0, 0.25, 0.5, 1])
    assert (axis.place(0), axis.place(-5), axis.place(1e9)) == (0, 0, 1)


def test_dots_in_one_place_are_a_number() -> None:
    axis = Axis(low=1.0, high=100.0)

    assert characters(dots(1, 1, 1, 100), axis, 9) == "3       •"
    assert characters(dots(*[1] * 12), axis, 3) == "#  "
    assert characters(dots(10), axis, 3, ascii_only=True) == " o "


def test_the_median_and_the_scale_are_drawn() -> None:
    found = svg(dots(60, 600), Axis(low=10.0, high=3600.0), 330.0, "t")

    assert "<title>median 5m30s</title>" in found
    assert re.findall(r"<text[^>]*>([^<]*)", found) == ["10s", "1m00s", "10m00s", "1h00m"]


def test_a_name_cannot_leave_its_place() -> None:
    found = svg([Dot(name='"><script>', seconds=1.0)], axis_of(dots(1)), None, "<b>")

    assert "<script" not in found
    assert "&lt;b&gt;" in found


class Narrow(StringIO):
    """A terminal of 80 columns."""

    def isatty(self) -> bool:
        return True


def test_a_narrow_terminal_gets_shorter_strips_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    page = Narrow()

    show(report(store(*three()), NOW), page)

    lines = page.getvalue().splitlines()
    assert max(len(line) for line in lines if "•" in line or ".." in line) <= 80
    assert sum(line.count("•") for line in lines) == 16  # those alone in their place
