"""Who may answer: those who are named, their teams' members, and not the asker where it says so."""

from __future__ import annotations

import pytest
from tests.engine.story import ANA, BEN

from mlrespond.engine.approval import may_answer
from mlrespond.model.event import Actor
from mlrespond.model.run_kind import QuestionAsked

TEAMS = {"payments-ml": ["ana", "ben"], "nobody": []}


def question(*by: str, not_self: bool = False) -> QuestionAsked:
    return QuestionAsked(
        question="q", sort="approval", text="?", choices=("approve",), by=by, not_self=not_self
    )


@pytest.mark.parametrize(
    ("by", "actor", "may"),
    [
        (("payments-ml",), "ana", True),
        (("payments-ml",), "cto", False),
        (("cto",), "cto", True),
        (("cto", "payments-ml"), "ben", True),
        (("payments-ml",), "payments-ml", False),
        (("nobody",), "ana", False),
        ((), "whoever", True),
    ],
)
def test_those_who_are_named_may_answer(by: tuple[str, ...], actor: str, *, may: bool) -> None:
    refused = may_answer(question(*by), Actor(actor), ANA, TEAMS)

    assert (not refused) == may


def test_the_one_who_asked_may_not_answer_where_it_must_be_somebody_else() -> None:
    asked = question("payments-ml", not_self=True)

    assert "somebody else" in may_answer(asked, ANA, ANA, TEAMS)
    assert may_answer(asked, BEN, ANA, TEAMS) == ""


def test_a_refusal_names_those_who_may() -> None:
    refused = may_answer(question("payments-ml"), Actor("cto"), ANA, TEAMS)

    assert refused == "cto is not of payments-ml (ana, ben)"
