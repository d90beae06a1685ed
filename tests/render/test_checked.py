"""Checks on the screen, for pipelines, and in Markdown: the same words, made harmless for each."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.model.word import VERDICTS
from mlrespond.render.checked import WIDTH, Checked, grouped, junit, plot, summary, table

WORSE = Checked(
    name="errors", verdict="fail", said="errors 4%", effect=0.03, low=0.02, high=0.04, margin=0.01
)
SAME = Checked(
    name="p95", verdict="pass", said="p95 as before", effect=0.0, low=-0.01, high=0.01, margin=0.02
)
UNKNOWN = Checked(name="golden", verdict="inconclusive", said="golden: nobody answered")
ANY = st.builds(
    Checked,
    name=st.text(max_size=20),
    verdict=st.sampled_from(VERDICTS),
    said=st.text(max_size=60),
    effect=st.none() | st.floats(-1, 1),
    low=st.none() | st.floats(-1, 1),
    high=st.none() | st.floats(-1, 1),
    margin=st.none() | st.floats(0, 1),
)


def test_a_table_draws_each_interval_between_better_and_worse() -> None:
    assert list(table([WORSE, SAME, UNKNOWN])) == [
        "    better    0     worse",
        "  ✗           │ ╎  ───●── errors 4%",
        "  ✓      ─────●─────    ╎ p95 as before",
        "  ?                       golden: nobody answered",
    ]


def test_without_an_interval_there_is_no_plot() -> None:
    assert list(table([UNKNOWN])) == ["  ? golden: nobody answered"]


def test_checks_of_a_name_share_a_line_and_each_failure_is_told() -> None:
    checks = [
        Checked(name="nulls", verdict="pass", said="a is there"),
        Checked(name="nulls", verdict="fail", said="b is gone"),
        Checked(name="nulls", verdict="fail", said="c is gone"),
        Checked(name="unit", verdict="pass", said="a as before"),
    ]

    assert list(grouped(checks)) == [
        "  ✗ nulls                ✗✗✓ b is gone",
        "  ✗ nulls                c is gone",
        "  ✓ unit                 a as before",
    ]


def test_what_merely_happened_fails_nothing() -> None:
    told = Checked(name="release", verdict="pass", said="1 → 2", happened=True)

    assert list(grouped([told])) == ["  • release              1 → 2"]
    assert 'failures="0"' in junit("s", [told])


@given(ANY)
def test_a_plot_is_as_wide_as_its_scale_or_not_there(one: Checked) -> None:
    assert len(plot(one)) in {0, WIDTH}


def test_junit_counts_failures_and_what_cannot_be_told_as_errors() -> None:
    suite = ET.fromstring(junit("gate", [WORSE, SAME, UNKNOWN]))[0]  # noqa: S314  # our own

    assert {key: suite.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    assert [one[0].tag for one in suite] == ["failure", "system-out", "error"]


@given(st.lists(ANY, max_size=4))
def test_whatever_is_said_the_xml_can_be_read(checks: list[Checked]) -> None:
    root = ET.fromstring(junit("s", checks))  # noqa: S314  # our own

    assert len(root[0]) == len(checks)


@given(st.lists(ANY, max_size=4))
def test_whatever_is_said_a_check_is_one_row_of_markdown(checks: list[Checked]) -> None:
    lines = list(summary("a service", "fail", "it is so", checks))

    assert sum(line.startswith("| ✗") or line[:3] in {"| ✓", "| ?"} for line in lines) == len(
        checks
    )


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_summary_says_the_verdict_first(verdict: str) -> None:
    first = next(iter(summary("x", verdict, "so", [])))  # type: ignore[arg-type]  # one of its words

    assert first.endswith(f"x: {verdict}")
