"""What a log that can be asked row by row must do. Subclass, and define the fixture `log`.

`log(rows, labels)` makes a log that holds these records, configured as in `predictions`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

from mlrespond.model.json import Json
from mlrespond.model.reach import Affected, Decided
from mlrespond.ports.service import ServedLog
from mlrespond.testing.contract.predictions import START, WINDOW, Record, row

Opened: TypeAlias = Callable[[Sequence[Record], Sequence[Record]], ServedLog]


def asked(*versions: str, decisions: Sequence[str] = ()) -> Affected:
    """Return the question after some versions in the suite's window."""
    return Affected(window=WINDOW, versions=frozenset(versions), decisions=frozenset(decisions))


class ServedLogContract:
    """Counts are exact for what is logged, and what the log does not say stays unsaid."""

    def test_predictions_of_a_version_are_counted_among_all(self, log: Opened) -> None:
        rows = [row(1), row(2, model_version="7"), row(3, 599, model_version="7"), row(4, 600)]

        found = log(rows, []).reach(asked("7"))

        assert (found.affected, found.logged) == (2, 3)
        assert found.by_version == {"6": 1, "7": 2}
        assert (found.first, found.last) == (START, START + timedelta(seconds=599))
        assert found.first_logged == START

    def test_entities_are_those_that_met_a_version_at_least_once(self, log: Opened) -> None:
        rows = [
            row(1, customer_id="c1"),
            row(2, customer_id="c1", model_version="7"),
            row(3, customer_id="c1", model_version="7"),
            row(4, customer_id="c2"),
            row(5, customer_id=None, model_version="7"),
        ]

        found = log(rows, []).reach(asked("7"))

        assert (found.entities_affected, found.entities, found.anonymous) == (1, 2, 1)

    def test_a_log_that_names_no_entity_tells_none(self, log: Opened) -> None:
        found = log([row(1, customer_id=None, model_version="7")], []).reach(asked("7"))

        assert (found.entities, found.entities_affected) == (None, None)

    def test_rows_of_no_version_are_counted_apart(self, log: Opened) -> None:
        rows = [row(1), row(2, model_version=None), row(3, model_version="7")]

        found = log(rows, []).reach(asked("7"))

        assert (found.affected, found.unversioned, found.logged) == (1, 1, 3)

    def test_without_versions_every_row_is_affected(self, log: Opened) -> None:
        rows = [row(1), row(2, model_version=None), row(3, model_version="7")]

        found = log(rows, []).reach(asked())

        assert (found.affected, found.logged) == (3, 3)
        assert len(list(log(rows, []).worklist(asked()))) == 3

    def test_several_versions_are_counted_together(self, log: Opened) -> None:
        rows = [row(n, model_version=str(n)) for n in (6, 7, 8)]

        assert log(rows, []).reach(asked("7", "8")).affected == 2

    def test_hours_and_decisions_are_told(self, log: Opened) -> None:
        rows = [
            row(1, model_version="7", decision="block"),
            row(2, model_version="7"),
            row(3, model_version="7", decision=None, ok=False),
            row(4),
        ]

        found = log(rows, []).reach(asked("7"))

        assert found.by_decision == {"": 1, "allow": 1, "block": 1}
        assert found.by_hour == {"2026-11-22T10:00Z": (3, 4)}

    def test_the_worklist_has_what_was_decided_each_id_once(self, log: Opened) -> None:
        rows = [
            row(1, model_version="7"),
            row(1, model_version="7"),
            row(2, model_version="7", decision="block"),
            row(3, model_version="7", decision=None),
            row(None, model_version="7", request_id=None),  # type: ignore[arg-type]  # no number
            row(4),
        ]

        found = log(rows, []).reach(asked("7"))
        blocked = log(rows, []).reach(asked("7", decisions=["block"]))

        assert (found.worklist, found.nameless, found.affected) == (2, 1, 5)
        assert (blocked.worklist, blocked.nameless) == (1, 0)

    def test_the_worklist_is_told_row_by_row(self, log: Opened) -> None:
        rows = [row(2, 5, model_version="7", decision="block"), row(3)]

        assert list(log(rows, []).worklist(asked("7"))) == [
            Decided(
                at=START + timedelta(seconds=5),
                id="r2",
                version="7",
                entity="c2",
                decision="block",
                score="0.5",
            )
        ]

    def test_the_worklist_counts_what_it_yields(self, log: Opened) -> None:
        decisions: list[Json] = ["allow", "block", None, "allow"]
        rows = [row(n, model_version="7", decision=one) for n, one in enumerate(decisions)]

        yielded = list(log(rows, []).worklist(asked("7", decisions=["allow"])))

        assert [one.id for one in yielded] == ["r0", "r3"]
        assert log(rows, []).reach(asked("7", decisions=["allow"])).worklist == 2

    def test_rows_that_cannot_be_read_are_counted(self, log: Opened) -> None:
        found = log([row(1), row(2, served_at="yesterday")], []).reach(asked("7"))

        assert (found.logged, found.unreadable) == (1, 1)

    def test_an_empty_window_is_nothing_and_not_unknown(self, log: Opened) -> None:
        found = log([row(1, 5000)], []).reach(asked("7"))

        assert (found.logged, found.affected, found.entities, found.first) == (0, 0, 0, None)
        assert list(log([row(1, 5000)], []).worklist(asked("7"))) == []
