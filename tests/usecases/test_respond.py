"""From an alert, or a word, to an incident and a run: what is run, and what is only recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.rig import SERVICE, rig
from tests.usecases.written import BAD_HISTORY, FAST, NEVER, alert, bad_world, runbook

from mlrespond.errors import HeldError, InvalidInputError, UsageError
from mlrespond.model.exit_code import ExitCode
from mlrespond.testing.clock import START
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.runner import Ended, Parked

WAITS = runbook("waits", "- id: go\n  hold: {what: [deploy]}\n")
ENDS = runbook("ends", "- id: go\n  wait: {for: 1s}\n", criterion=NEVER)


def playbook(
    name: str, alertname: str, runbook: str, severity: str = "SEV3", more: str = ""
) -> str:
    return (
        f"---\nplaybook: {name}\ntitle: {name}\nmatch: {{alertname: {alertname}}}\n"
        f"severity: {{default: {severity}}}\nrunbooks: [{{runbook: {runbook}}}]\n"
        f"{more}---\n# {name}\n"
    )


def test_an_alert_leads_by_playbook_to_a_mitigated_incident() -> None:
    garbage = playbook("garbage", "GoldenAccuracyLow", "bad-release", "SEV2")
    here = rig(world=bad_world(), history=BAD_HISTORY, playbooks={"garbage": garbage})

    done = here.respond(service=None, alerts=(alert(),), approve=("back",), inputs=FAST)

    assert done.incident is not None
    assert done.driven is not None
    assert done.incident.status == "mitigated"
    assert done.incident.severity == "SEV2"
    assert done.incident.onset == START - timedelta(seconds=300)
    assert exit_code(done.driven) is ExitCode.DONE
    assert here.world.look().served == {"eu-1": "2", "us-1": "2"}
    assert "playbook_matched" in here.kinds()


def test_the_look_at_the_start_is_in_the_ledger_though_no_run_follows() -> None:
    here = rig(history=())

    with pytest.raises(UsageError, match="there is no runbook `unheard-of`"):
        here.respond(runbook="unheard-of", alerts=(alert(),))

    looks = [one.kind for one in here.app.store.read(f"service:{SERVICE}")]
    assert looks == ["service_looked"]
    assert here.progress.lines == ["INC-0001 is open, but no run was started"]


def test_a_word_without_an_alert_opens_nothing_when_it_cannot_be_run() -> None:
    here = rig(runbooks={"ends": ENDS})

    with pytest.raises(UsageError, match="there is no runbook"):
        here.respond(runbook="unheard-of")
    with pytest.raises(InvalidInputError, match="there is no input `pace`"):
        here.respond(runbook="ends", inputs={"pace": 1})

    assert here.kinds() == []


def test_wrong_inputs_leave_an_incident_that_the_next_call_goes_on_with() -> None:
    here = rig(runbooks={"ends": ENDS})
    with pytest.raises(InvalidInputError, match="there is no input `pace`"):
        here.respond(runbook="ends", inputs={"pace": 1}, alerts=(alert(),))

    done = here.respond(runbook="ends", alerts=(alert(),))

    assert done.incident is not None
    assert done.incident.id == "INC-0001"
    assert done.incident.runs == ("INC-0001.1",)


def test_without_a_playbook_the_first_look_runs() -> None:
    here = rig()

    done = here.respond(service=None, alerts=(alert("Unheard"),), inputs=FAST)

    assert done.driven is not None
    assert done.driven.state.requested.runbook.name == "first-look"
    assert here.ending() == "no_fault"


def test_of_a_group_the_best_playbook_decides_and_the_gravest_alert_grades() -> None:
    books = {
        "first": playbook("first", "A", "ends", "SEV4"),
        "second": playbook(
            "second", "B", "waits", "SEV3", "priority: 5\nroles: {commander: ana}\n"
        ),
        "third": playbook("third", "C", "ends", "SEV1"),
    }
    here = rig(runbooks={"ends": ENDS, "waits": WAITS}, playbooks=books)

    done = here.respond(service=None, alerts=(alert("A"), alert("B"), alert("C")))

    assert done.driven is not None
    assert done.driven.state.requested.runbook.name == "waits"
    (chosen,) = (one for one in here.events() if one.kind == "playbook_matched")
    assert chosen.summary == "playbook second chose runbook waits; ana leads"
    assert done.incident is not None
    assert done.incident.severity == "SEV1"


class TestJoining:
    def test_an_alert_for_an_active_run_is_recorded_and_the_run_goes_on(self) -> None:
        here = rig(runbooks={"waits": WAITS})
        here.respond(runbook="waits", alerts=(alert("A"),))

        joined = here.respond(service=None, alerts=(alert("B"),))

        assert joined.incident is not None
        assert joined.incident.runs == ("INC-0001.1",)
        assert [one.name for one in joined.incident.alerts] == ["A", "B"]
        assert isinstance(joined.driven, Parked)

    def test_a_repeated_alert_starts_no_second_run(self) -> None:
        here = rig(runbooks={"ends": ENDS})
        here.respond(runbook="ends", alerts=(alert("A"),))
        assert here.ending() == "not_mitigated"

        again = here.respond(service=None, alerts=(alert("A"), alert("B")))

        assert again.driven is None
        assert "its last run ended as not_mitigated; the alert was recorded there" in again.why
        assert "mlir respond --incident INC-0001 --runbook NAME" in again.why
        assert here.kinds().count("run_requested") == 1
        assert here.kinds().count("alert_received") == 2

    def test_a_person_without_an_alert_may_try_again(self) -> None:
        here = rig(runbooks={"ends": ENDS})
        here.respond(runbook="ends")

        again = here.respond(runbook="ends")

        assert again.incident is not None
        assert again.incident.runs == ("INC-0001.1", "INC-0001.2")

    def test_what_joins_a_mitigated_incident_is_only_recorded(self) -> None:
        here = rig(runbooks={"fine": runbook("fine", "- id: go\n  wait: {for: 1s}\n")})
        here.respond(runbook="fine")
        assert incident_of(here.app, "INC-0001").status == "mitigated"

        joined = here.respond(alerts=(alert(),))

        assert joined.driven is None
        assert "INC-0001 is mitigated" in joined.why

    def test_a_severity_that_is_said_on_joining_counts(self) -> None:
        here = rig(runbooks={"waits": WAITS})
        here.respond(runbook="waits")

        joined = here.respond(severity="SEV1")

        assert joined.incident is not None
        assert joined.incident.severity == "SEV1"

    def test_new_incident_forces_one(self) -> None:
        here = rig(runbooks={"waits": WAITS})
        here.respond(runbook="waits")

        forced = here.respond(runbook="waits", new_incident=True)

        assert forced.incident is not None
        assert forced.incident.id == "INC-0002"

    def test_another_runbook_joins_when_it_is_named(self) -> None:
        here = rig(runbooks={"ends": ENDS, "waits": WAITS})
        here.respond(runbook="ends")

        joined = here.respond(service=None, incident="INC-0001", runbook="waits")

        assert joined.incident is not None
        assert joined.incident.runbooks == {"INC-0001.1": "ends", "INC-0001.2": "waits"}

    def test_a_second_runbook_waits_for_the_active_run(self) -> None:
        here = rig(runbooks={"ends": ENDS, "waits": WAITS})
        here.respond(runbook="waits")

        with pytest.raises(HeldError, match=r"INC-0001 has an active run, INC-0001\.1") as refused:
            here.respond(service=None, incident="INC-0001", runbook="ends")

        assert refused.value.exit_code == 6
        assert "mlir stop INC-0001" in refused.value.hint

    def test_joining_needs_a_runbook_and_an_incident_that_goes_on(self) -> None:
        here = rig(runbooks={"ends": ENDS})
        here.respond(runbook="ends")

        with pytest.raises(UsageError, match="say which runbook"):
            here.respond(service=None, incident="INC-0001")


class TestResolved:
    def test_a_resolved_alert_ends_no_run_and_proves_nothing(self) -> None:
        here = rig(runbooks={"waits": WAITS})
        here.respond(runbook="waits", alerts=(alert(),))

        done = here.respond(service=None, alerts=(alert(status="resolved"),))

        assert done.driven is None
        assert "proves nothing" in done.why
        assert incident_of(here.app, "INC-0001").status == "open"
        assert incident_of(here.app, "INC-0001").active_run == "INC-0001.1"

    def test_resolved_before_firing_opens_nothing_and_is_kept(self) -> None:
        here = rig(runbooks={"waits": WAITS})

        done = here.respond(service=None, alerts=(alert(status="resolved"),))

        assert done.incident is None
        assert done.why == "resolved, and no incident is open"
        assert here.kinds() == []

    def test_the_firing_one_that_comes_late_still_opens(self) -> None:
        here = rig(runbooks={"waits": WAITS})
        here.respond(service=None, alerts=(alert(status="resolved"),))

        done = here.respond(service=None, runbook="waits", alerts=(alert(),))

        assert done.incident is not None
        assert done.incident.id == "INC-0001"

    def test_a_group_that_is_half_resolved_opens_for_the_firing_half(self) -> None:
        here = rig(runbooks={"waits": WAITS})
        group = (alert("A", status="resolved", ago_s=900), alert("B", ago_s=60))

        done = here.respond(service=None, runbook="waits", alerts=group)

        assert done.incident is not None
        assert done.incident.onset == START - timedelta(seconds=60)
        assert len(done.incident.alerts) == 2


def test_the_run_that_ended_is_not_driven_again() -> None:
    here = rig(runbooks={"ends": ENDS})
    here.respond(runbook="ends")
    before = here.kinds()

    driven = here.resume()

    assert isinstance(driven, Ended)
    assert here.kinds() == before
