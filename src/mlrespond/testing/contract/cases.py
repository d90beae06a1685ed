"""What every golden set must do. Subclass, and define `cases` and `nowhere`.

`cases` holds two: amount 10 is allowed, amount 900 blocked. `nowhere` is a set that is missing.
"""

from __future__ import annotations

import pytest

from mlrespond.errors import PortError
from mlrespond.model.reading import Case
from mlrespond.ports.service import Cases


class CasesContract:
    """The golden set is read whole and in order, or not at all."""

    def test_cases_come_in_order(self, cases: Cases) -> None:
        assert cases.golden() == (
            Case(row={"amount": 10}, expected="allow"),
            Case(row={"amount": 900}, expected="block"),
        )

    def test_a_missing_set_is_an_error_not_an_empty_one(self, nowhere: Cases) -> None:
        with pytest.raises(PortError):
            nowhere.golden()
