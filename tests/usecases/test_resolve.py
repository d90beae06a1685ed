"""Resolving reads again, and refuses while anything temporary stands or is not as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import pytest
from tests.rig import SERVICE, Rig, rig
from tests.usecases.plain import plain
from tests.usecases.written import NEVER, alert, runbook

from mlrespond.errors import HeldError, UsageError
from mlrespond.model.event import Draft, Event
from mlrespond.model.instant import iso
from mlrespond.testing.clock import CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import Store
from mlrespond.usecases.context import read_ledger
from mlrespond.usecases.opening import open_or_join
from mlrespond.usecases.resolve import Refused, resolve
from mlrespond.usecases.undo import undo


def opened() -> Rig:
    here = plain()
    open_or_join(here.app, SERVICE, [], "SEV3")
    return here


def after(steps: str) -> Rig:
    """Return a rig on which a run changed something, and ended."""
    here = rig(
        runbooks={"go": runbook("go", steps, criterion=NEVER)},
        service={"objectives": {}, "predictions": None},
    )
    here.respond(runbook="go", approve=("all",))
    return here


def refused(here: Rig, keep: str | None = None) -> tuple[str, ...]:
    found = resolve(here.app, "INC-0001", keep=keep)
    assert isinstance(found, Refused)
    assert incident_of(here.app, "INC-0001").status == "open"
    return found.reasons


def test_where_all_is_well_it_is_resolved_with_what_was_read() -> None:
    here = opened()

    said = resolve(here.app, "INC-0001", reason="the release was taken back")

    assert isinstance(said, Event)
    assert incident_of(here.app, "INC-0001").status == "resolved"
    readings = said.data["readings"]
    assert isinstance(readings, dict)
    assert readings["served"] == {"eu-1": "2", "us-1": "2"}
    assert readings["error_ratio"] == "pass"
    assert read_ledger(here.app, SERVICE)[0].last is not None


def test_an_objective_that_fails_refuses_whatever_is_kept() -> None:
    here = plain(failing="eu-1", slow=frozenset({"2"}))
    open_or_join(here.app, SERVICE, [], "SEV3")

    assert "objective latency_p99 fails" in refused(here)
    assert refused(here, keep="never mind")


def test_what_cannot_be_judged_refuses_unless_a_person_knows_better() -> None:
    here = opened()
    here.world.look().broken["metrics"] = "it is down"

    found = resolve(here.app, "INC-0001")

    assert isinstance(found, Refused)
    assert found.inconclusive
    assert "cannot be judged now" in found.reasons[0]
    assert isinstance(resolve(here.app, "INC-0001", keep="I see it on the wall"), Event)


@pytest.mark.parametrize(
    ("served", "said"),
    [
        ({"eu-1": "2", "us-1": "1"}, "serving 2 on eu-1; 1 on us-1"),
        ({"eu-1": "2", "us-1": None}, "serving 2 on eu-1; no answer from us-1"),
        ({"eu-1": "1", "us-1": "1"}, "the registry wants 2, served is 1"),
    ],
)
def test_a_fleet_that_is_not_as_wanted_refuses(served: dict[str, str | None], said: str) -> None:
    here = opened()
    here.world.look().served = served

    assert said in refused(here)


SWITCH = "- id: away\n  switch: {to: rules}\n"


class TestStanding:
    def test_a_standing_change_refuses_until_it_is_taken_back(self) -> None:
        here = after(SWITCH)
        assert refused(here) == ("a switch: 100% to rules-v1 stands",)

        undo(here.app, "INC-0001", None, approve=("all",))

        assert isinstance(resolve(here.app, "INC-0001"), Event)

    def test_it_may_be_kept_for_a_reason_which_is_recorded(self) -> None:
        here = after(SWITCH)

        said = resolve(here.app, "INC-0001", keep="the rules do well enough")

        assert isinstance(said, Event)
        assert said.data["kept"] == ["switch: 100% to rules-v1"]
        assert "the rules do well enough" in said.summary
        assert set(read_ledger(here.app, SERVICE)[0].standing) == {"switch"}

    def test_a_hold_until_resolved_ends_with_it(self) -> None:
        here = after("- id: keep\n  hold: {what: [deploy]}\n")

        assert isinstance(resolve(here.app, "INC-0001"), Event)

        assert read_ledger(here.app, SERVICE)[0].standing == {}

    def test_a_hold_until_a_time_stands_until_then(self) -> None:
        here = after("- id: keep\n  hold: {what: [deploy], until: '2026-11-22T04:00:00Z'}\n")
        assert refused(here) == ("a hold: deploy stands",)

        here.clock.advance(3600)

        assert isinstance(resolve(here.app, "INC-0001"), Event)


QUIET = "- id: quiet\n  hold: {what: [alerts]}\n"


def silenced(steps: str = QUIET) -> Rig:
    """Return a rig on which a run silenced the alert of its incident."""
    here = rig(
        runbooks={"go": runbook("go", steps, criterion=NEVER)},
        service={"objectives": {}, "predictions": None},
    )
    here.world.look().alerts.append({**alert().labels, "startsAt": "2026-11-22T02:00:00Z"})
    here.respond(runbook="go", alerts=(alert(),), approve=("all",))
    return here


def standing(here: Rig) -> set[str]:
    return set(read_ledger(here.app, SERVICE)[0].standing)


def stands(here: Rig) -> int:
    """Return how many silences stand in the monitor."""
    now = iso(here.clock.now())
    return len([one for one in here.world.look().silences if one["until"] > now])


class TestSilence:
    def test_it_is_a_change_that_is_approved_proven_and_stands(self) -> None:
        here = silenced()

        assert here.outcome("quiet") == "ok"
        assert standing(here) == {"hold:alerts of INC-0001"}
        assert stands(here) == 1
        assert {"question_answered", "action_settled"} <= set(here.kinds())

    def test_a_process_that_died_after_silencing_leaves_one_silence(self) -> None:
        class DiedError(BaseException):
            pass

        class Dying(MemoryTimeline):
            dies = True

            def append(
                self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
            ) -> tuple[Event, ...]:
                if self.dies and any(one.kind == "action_sent" for one in drafts):
                    raise DiedError
                return super().append(drafts, expect)

        clock = FixedClock()
        store = Dying(clock.now, CountingIds())
        runbooks = {"go": runbook("go", QUIET, criterion=NEVER)}
        here = rig(runbooks=runbooks, store=cast("Store", store), clock=clock)
        with pytest.raises(DiedError):
            here.respond(runbook="go", alerts=(alert(),), approve=("all",))
        assert (stands(here), "action_sent" in here.kinds()) == (1, False)

        store.dies = False
        here.processes.dead.add(1)
        here.processes.pid = 2
        here.resume()

        assert here.outcome("quiet") == "ok"
        assert len(here.world.look().silences) == 1

    def test_without_leave_nothing_is_silenced(self) -> None:
        here = rig(runbooks={"go": runbook("go", QUIET, criterion=NEVER)})
        here.talker.answers = {"approval": "deny"}

        here.respond(runbook="go", alerts=(alert(),))

        assert here.outcome("quiet") == "denied"
        assert here.effects() == []

    @pytest.mark.parametrize("until", ["resolved", "2026-11-22T05:00:00Z"])
    def test_resolving_ends_it_even_before_its_time(self, until: str) -> None:
        here = silenced(f"- id: quiet\n  hold: {{what: [alerts], until: '{until}'}}\n")

        assert isinstance(resolve(here.app, "INC-0001"), Event)

        assert stands(here) == 0
        assert standing(here) == set()

    def test_undo_ends_it(self) -> None:
        here = silenced()

        undo(here.app, "INC-0001", None, approve=("all",))

        assert stands(here) == 0
        assert standing(here) == set()

    def test_what_refuses_to_end_refuses_unless_it_is_kept(self) -> None:
        here = silenced()
        here.world.look().broken["monitor"] = "it is down"

        (said,) = refused(here)
        assert said.startswith("the silence of alerts of INC-0001 cannot be ended: monitor")

        kept = resolve(here.app, "INC-0001", keep="its time is over soon")
        assert isinstance(kept, Event)
        assert kept.data["kept"] == ["hold: alerts of INC-0001"]
        assert standing(here) == {"hold:alerts of INC-0001"}

    def test_another_incident_s_silence_stands_on(self) -> None:
        here = silenced()
        drift = alert("PredictionDrift")
        here.respond(runbook="go", alerts=(drift,), approve=("all",), new_incident=True)
        assert stands(here) == 2

        resolve(here.app, "INC-0001")

        assert stands(here) == 1
        assert standing(here) == {"hold:alerts of INC-0002"}

    def test_a_forgotten_one_ends_by_itself_and_is_told_as_over(self) -> None:
        here = silenced()

        here.clock.advance(12 * 3600 + 1)

        assert stands(here) == 0
        assert read_ledger(here.app, SERVICE)[0].standing_at(here.clock.now()) == {}


def test_not_while_a_run_is_active_and_not_twice() -> None:
    here = plain()
    here.world.look().broken["registry"] = "it is down"
    here.respond(runbook="registry-outage")
    with pytest.raises(HeldError, match="has an active run"):
        resolve(here.app, "INC-0001")

    done = opened()
    resolve(done.app, "INC-0001")
    with pytest.raises(UsageError, match="INC-0001 is resolved"):
        resolve(done.app, "INC-0001")
