"""Which service, playbook and runbook an alert leads to: by rule, and explained."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.engine.story import START

from mlrespond.engine.match import match, services_of
from mlrespond.model.alert import Alert
from mlrespond.model.json import Json, Record
from mlrespond.model.runbook import Playbook
from mlrespond.model.service import Service
from mlrespond.testing.steady import OBJECTIVES

NAMES: Record = {"alert": {"labels": {"tier": "payments"}}, "changes": {"version": None}}


def alert(**labels: str) -> Alert:
    return Alert(
        fingerprint="f", status="firing", starts_at=START - timedelta(minutes=5), labels=labels
    )


def service(*matchers: dict[str, str]) -> Service:
    return Service.model_validate(
        {
            "owner": "payments-ml",
            "registry": {"kind": "fake"},
            "serving": {
                "kind": "fake",
                "model": "f",
                "replicas": [{"name": "eu-1", "url": "http://eu"}],
            },
            "objectives": OBJECTIVES,
            "alerts": list(matchers),
        }
    )


def playbook(name: str, **fields: Json) -> Playbook:
    return Playbook.model_validate({"playbook": name, "match": {"alertname": "Down"}, **fields})


def test_an_alert_is_about_the_service_that_its_label_names() -> None:
    services = {"fraud": service(), "churn": service()}

    assert services_of(alert(service="fraud"), services) == ("fraud",)
    assert services_of(alert(model="churn"), services) == ("churn",)
    assert services_of(alert(job="fraud"), services) == ()


def test_matchers_take_the_place_of_the_label() -> None:
    services = {"fraud": service({"job": "fraud-*", "tier": "gold"}, {"team": "ml"})}

    assert services_of(alert(job="fraud-eu", tier="gold"), services) == ("fraud",)
    assert services_of(alert(team="ml"), services) == ("fraud",)
    assert services_of(alert(job="fraud-eu"), services) == ()
    assert services_of(alert(service="fraud"), services) == ()


def test_an_empty_matcher_matches_nothing() -> None:
    assert services_of(alert(), {"fraud": service({})}) == ()


def test_an_alert_may_be_about_two_services() -> None:
    services = {"fraud": service({"tier": "gold"}), "churn": service({"tier": "*"})}

    assert services_of(alert(tier="gold"), services) == ("fraud", "churn")


def chosen(playbooks: list[Playbook], **labels: str) -> str | None:
    return match(alert(**{"alertname": "Down", **labels}), "fraud", playbooks, NAMES).playbook


def test_a_higher_priority_wins_then_more_labels_then_the_name() -> None:
    plain, other = playbook("b"), playbook("a")
    more = playbook("z", match={"alertname": "Down", "tier": "*"})
    first = playbook("y", priority=1)

    assert chosen([plain, other], tier="gold") == "a"
    assert chosen([plain, other, more], tier="gold") == "z"
    assert chosen([plain, other, more, first], tier="gold") == "y"


def test_labels_are_matched_by_wildcards_and_lists() -> None:
    listed = playbook("p", match={"alertname": ["Up", "Dow*"]})

    assert chosen([listed]) == "p"
    assert chosen([listed], alertname="Sideways") is None
    assert chosen([listed], alertname="down") is None


def test_a_playbook_may_be_for_some_services_only() -> None:
    assert chosen([playbook("p", services=["churn"])]) is None
    assert chosen([playbook("p", services=["churn", "fraud"])]) == "p"


def test_what_was_considered_says_why_it_was_not_chosen() -> None:
    found = match(
        alert(alertname="Up"), "fraud", [playbook("p"), playbook("q", services=["x"])], NAMES
    )

    assert [one.why for one in found.considered] == [
        "label alertname is Up, not Down",
        "it is not for fraud",
    ]
    assert (found.playbook, found.runbook, found.severity) == (None, None, "SEV3")


def test_without_an_alert_nothing_matches() -> None:
    found = match(None, "fraud", [playbook("p")], NAMES)

    assert found.playbook is None
    assert found.considered[0].why == "there is no alert"


def test_of_the_runbooks_the_first_whose_condition_holds_is_run() -> None:
    book = playbook(
        "p",
        runbooks=[
            {"runbook": "one", "when": "changes.version"},
            {"runbook": "two", "when": "changes.version.n > 3"},
            {"runbook": "three", "when": "alert.labels.tier == 'payments'", "inputs": {"n": 1}},
            {"runbook": "four"},
        ],
    )

    found = match(alert(alertname="Down"), "fraud", [book], NAMES)

    assert (found.runbook, found.inputs) == ("three", {"n": 1})
    assert [one.rpartition(": ")[2] for one in found.runbooks] == [
        "not so",
        "not known",
        "chosen",
        "not looked at",
    ]


def test_the_playbook_that_is_chosen_says_who_leads() -> None:
    led = playbook("led", priority=1, roles={"commander": "on-call"})

    found = match(alert(alertname="Down"), "fraud", [playbook("p"), led], NAMES)
    alone = match(alert(alertname="Down"), "fraud", [playbook("p")], NAMES)

    assert (found.commander, alone.commander) == ("on-call", None)


def test_where_no_condition_holds_there_is_no_runbook() -> None:
    book = playbook("p", runbooks=[{"runbook": "one", "when": "changes.version"}])

    found = match(alert(alertname="Down"), "fraud", [book], NAMES)

    assert (found.playbook, found.runbook, found.inputs) == ("p", None, {})


@pytest.mark.parametrize(
    ("rules", "severity"),
    [
        ([], "SEV4"),
        ([{"when": "alert.labels.tier == 'payments'", "is": "SEV1"}], "SEV1"),
        ([{"when": "alert.labels.tier == 'x'", "is": "SEV1"}], "SEV4"),
        ([{"when": "changes.version.n > 1", "is": "SEV1"}, {"when": "true", "is": "SEV2"}], "SEV2"),
        ([{"when": "(alert.labels.tier | int) > 1", "is": "SEV1"}], "SEV4"),
    ],
)
def test_the_first_rule_that_certainly_holds_sets_the_severity(
    rules: list[Json], severity: str
) -> None:
    book = playbook("p", severity={"default": "SEV4", "rules": rules})

    assert match(alert(alertname="Down"), "fraud", [book], NAMES).severity == severity


def test_a_label_that_a_condition_cannot_be_worked_out_on_keeps_nobody_from_responding() -> None:
    book = playbook(
        "p",
        runbooks=[
            {"runbook": "one", "when": "(alert.labels.tier | float) > 3"},
            {"runbook": "two"},
        ],
    )

    assert match(alert(alertname="Down"), "fraud", [book], NAMES).runbook == "two"
