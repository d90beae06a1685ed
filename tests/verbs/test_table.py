"""The table of verbs: each is whole, and says what is wrong with a body."""

from __future__ import annotations

import pytest
from tests.verbs.seen import mistake

from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Json
from mlrespond.verbs.table import VERBS, Table, verb

READS = {"diagnose", "compare", "wait"}
PEOPLE = {"ask", "end"}
ON_BODY = {"command", "http"}


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_has_the_functions_that_its_family_needs(name: str) -> None:
    found = verb(name)

    assert found.shape.name == name
    if name in READS:
        assert found.shape.family == "read"
        assert found.look is not None
        assert found.plan is None
    elif name in PEOPLE:
        assert found.shape.family in {"ask", "end"}
        assert (found.look, found.plan) == (None, None)
    else:
        assert found.shape.family == "change"
        assert None not in {found.plan, found.act, found.read}
    assert (found.look is not None) == (found.shape.concludes or name in READS | ON_BODY)


def test_the_verb_that_escalates_pages() -> None:
    table = Table()

    assert table.shape(table.escalation()).effect({}) == "page"


def test_a_verb_that_is_not_there_is_said() -> None:
    with pytest.raises(InvalidInputError, match="there is no verb `rolback`"):
        verb("rolback")


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("diagnose", {"lookback": "long"}, "lookback"),
        ("diagnose", {"checks": ["weather"]}, "there is no check `weather`"),
        ("diagnose", {"looks": {"every": "1s"}}, "looks.at_most"),
        ("compare", {}, "against"),
        ("compare", {"against": "served"}, "give metrics, inputs or cases"),
        ("compare", {"against": "served", "metrics": "some"}, "metrics"),
        (
            "compare",
            {"against": "served", "inputs": "all", "by": "replica", "only": {"replica": ["a"]}},
            "not both",
        ),
        ("compare", {"against": "others", "metrics": "all"}, "`others` needs `only`"),
        ("compare", {"against": "served", "metrics": "all", "by": "colour"}, "by"),
        ("compare", {"against": "served", "cases": "all"}, "cases"),
        ("compare", {"against": "served", "metrics": "all", "since": "soon"}, "since"),
        ("rollback", {"to": ["3"]}, "to"),
        ("rollback", {"preflight": ["smell"]}, "preflight"),
        ("activate", {}, "version"),
        ("drain", {}, "replicas"),
        ("restart", {"replicas": "eu-1"}, "replicas"),
        ("drain", {"replicas": ["eu-1"], "at_a_time": 2}, "at_a_time"),
        ("switch", {"to": "rules", "share": 0}, "share"),
        ("switch", {"to": "rules", "share": 101}, "share"),
        ("hold", {"what": []}, "what"),
        ("hold", {"what": ["breath"]}, "what"),
        ("hold", {"what": ["deploy"], "until": "christmas"}, "until"),
        ("hold", {"what": ["deploy"], "window": {"from": "2026-11-22T03:00:00Z"}}, "window.to"),
        ("retrain", {}, "window"),
        ("retrain", {"window": "7d", "exclude": "mondays"}, "exclude"),
        ("escalate", {"wait": "forever"}, "wait"),
        ("ask", {"say": "well?", "answers": {}}, "answers"),
        ("ask", {"say": "well?", "answers": {"a": {"type": "colour"}}}, "answers.a.type"),
        ("notify", {"to": "ops"}, "say"),
        ("wait", {}, "give `for`, or `read` and `until`"),
        ("wait", {"for": "1s", "read": {"diagnose": {}}}, "give `for`, or `read` and `until`"),
        ("wait", {"read": {"diagnose": {}}}, "`until` is missing"),
        ("command", {"args": [], "effect": "read"}, "args"),
        ("command", {"args": ["x"]}, "effect"),
        ("http", {"url": "http://x", "effect": "read", "method": "FETCH"}, "method"),
        ("http", {"url": "http://x", "effect": "read", "expect": ["ok"]}, "expect"),
        ("end", {"as": "mitigated"}, "as"),
        ("end", {"as": "no_fault", "why": "x"}, "why"),
    ],
)
def test_a_body_that_makes_no_sense_is_told_by_its_place(name: str, body: Json, said: str) -> None:
    found = mistake(name, body)

    assert found.startswith(f"{name}: ")
    assert said in found


@pytest.mark.parametrize("name", VERBS)
def test_a_body_that_is_no_record_is_told(name: str) -> None:
    assert mistake(name, 7).startswith(f"{name}: ")
