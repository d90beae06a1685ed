"""Open-loop traffic."""

from __future__ import annotations

import pytest
from tests.lab.observed import Lab, eventually, now

from mlrespond.lab.client import ask
from mlrespond.lab.control import Control
from mlrespond.lab.json_file import write_json
from mlrespond.lab.lines import read_lines
from mlrespond.lab.traffic import Schedule, Source
from mlrespond.model.codec import encode
from mlrespond.model.instant import parse_iso

HEALTHY = Control(seed=1, rate=60.0)


def test_requests_are_due_at_a_steady_pace() -> None:
    schedule = Schedule(lambda: 10.0)

    assert [schedule.next_due(4.0) for _ in range(4)] == [10.0, 10.25, 10.5, 10.75]


def test_what_could_not_be_sent_within_a_second_is_skipped() -> None:
    times = iter([0.0, 0.0, 60.0, 60.0])
    schedule = Schedule(lambda: next(times))
    schedule.next_due(2.0)

    assert [schedule.next_due(2.0), schedule.next_due(2.0)] == [59.0, 59.5]


def test_most_requests_have_one_row_and_every_row_a_customer_and_a_label() -> None:
    source = Source(1)

    drawn = [source.draw(HEALTHY) for _ in range(1000)]

    sizes = [len(asked.rows) for asked, _ in drawn]
    assert 900 < sizes.count(1) < 990
    assert set(sizes) == {1, 2, 3, 4}
    assert len({asked.id for asked, _ in drawn}) == 1000
    for asked, labels in drawn:
        assert len(asked.rows) == len(asked.customers) == len(labels)


def test_the_truth_is_about_what_happened_not_about_what_arrived() -> None:
    cents = Control(seed=1, rate=60.0, unit_factor=100.0, null_share=0.0)

    healthy, broken = Source(1), Source(1)

    for _ in range(100):
        asked, labels = healthy.draw(HEALTHY)
        changed, same = broken.draw(cents)
        assert labels == same
        assert asked.rows != changed.rows


@pytest.mark.live
def test_it_keeps_its_rate_over_both_replicas(lab: Lab) -> None:
    began = now()

    eventually(lambda: len(lab.rows(began)) > 200)

    rows = lab.rows(began)
    requests = {str(row["request_id"]).partition(":")[0] for row in rows}
    last = max(parse_iso(str(row["served_at"])) for row in rows)
    assert 54 < len(requests) / (last - parse_iso(began)).total_seconds() < 66
    assert 0.4 < sum(row["replica"] == "eu-1" for row in rows) / len(rows) < 0.6


@pytest.mark.live
def test_labels_follow_their_predictions(lab: Lab) -> None:
    began = now()

    eventually(lambda: lab.agreement(began)[0] > 100)

    assert lab.agreement(began)[1] > 0.9
    served = {row["request_id"]: str(row["served_at"]) for row in lab.rows("")}
    labels = list(read_lines(lab.folder.labels / "labels.jsonl"))
    delays = [
        (
            parse_iso(str(line["labelled_at"])) - parse_iso(served[line["request_id"]])
        ).total_seconds()
        for line in labels
        if line["request_id"] in served
    ]
    assert 1.4 < min(delays) <= max(delays) < 5


@pytest.mark.live
def test_a_new_rate_is_taken_up_and_failures_do_not_stop_it(lab: Lab) -> None:
    for name in ("eu-1", "us-1"):
        ask(lab.port(name), "POST", "/lab/fault", {"errors": 1.0})
    write_json(lab.folder.control, encode(Control(seed=1, rate=120.0)))
    began = now()

    eventually(lambda: len(lab.rows(began)) > 200, 4)

    assert not any(row["ok"] for row in lab.rows(began))
