"""Laws of the way from a log to a verdict, through every adapter of predictions.

Bad data gives a verdict with a reason: no traceback, and never a pass. The order of rows says
nothing, and nulls that come on top never turn a fail into a pass.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlrespond.adapters import files, warehouse
from mlrespond.adapters.site import Site
from mlrespond.errors import InvalidInputError
from mlrespond.judgment.arrival import judge_freshness, judge_volume
from mlrespond.judgment.drift import judge_drift
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import Json
from mlrespond.model.reading import FeatureSpec, Profile, Window
from mlrespond.model.verdict import Comparison, MetricVerdict, together
from mlrespond.ports.service import Predictions
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.predictions import CONFIG, START, WINDOW, Record, row

Written: TypeAlias = Callable[[Site, Sequence[Record]], Predictions]

MINUTES = timedelta(minutes=10)
PAST = Window(since=START - MINUTES, until=START)
NOW = WINDOW.until
ROWS = 800
STEP_S = 600 / ROWS
SPECS: Mapping[str, FeatureSpec] = {
    "amount": FeatureSpec(type="number", min=0, max=100),
    "country": FeatureSpec(type="category"),
}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def base(site: Site, rows: Sequence[Record], engine: str = "auto") -> Predictions:
    _folder(site).joinpath("a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    return _files(site, "jsonl", engine)


def polars(site: Site, rows: Sequence[Record]) -> Predictions:
    return base(site, rows, "polars")


def parquet(site: Site, rows: Sequence[Record]) -> Predictions:
    _write_parquet(_folder(site) / "a.parquet", rows)
    return _files(site, "parquet", "auto")


def table(site: Site, rows: Sequence[Record]) -> Predictions:
    _write_parquet(site.folder / "rows.parquet", rows)
    with duckdb.connect(str(site.folder / "logs.duckdb")) as file:
        made = "CREATE TABLE predictions AS SELECT * FROM read_parquet($1)"
        file.execute(made, [str(site.folder / "rows.parquet")])
    address = {"kind": "warehouse", "url": "duckdb://logs.duckdb", "table": "predictions"}
    return warehouse.build(warehouse.Config.model_validate({**CONFIG, **address}), site)


def _write_parquet(path: Path, rows: Sequence[Record]) -> None:
    """Write a table, where a column has one type: one of numbers and texts comes as texts."""
    pl.DataFrame(list(rows), strict=False, infer_schema_length=None).write_parquet(path)


def _folder(site: Site) -> Path:
    folder = site.folder / "logs"
    folder.mkdir(exist_ok=True)
    return folder


def _files(site: Site, ending: str, engine: str) -> Predictions:
    written = {**CONFIG, "kind": "files", "engine": engine, "path": f"logs/*.{ending}"}
    return files.build(files.Config.model_validate(written), site)


LOGS: Sequence[Written] = (base, polars, parquet, table)


def good(number: int, after_s: float, **fields: Json) -> Record:
    """Return a row as they usually are: numbers up to 96, three countries, forty customers."""
    usual: dict[str, Json] = {
        "amount": float(number * 31 % 97),
        "country": ("DE", "FR", "PT")[number * 7 % 11 % 3],
        "customer_id": f"c{number % 40}",
    }
    return row(number, after_s, **{**usual, **fields})


def past() -> list[Record]:
    return [good(n, n * STEP_S - 600) for n in range(ROWS)]


def present(n: int = ROWS, **fields: Json) -> list[Record]:
    return [good(n, n * STEP_S, **fields) for n in range(n)]


def profiles(found: Predictions) -> tuple[Profile, Profile]:
    before = found.profile(PAST)
    return before, found.profile(WINDOW, None, before.edges)


def judged(found: Predictions) -> tuple[MetricVerdict, ...]:
    before, now = profiles(found)
    return (
        *judge_inputs(now, before, SPECS, 0.05),
        *judge_drift(now, before, SPECS, 0.05),
        judge_volume(now.n, WINDOW.seconds, before.n, PAST.seconds),
        judge_freshness(now.newest, NOW, 300),
    )


def of(found: Predictions) -> Comparison:
    return together(judged(found))


@pytest.mark.parametrize("write", LOGS)
def test_good_data_passes(site: Site, write: Written) -> None:
    """So it is the badness of the rest that is told."""
    found = of(write(site, [*past(), *present()]))

    assert found.verdict == "pass"


def _renamed(rows: Sequence[Record]) -> list[Record]:
    names = {"amount": "amount_usd"}
    return [{names.get(key, key): value for key, value in one.items()} for one in rows]


def _alternately(rows: Sequence[Record], **fields: Json) -> list[Record]:
    return [{**one, **fields} if at % 2 else one for at, one in enumerate(rows)]


BAD: Mapping[str, list[Record]] = {
    "empty": [],
    "one row": present(1),
    "one row of nothing": present(1, amount=None, country=None),
    "all null": present(amount=None, country=None),
    "a fifth null": [good(n, n * STEP_S, amount=None if n % 5 == 0 else 7.0) for n in range(ROWS)],
    "NaN": present(amount=float("nan")),
    "infinite": present(amount=float("inf")),
    "minus infinite": _alternately(present(), amount=float("-inf")),
    "huge": present(amount=1e308),
    "texts for numbers": present(amount="a lot"),
    "mixed types": _alternately(present(), amount="a lot"),
    "no zone": [{**one, "served_at": str(one["served_at"])[:19]} for one in present()],
    "half without zone": [
        {**one, "served_at": "2026-11-22T10:05:00"} if at % 2 else one
        for at, one in enumerate(present())
    ],
    "local time said to be UTC": [good(n, n * STEP_S + 7200) for n in range(ROWS)],
    "no time": present(served_at=None),
    "column renamed": _renamed(present()),
    "column gone": [{k: v for k, v in one.items() if k != "country"} for one in present()],
}


IN_PART = {"a fifth null", "minus infinite", "mixed types", "half without zone"}
"""What is so in part was so before, and may go on or get better."""

TOLD: Mapping[str, str] = {
    "a fifth null": "nulls:amount",
    "all null": "nulls:amount",
    "NaN": "nulls:amount",
    "infinite": "nulls:amount",
    "minus infinite": "nulls:amount",
    "huge": "out_of_range:amount",
    "column renamed": "nulls:amount",
    "column gone": "nulls:country",
}
"""What a table of any kind can tell: the check that fails."""


ALIKE = {
    *("one row", "one row of nothing", "infinite", "minus infinite", "huge", "mixed types"),
    *("no time", "local time said to be UTC", "column gone"),
}
"""What a table counts by the query of another case; each costs a second there."""


@pytest.mark.parametrize(
    ("write", "case"),
    [(one, case) for one in LOGS for case in BAD if one is not table or case not in ALIKE],
)
def test_bad_data_gets_a_verdict_with_a_reason_and_no_pass(
    site: Site, write: Written, case: str
) -> None:
    found = of(write(site, [*past(), *BAD[case]]))

    assert found.verdict != "pass"
    assert found.reason
    assert all(one.said for one in found.metrics)
    failed = {one.name for one in found.metrics if one.verdict == "fail"}
    assert TOLD.get(case) in {*failed, None}


@pytest.mark.parametrize("write", [base, polars])
@pytest.mark.parametrize(
    ("case", "check"),
    [
        ("column renamed", "schema:amount"),
        ("column gone", "schema:country"),
        ("mixed types", "mismatched:amount"),
        ("texts for numbers", "mismatched:amount"),
        ("half without zone", "times"),
    ],
)
def test_lines_tell_what_a_table_cannot(site: Site, write: Written, case: str, check: str) -> None:
    found = of(write(site, [*past(), *BAD[case]]))

    assert check in {one.name for one in found.metrics if one.verdict == "fail"}


@pytest.mark.parametrize("case", sorted(set(BAD) - IN_PART))
def test_a_bad_past_is_no_pass_whatever_the_present(site: Site, case: str) -> None:
    before = [_earlier(one) for one in BAD[case]]

    for now in (present(), BAD[case]):
        found = of(base(site, [*before, *now]))
        assert found.verdict != "pass"
        assert found.reason
        assert all(one.said for one in found.metrics)


def _earlier(one: Record) -> Record:
    """Return a row ten minutes earlier; one of no readable time stays as it is."""
    try:
        return {**one, "served_at": iso(parse_iso(str(one["served_at"])) - MINUTES)}
    except InvalidInputError:
        return one


@given(rows=st.permutations(range(60)), lost=st.sampled_from([0, 7]))
@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_order_of_rows_says_nothing(site: Site, rows: list[int], lost: int) -> None:
    """Some rows are of one customer and one instant: theirs is no order either."""
    told = [_tied(n, lost) for n in range(60)]
    shuffled = [told[n] for n in rows]

    for write in (base, polars, parquet):
        assert profiles(write(site, shuffled)) == profiles(write(site, told))
        assert judged(write(site, shuffled)) == judged(write(site, told))


def test_the_order_of_rows_says_nothing_in_a_table(site: Site) -> None:
    told = [_tied(n, 7) for n in range(60)]
    (site.folder / "b").mkdir()
    other = replace(site, folder=site.folder / "b")

    one, turned = profiles(table(site, told)), profiles(table(other, told[::-1]))

    assert one == turned
    assert one == profiles(base(site, told))


def _tied(number: int, lost: int) -> Record:
    """Return one of 30 rows of then and 30 of now, of which two and two share all but a value."""
    amount = None if lost and number % lost == 0 else float(number * 7 % 5)
    after = number // 4 * 4 * 20.0 - 600
    return good(number, after, amount=amount, customer_id=f"c{number % 2}")


@pytest.mark.parametrize("over_s", [599.0, 0.0])
@given(
    amounts=st.lists(
        st.sampled_from([1.0, 50.0, 96.0, 500.0, -1.0, "a lot", None]), min_size=1, max_size=6
    ),
    more=st.integers(1, 900),
)
@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nulls_on_top_never_turn_a_fail_into_a_pass(
    site: Site, over_s: float, amounts: list[Json], more: int
) -> None:
    now = [good(n, n * STEP_S, amount=amounts[n % len(amounts)]) for n in range(ROWS)]
    at = [599.0 - over_s * n / more for n in range(more)]
    nulls = [good(n, one, amount=None, country=None) for n, one in enumerate(at)]

    found = of(base(site, [*past(), *now]))
    worse = of(base(site, [*past(), *now, *nulls]))

    verdicts = {one.name: one.verdict for one in worse.metrics}
    for one in found.metrics:
        assert one.verdict != "fail" or verdicts[one.name] != "pass"
    assert found.verdict != "fail" or worse.verdict == "fail"
