"""`hold: {what: [alerts]}`: the incident's own alerts are silenced, no others, and it is proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.rig import SERVICE, Rig, rig
from tests.usecases.written import alert
from tests.verbs.seen import act, context, facts, no_target, planned, read

from mlrespond.adapters.missing import Missing
from mlrespond.model.alert import Alert
from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.model.kinds import draft
from mlrespond.model.plan import Action, reversed_plan
from mlrespond.model.service_kind import StandingSet
from mlrespond.testing.clock import START
from mlrespond.verbs.interface import StepContext, marked

BODY: Json = {"what": ["alerts"]}
LOW = alert()
KEY = marked("INC-0001", START)


def fires(here: Rig, labels: Mapping[str, str]) -> None:
    here.world.look().alerts.append({**labels, "startsAt": iso(START)})


def alerted(here: Rig, *alerts: Alert) -> StepContext:
    """Return what a step sees in an incident of these alerts, all of which fire."""
    for one in alerts:
        fires(here, one.labels)
    ctx = context(here)
    return replace(ctx, incident=replace(ctx.incident, alerts=alerts))


def the_action(ctx: StepContext, body: Json = BODY) -> Action:
    (action,) = planned(ctx, "hold", body).actions
    return action


def test_the_labels_of_the_alert_are_the_matchers_for_half_a_day_at_most() -> None:
    action = the_action(alerted(rig(), LOW))

    assert action.after == {
        "what": "alerts",
        "until": iso(START + timedelta(hours=12)),
        "labels": [dict(LOW.labels)],
    }
    assert (action.before, action.settle) == (None, "idempotent")
    assert action.lease == f"hold/{SERVICE}/alerts"
    assert action.summary.startswith(f"silence GoldenAccuracyLow of {SERVICE} until 2026-11-")


def test_a_time_of_its_own_counts() -> None:
    until = iso(START + timedelta(minutes=40))

    action = the_action(alerted(rig(), LOW), {"what": ["alerts"], "until": until})

    assert isinstance(action.after, dict)
    assert action.after["until"] == until


def test_it_is_proven_by_reading_it_back() -> None:
    here = rig()
    ctx = alerted(here, LOW, alert("PredictionDrift"))
    action = the_action(ctx)
    assert read(ctx, "hold", BODY, action).where == "before"

    act(ctx, "hold", BODY, action)
    act(ctx, "hold", BODY, action)

    assert read(ctx, "hold", BODY, action).where == "reached"
    assert len(ctx.ports.monitor.silences(KEY)) == 2
    assert all(one.quiet for one in ctx.ports.monitor.firing())


def test_a_monitor_that_says_yes_and_keeps_nothing_proves_nothing() -> None:
    here = rig()
    ctx = alerted(here, LOW)
    action = the_action(ctx)
    here.world.look().broken["deaf"] = "it forgets"

    act(ctx, "hold", BODY, action)

    assert read(ctx, "hold", BODY, action).where == "before"


def test_half_of_it_is_not_it() -> None:
    ctx = alerted(rig(), LOW, alert("PredictionDrift"))
    action = the_action(ctx)
    ctx.ports.monitor.silence(KEY, LOW.labels, START + timedelta(hours=12), "half")

    found = read(ctx, "hold", BODY, action)

    assert (found.where, found.detail) == ("pending", "1 of 2 alerts are not silenced")


def test_a_silence_that_somebody_changed_is_elsewhere() -> None:
    ctx = alerted(rig(), LOW)
    action = the_action(ctx)
    act(ctx, "hold", BODY, action)
    ctx.ports.monitor.silence(KEY, LOW.labels, START + timedelta(hours=1), "shorter")

    assert read(ctx, "hold", BODY, action).where == "elsewhere"


def test_silence_of_the_monitor_itself_is_unreadable() -> None:
    here = rig()
    ctx = alerted(here, LOW)
    action = the_action(ctx)
    here.world.look().broken["monitor"] = "it is down"

    assert read(ctx, "hold", BODY, action).where == "unreadable"
    assert "cannot be asked: monitor does not answer" in no_target(ctx, "hold", BODY).reason


def test_what_stands_already_is_left_out_but_not_for_an_alert_that_joined() -> None:
    here = rig()
    ctx = alerted(here, LOW)
    act(ctx, "hold", BODY, the_action(ctx))
    stands = StandingSet(sort="hold", what="alerts of INC-0001", until="resolved")
    here.app.store.append([draft(f"service:{SERVICE}", stands, here.clock.now())])

    assert planned(alerted(here, LOW), "hold", BODY).actions == ()
    here.world.look().alerts.clear()
    here.clock.advance(60)
    joined = alerted(here, LOW, alert("PredictionDrift"))
    action = the_action(joined)
    assert read(joined, "hold", BODY, action).where == "before"
    act(joined, "hold", BODY, action)
    assert read(joined, "hold", BODY, action).where == "reached"


def test_what_the_ledger_says_is_not_believed_where_the_monitor_has_no_silence() -> None:
    here = rig()
    stands = StandingSet(sort="hold", what="alerts of INC-0001", until="resolved")
    here.app.store.append([draft(f"service:{SERVICE}", stands, here.clock.now())])

    assert the_action(alerted(here, LOW))


@pytest.mark.parametrize(
    ("labels", "caught"),
    [
        ({"replica": "eu-1"}, True),
        ({"alertname": "Other"}, False),
        ({"service": "billing"}, False),
    ],
)
def test_an_alert_of_others_is_never_silenced_too(labels: dict[str, str], caught: bool) -> None:  # noqa: FBT001  # a parameter of the table
    here = rig()
    ctx = alerted(here, LOW)
    fires(here, {**LOW.labels, **labels})

    if caught:
        said = no_target(ctx, "hold", BODY).reason
        assert said.startswith("it would silence an alert of others too: GoldenAccuracyLow (")
        assert "replica=eu-1" in said
    else:
        assert the_action(ctx)


@pytest.mark.parametrize(
    ("alerts", "body", "said"),
    [
        ([replace(LOW, labels={"service": SERVICE})], BODY, "an alert without a name"),
        ([alert(f"A{n}") for n in range(21)], BODY, "the incident has 21 alerts"),
        ([LOW], {"what": ["alerts"], "until": "2026-01-01T00:00:00Z"}, "is over"),
    ],
)
def test_no_target(alerts: list[Alert], body: Json, said: str) -> None:
    assert said in no_target(alerted(rig(), *alerts), "hold", body).reason


def test_an_incident_without_an_alert_holds_what_else_is_to_be_held() -> None:
    plan = planned(context(rig()), "hold", {"what": ["deploy", "alerts"]})

    assert [one.target for one in plan.actions] == ["deploy"]
    assert plan.notes == ("the incident has no alert to silence",)
    assert plan.yields == {"after": "deploy"}


def test_a_service_without_a_monitor_says_so() -> None:
    ctx = alerted(rig(), LOW)
    bare = replace(ctx.ports, monitor=Missing(SERVICE, "monitor"))

    assert f"{SERVICE} has no monitor" in no_target(replace(ctx, ports=bare), "hold", BODY).reason


def test_it_stands_until_it_is_taken_back() -> None:
    ctx = alerted(rig(), LOW)
    action = the_action(ctx)
    act(ctx, "hold", BODY, action)
    (back,) = reversed_plan((action,), "back").actions

    assert facts(ctx, "hold", action) == ["hold stands: alerts of INC-0001"]
    assert facts(ctx, "hold", action, "unknown") == []
    assert read(ctx, "hold", BODY, back).where == "before"
    act(ctx, "hold", BODY, back)
    assert read(ctx, "hold", BODY, back).where == "reached"
    assert ctx.ports.monitor.silences(KEY) == ()
    assert facts(ctx, "hold", back) == ["hold ended: alerts of INC-0001"]
