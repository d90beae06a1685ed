"""Prometheus, on a real server: NaN and an empty answer are no data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mlrespond.adapters.prometheus import Config, build
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError
from mlrespond.lab.deadline import wait_until
from mlrespond.model.reading import Window
from mlrespond.ports.service import Metrics
from mlrespond.testing.contract.metrics import MetricsContract

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("prometheus")]


def store(url: str, site: Site) -> Metrics:
    return build(Config(kind="prometheus", url=url), site)


@pytest.fixture
def metrics(prometheus_url: str, site: Site) -> Metrics:
    return store(prometheus_url, site)


@pytest.fixture
def at(metrics: Metrics) -> datetime:
    """Return a whole second at which the store had its samples for some while."""

    def scraped() -> bool:
        return bool(metrics.instant("requests_total", datetime.now(UTC) - timedelta(seconds=4)))

    assert wait_until(scraped, 120.0, every_s=0.2)
    return datetime.now(UTC).replace(microsecond=0)


class TestPrometheus(MetricsContract):
    @pytest.fixture
    def unreachable(self, site: Site) -> Metrics:
        return store("http://127.0.0.1:9", site)


def test_a_ratio_without_traffic_is_no_data(metrics: Metrics, at: datetime) -> None:
    query = "sum(rate(requests_total[10s])) / sum(rate(requests_total[10s]))"

    assert metrics.instant(query, at) == ()
    assert metrics.range(query, Window(since=at - timedelta(seconds=3), until=at), 1.0) == ()


def test_a_number_is_one_sample_without_labels(metrics: Metrics, at: datetime) -> None:
    (sample,) = metrics.instant("42", at)

    assert (dict(sample.labels), sample.value) == ({}, 42.0)


def test_what_gives_no_vector_is_told(metrics: Metrics, at: datetime) -> None:
    with pytest.raises(BadReplyError, match="no vector"):
        metrics.instant("requests_total[10s]", at)
