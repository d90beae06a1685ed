"""Prometheus' text format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.adapters.exposition_text import samples_only, series, value_of

PAGE = """# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000
http_requests_total_more 9

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
broken NaN
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320 # {trace_id="a}b"} 0.67 1520879607.789
brace{text="a}b{c,d=e"} 5
trailing{a="1",} 6
"""  # noqa: E501  # from prometheus.io/docs/instrumenting/exposition_formats, and odd ones


def test_labels_and_values_are_read() -> None:
    found = series(PAGE, "http_requests_total")

    assert found == {
        (("code", "200"), ("method", "post")): 1027.0,
        (("code", "400"), ("method", "post")): 3.0,
    }


def test_escapes_are_undone() -> None:
    ((labels, value),) = series(PAGE, "msdos_file_access_time_seconds").items()

    assert dict(labels) == {"path": "C:\\DIR\\FILE.TXT", "error": 'Cannot find file:\n"FILE.TXT"'}
    assert value == 1.458255915e9


@pytest.mark.parametrize("name", ["something_weird", "broken", "missing", "http_requests"])
def test_what_is_no_number_is_no_data(name: str) -> None:
    assert series(PAGE, name) == {}


def test_exemplars_braces_and_trailing_commas_are_borne() -> None:
    assert len(series(PAGE, "http_request_duration_seconds_bucket")) == 2
    assert series(PAGE, "brace") == {(("text", "a}b{c,d=e"),): 5.0}
    assert series(PAGE, "trailing") == {(("a", "1"),): 6.0}
    assert value_of(PAGE, "metric_without_timestamp_and_labels") == 12.47


def test_only_samples_are_kept() -> None:
    kept = samples_only(PAGE)

    assert "#" not in kept.replace("# {trace", "")
    assert series(kept, "http_requests_total") == series(PAGE, "http_requests_total")


@pytest.mark.parametrize(
    "line",
    ["up 1", "up", "up x\n", "up 1_0\n", "up \u0661\n", "up{a=1} 1\n", "1up 1\n", 'up{a="\n 1\n'],
)
def test_a_torn_or_odd_line_is_no_sample(line: str) -> None:
    assert series(line, "up") == {}


@given(st.text())
def test_any_page_is_read_without_an_error(page: str) -> None:
    series(samples_only(page), "up")
    series(page, "a.b|c")


LABEL = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=8)


@given(LABEL, st.floats(allow_nan=False, allow_infinity=False))
def test_what_was_written_is_what_is_read(label: str, value: float) -> None:
    written = label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    if len(written.splitlines()) > 1:
        return

    assert series(f'up{{a="{written}"}} {value!r}\n', "up") == {(("a", label),): value}
