"""The rules that answer when no model should."""

from __future__ import annotations

from mlrespond.lab.fallback import Rules
from mlrespond.lab.fit import examples


def test_the_rules_are_worse_than_a_model_but_better_than_letting_everything_through() -> None:
    rows = examples(99, 2000)
    rules = Rules()

    right = sum(rules.score(row).decision == label for row, label in rows) / len(rows)

    through = sum(label == "allow" for _, label in rows) / len(rows)
    assert through + 0.02 < right < 0.9


def test_the_rules_do_not_read_amount_or_country() -> None:
    rules = Rules()

    for row, _ in examples(99, 300):
        broken = {**row, "amount": None, "country": "XX"}
        assert rules.score(broken) == rules.score(row)
