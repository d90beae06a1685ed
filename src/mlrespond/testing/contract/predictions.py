"""What every log of predictions must do. Subclass, and define the fixture `log`.

`log(rows, labels)` makes a log that holds these records. Its configuration is CONFIG, and it is
NOW for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest

from mlrespond.model.amount import Buckets
from mlrespond.model.edge import FLAG_SLICES, SLICES
from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.model.reading import Clusters, LabelCounts, Window
from mlrespond.ports.service import Predictions

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
START = NOW - timedelta(hours=2)
WINDOW = Window(since=START, until=START + timedelta(minutes=10))
CONFIG: Mapping[str, Json] = {
    "time": "served_at",
    "version": "model_version",
    "id": "request_id",
    "entity": "customer_id",
    "score": "p",
    "decision": "decision",
    "features": {
        "amount": {"type": "number", "min": 0, "max": 100},
        "country": {"type": "category"},
    },
    "amounts": ["cost"],
}
LABELS: Mapping[str, Json] = {"on": "request_id", "column": "y", "mature_after": "1h"}

Record: TypeAlias = Mapping[str, Json]
Log: TypeAlias = Callable[[Sequence[Record], Sequence[Record]], Predictions]


def row(number: int, after_s: float = 0.0, **fields: Json) -> Record:
    """Return a served prediction; the time counts from the window's start."""
    return {
        "request_id": f"r{number}",
        "served_at": iso(START + timedelta(seconds=after_s)),
        "replica": "eu-1",
        "model_version": "6",
        "amount": 10.0,
        "country": "DE",
        "p": 0.5,
        "decision": "allow",
        "ok": True,
        "customer_id": f"c{number}",
        **fields,
    }


def label(number: int, truth: str) -> Record:
    """Return the label of a prediction."""
    return {"request_id": f"r{number}", "y": truth, "labelled_at": iso(NOW)}


class PredictionsContract:
    """Counts are exact, of the window and the version, and what cannot be read is counted."""

    def test_rows_of_the_window_are_counted_its_end_excluded(self, log: Log) -> None:
        rows = [row(1, -1), row(2, 0), row(3, 599), row(4, 600), row(5, 700)]

        profile = log(rows, []).profile(WINDOW)

        assert profile.n == 2
        assert profile.newest == START + timedelta(seconds=599)
        assert profile.window == WINDOW

    def test_flags_are_told_by_slice_of_time_and_by_who_asked(self, log: Log) -> None:
        rows = [
            row(1, 0, ok=False, customer_id="ana"),
            row(2, 2, customer_id="ana"),
            row(3, 2.5, ok=False, customer_id="ben"),
            row(4, 599.9, ok=None, customer_id="ben"),
        ]

        profile = log(rows, []).profile(WINDOW)

        over_time = profile.over_time["ok"]
        assert profile.flags["ok"] == (1, 3)
        assert len(over_time) == FLAG_SLICES
        assert over_time[:2] == ((1, 2), (0, 1))
        assert set(over_time[2:]) == {(0, 0)}
        assert profile.by_entity["ok"] == Clusters.of([(1, 2), (0, 1)])

    def test_no_rows_are_a_profile_of_none(self, log: Log) -> None:
        profile = log([row(1, 5000)], []).profile(WINDOW)

        assert (profile.n, profile.newest, profile.unreadable) == (0, None, 0)
        feature = profile.feature("amount")
        assert feature is not None
        assert (feature.n, feature.median) == (0, None)

    def test_rows_are_counted_by_the_version_that_served_them(self, log: Log) -> None:
        predictions = log([row(1), row(2, model_version="7"), row(3)], [])

        assert predictions.profile(WINDOW).by_version == {"6": 2, "7": 1}
        assert predictions.profile(WINDOW, "7").n == 1
        assert predictions.profile(WINDOW, "8").n == 0

    def test_numbers_are_told_by_quartiles_bounds_and_nulls(self, log: Log) -> None:
        amounts: list[Json] = [1.0, 2.0, 3.0, 4.0, 5.0, -1.0, 500.0, None]

        profile = log([row(n, amount=one) for n, one in enumerate(amounts)], []).profile(WINDOW)

        feature = profile.feature("amount")
        assert feature is not None
        assert (feature.n, feature.nulls, feature.out_of_range) == (8, 1, 2)
        assert (feature.low_quartile, feature.median, feature.high_quartile) == (1.5, 3.0, 4.5)
        assert feature.distinct == 7

    def test_categories_are_counted(self, log: Log) -> None:
        countries: list[Json] = ["DE", "DE", "FR", None]

        profile = log([row(n, country=one) for n, one in enumerate(countries)], []).profile(WINDOW)

        feature = profile.feature("country")
        assert feature is not None
        assert feature.categories == {"DE": 2, "FR": 1}
        assert (feature.n, feature.nulls, feature.distinct) == (4, 1, 2)

    def test_a_value_of_another_type_is_mismatched(self, log: Log) -> None:
        profile = log([row(1, amount="a lot"), row(2)], []).profile(WINDOW)

        feature = profile.feature("amount")
        assert feature is not None
        assert (feature.n, feature.mismatched, feature.median) == (2, 1, 10.0)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), None])
    def test_what_is_no_finite_number_is_a_null(self, log: Log, value: Json) -> None:
        profile = log([row(1, amount=value), row(2)], []).profile(WINDOW)

        feature = profile.feature("amount")
        assert feature is not None
        assert (feature.n, feature.nulls, feature.mismatched) == (2, 1, 0)
        assert (feature.median, feature.bins) == (10.0, (0, 1, 0))

    @pytest.mark.parametrize("value", [None, float("nan")])
    def test_a_column_of_nothing_has_no_numbers(self, log: Log, value: Json) -> None:
        profile = log([row(n, amount=value, country=None) for n in range(3)], []).profile(WINDOW)

        amount, country = profile.feature("amount"), profile.feature("country")
        assert amount is not None
        assert (amount.n, amount.nulls, amount.median, amount.distinct) == (3, 3, None, 0)
        assert (amount.edges, amount.bins, amount.slices) == ((), (), ())
        assert country is not None
        assert (country.n, country.nulls, country.categories) == (3, 3, {})

    def test_a_renamed_column_is_all_nulls_and_its_new_name_is_told(self, log: Log) -> None:
        rows = [{"amount_usd": 3.5, **row(n)} for n in range(3)]
        renamed = [{key: one[key] for key in one if key != "amount"} for one in rows]

        profile = log(renamed, []).profile(WINDOW)

        feature = profile.feature("amount")
        assert feature is not None
        assert (feature.n, feature.nulls) == (3, 3)
        assert "amount_usd" in profile.columns
        assert "amount" not in profile.columns

    def test_a_baseline_chooses_edges_and_counts_on_them_by_slice(self, log: Log) -> None:
        rows = [row(n, 2 * n, amount=float(n)) for n in range(300)]

        feature = log(rows, []).profile(WINDOW).feature("amount")

        assert feature is not None
        assert feature.edges == pytest.approx([29.9 * n for n in range(1, 10)])
        assert feature.bins == (30,) * 10
        assert len(feature.slices) == SLICES
        assert feature.slices[0] == (0, 10, *(0,) * 9)
        assert [sum(one) for one in feature.slices] == [10] * SLICES

    def test_a_common_number_has_a_bin_of_its_own(self, log: Log) -> None:
        rows = [row(n, amount=0.0 if n < 95 else 5.0) for n in range(100)]

        feature = log(rows, []).profile(WINDOW).feature("amount")

        assert feature is not None
        assert (len(feature.edges), feature.bins) == (2, (0, 95, 5))
        assert (feature.edges[1], feature.commonest) == (0.0, 95)

    def test_the_present_is_counted_on_the_edges_of_a_baseline(self, log: Log) -> None:
        rows = [row(n, n, amount=float(n)) for n in range(20)]

        profile = log(rows, []).profile(WINDOW, None, {"amount": (4.0, 9.5)})

        amount, country = profile.feature("amount"), profile.feature("country")
        assert amount is not None
        assert (amount.edges, amount.bins) == ((4.0, 9.5), (5, 5, 10))
        assert [sum(counts) for counts in zip(*amount.slices, strict=True)] == [0, 5, 5, 10]
        assert len(amount.slices) == SLICES
        assert country is not None
        assert len(country.slices) == SLICES
        assert profile.score is not None
        assert (profile.score.edges, profile.score.bins) == ((), ())

    def test_categories_are_counted_by_slice(self, log: Log) -> None:
        rows = [row(n, 2 * n, country="DE" if n % 3 else None) for n in range(300)]

        feature = log(rows, []).profile(WINDOW).feature("country")

        assert feature is not None
        assert feature.slices[0] == (4, 6, 0)
        assert len(feature.slices) == SLICES

    def test_what_an_entity_had_before_is_told(self, log: Log) -> None:
        rows = [
            row(1, 1, customer_id="a", amount=1.0),
            row(2, 2, customer_id="b", amount=1.0),
            row(3, 3, customer_id="a", amount=1.0),
            row(4, 4, customer_id="a", amount=None),
            row(5, 5, customer_id="a", amount=2.0),
            row(6, 6, customer_id="b", amount=3.0),
            row(7, 7, customer_id=None, amount=3.0),
        ]

        profile = log(rows, []).profile(WINDOW)

        amount, country = profile.feature("amount"), profile.feature("country")
        assert amount is not None
        assert (amount.repeats, amount.same) == (3, 1)
        assert country is not None
        assert (country.repeats, country.same) == (4, 4)

    @pytest.mark.parametrize("turn", [1, -1])
    def test_of_one_entity_and_instant_no_row_is_the_earlier(self, log: Log, turn: int) -> None:
        rows = [
            row(1, 1, customer_id="a", amount=2.0, country="PT"),
            row(2, 1, customer_id="a", amount=1.0, country="DE"),
            row(3, 2, customer_id="a", amount=2.0, country="PT"),
        ]

        profile = log(rows[::turn], []).profile(WINDOW)

        amount, country = profile.feature("amount"), profile.feature("country")
        assert amount is not None
        assert country is not None
        assert (amount.repeats, amount.same) == (2, 1)
        assert (country.repeats, country.same) == (2, 1)

    def test_the_score_is_a_number_too(self, log: Log) -> None:
        profile = log([row(1, p=0.1), row(2, p=0.3)], []).profile(WINDOW)

        assert profile.score is not None
        assert profile.score.median == pytest.approx(0.2)

    def test_flags_count_what_is_true_and_what_is_said(self, log: Log) -> None:
        profile = log([row(1), row(2, ok=False), row(3, ok=None)], []).profile(WINDOW)

        assert profile.flags["ok"] == (1, 2)

    def test_amounts_are_counted_in_buckets_by_slice_of_time(self, log: Log) -> None:
        costs = [0.5, 0.0, 120.25, None, -1.0, 1.0, 0.5]
        rows = [row(n, 100.0 * n - 1 if n else 0, cost=cost) for n, cost in enumerate(costs)]

        (told,) = log(rows, []).profile(WINDOW).amounts

        given = [(0, 0.5), (4, 0.0), (9, 120.25), (24, 1.0), (29, 0.5)]
        assert (told.name, told.n, told.missing) == ("cost", 5, 2)
        assert told.slices == tuple(
            Buckets.of(cost for place, cost in given if place == at) for at in range(SLICES)
        )
        assert told.whole == Buckets.of(cost for _, cost in given)

    def test_a_column_of_amounts_that_is_not_there_is_missing(self, log: Log) -> None:
        (told,) = log([row(1), row(2)], []).profile(WINDOW).amounts

        assert (told.n, told.missing) == (0, 2)

    @pytest.mark.parametrize("time", ["2026-11-22T10:05:00", "yesterday", "", None])
    def test_a_time_of_no_zone_is_unreadable(self, log: Log, time: Json) -> None:
        profile = log([row(1), row(2, served_at=time), row(3)], []).profile(WINDOW)

        assert (profile.n, profile.unreadable) == (2, 1)

    def test_a_time_of_another_zone_is_the_same_instant(self, log: Log) -> None:
        elsewhere = row(1, served_at="2026-11-22T11:00:00+01:00")

        assert log([elsewhere], []).profile(WINDOW).n == 1

    def test_rows_out_of_order_are_counted_all_the_same(self, log: Log) -> None:
        rows = [row(1, 610), row(2, 20), row(3, 5), row(4, 601), row(5, 30)]

        assert log(rows, []).profile(WINDOW).n == 3

    def test_labels_are_held_against_decisions(self, log: Log) -> None:
        rows = [row(1), row(2), row(3, decision="block"), row(4)]
        labels = [label(1, "allow"), label(2, "block"), label(3, "block")]

        counts = log(rows, labels).labels(WINDOW)

        assert counts == LabelCounts(window=WINDOW, predicted=4, mature=4, labelled=3, correct=2)

    def test_what_is_too_young_is_not_mature(self, log: Log) -> None:
        window = Window(since=NOW - timedelta(hours=2), until=NOW)
        young = row(2, served_at=iso(NOW - timedelta(minutes=59)))
        labels = [label(1, "allow"), label(2, "allow")]

        counts = log([row(1), young], labels).labels(window)

        assert (counts.predicted, counts.mature, counts.labelled) == (2, 1, 1)

    def test_a_failed_request_is_no_prediction(self, log: Log) -> None:
        failed = row(2, ok=False, p=None, decision=None)

        counts = log([row(1), failed], [label(1, "allow")]).labels(WINDOW)

        assert (counts.predicted, counts.correct) == (1, 1)

    def test_of_several_labels_the_last_one_counts(self, log: Log) -> None:
        counts = log([row(1)], [label(1, "allow"), label(1, "block")]).labels(WINDOW)

        assert (counts.labelled, counts.correct) == (1, 0)

    def test_labels_are_counted_by_version(self, log: Log) -> None:
        rows = [row(1), row(2, model_version="7")]

        counts = log(rows, [label(1, "allow"), label(2, "block")]).labels(WINDOW, "7")

        assert (counts.predicted, counts.labelled, counts.correct) == (1, 1, 0)

    def test_no_label_yet_is_none_labelled(self, log: Log) -> None:
        counts = log([row(1)], []).labels(WINDOW)

        assert (counts.predicted, counts.mature, counts.labelled) == (1, 1, 0)

    def test_a_prediction_without_a_name_has_no_label(self, log: Log) -> None:
        nameless = {**label(1, "allow"), "request_id": None}

        counts = log([row(1, request_id=None)], [nameless]).labels(WINDOW)

        assert (counts.predicted, counts.mature, counts.labelled) == (1, 1, 0)
