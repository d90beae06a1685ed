"""What every metrics store must do. Subclass, and define `metrics`, `at` and `unreachable`.

At the time `at`, `requests_total` has the value 120 with `version="6"` and 0 with `version="5"`,
`broken` is NaN, and nothing is named `nothing_total`. `unreachable` is a store that is down.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mlrespond.errors import InvalidInputError, RejectedError, UnreachableError
from mlrespond.model.reading import Window
from mlrespond.ports.service import Metrics


class MetricsContract:
    """A value is a value, zero is a value, and no data is nothing at all."""

    def test_a_sample_has_labels_and_a_value(self, metrics: Metrics, at: datetime) -> None:
        (sample,) = metrics.instant('requests_total{version="6"}', at)

        assert sample.value == 120
        assert sample.labels["version"] == "6"

    def test_nought_is_a_value(self, metrics: Metrics, at: datetime) -> None:
        (sample,) = metrics.instant('requests_total{version="5"}', at)

        assert sample.value == 0

    def test_each_series_is_a_sample(self, metrics: Metrics, at: datetime) -> None:
        found = metrics.instant("requests_total", at)

        assert {one.labels["version"]: one.value for one in found} == {"6": 120, "5": 0}

    def test_a_sum_is_one_sample(self, metrics: Metrics, at: datetime) -> None:
        (sample,) = metrics.instant("sum(requests_total)", at)

        assert sample.value == 120

    def test_a_sum_by_a_label_keeps_that_label(self, metrics: Metrics, at: datetime) -> None:
        found = metrics.instant("sum by (version) (requests_total)", at)

        assert {one.labels["version"]: one.value for one in found} == {"6": 120, "5": 0}

    def test_no_data_is_empty_and_never_nought(self, metrics: Metrics, at: datetime) -> None:
        assert metrics.instant("nothing_total", at) == ()
        assert metrics.instant("sum(nothing_total)", at) == ()
        assert metrics.instant("sum(increase(nothing_total[1m]))", at) == ()

    def test_nan_is_no_data(self, metrics: Metrics, at: datetime) -> None:
        assert metrics.instant("broken", at) == ()

    def test_a_range_has_a_point_every_step(self, metrics: Metrics, at: datetime) -> None:
        window = Window(since=at - timedelta(seconds=2), until=at)

        (found,) = metrics.range('requests_total{version="6"}', window, 1.0)

        assert found.labels["version"] == "6"
        assert found.points[-1] == (at, 120)
        assert [time for time, _ in found.points] == sorted(time for time, _ in found.points)

    def test_a_range_without_data_is_empty(self, metrics: Metrics, at: datetime) -> None:
        window = Window(since=at - timedelta(seconds=2), until=at)

        assert metrics.range("nothing_total", window, 1.0) == ()
        assert metrics.range("broken", window, 1.0) == ()

    def test_a_range_of_too_many_points_is_refused(self, metrics: Metrics, at: datetime) -> None:
        window = Window(since=at - timedelta(days=1), until=at)

        with pytest.raises(InvalidInputError):
            metrics.range("requests_total", window, 0.1)

    def test_what_is_no_query_is_refused(self, metrics: Metrics, at: datetime) -> None:
        with pytest.raises(RejectedError):
            metrics.instant("sum(", at)

    def test_a_store_that_is_down_is_unreachable(self, unreachable: Metrics, at: datetime) -> None:
        with pytest.raises(UnreachableError):
            unreachable.instant("requests_total", at)
