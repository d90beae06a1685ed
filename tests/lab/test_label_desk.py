"""Labels come later."""

from __future__ import annotations

import random
import time
from pathlib import Path

from tests.lab.observed import eventually

from mlrespond.lab.label_desk import LATEST_S, SOONEST_S, LabelDesk
from mlrespond.lab.lines import read_lines


def test_a_label_arrives_after_its_delay_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "labels" / "labels.jsonl"
    desk = LabelDesk(path, random.Random(1))  # noqa: S311  # a simulation
    began = time.monotonic()

    desk.expect("a", "block")
    desk.expect("b", "allow")
    eventually(lambda: len(list(read_lines(path))) == 2, LATEST_S + 10)

    assert time.monotonic() - began > SOONEST_S
    lines = {line["request_id"]: line for line in read_lines(path)}
    assert {key: line["y"] for key, line in lines.items()} == {"a": "block", "b": "allow"}
    assert all(str(line["labelled_at"]).endswith("Z") for line in lines.values())
    desk.close()


def test_labels_that_are_not_due_when_it_closes_never_come(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    desk = LabelDesk(path, random.Random(1))  # noqa: S311  # a simulation

    desk.expect("a", "block")
    desk.close()

    assert list(read_lines(path)) == []
