"""Resolving reads again, and refuses while anything temporary stands or is not as it should be."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from tests.rig import SERVICE, Rig, rig
from tests.usecases.plain import plain
from tests.usecases.written import NEVER, alert, runbook

from mlrespond.adapters.system import SystemIds
from mlrespond.errors import ConflictError, HeldError, UnwritableError, UsageError
from mlrespond.model.event import Draft, Event
from mlrespond.model.incident_kind import IncidentResolved
from mlrespond.model.instant import iso
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import StandingSet
from mlrespond.testing.clock import CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.timeline.spool import Spool
from mlrespond.timeline.spooling import SpoolingTimeline
from mlrespond.timeline.sqlite import SqliteTimeline
from mlrespond.usecases.acts import incident_of, merge, mitigate, reopen
from mlrespond.usecases.app import Store
from mlrespond.usecases.context import read_ledger, service_stream
from mlrespond.usecases.looking import record_look
from mlrespond.usecases.opening import open_or_join
from mlrespond.usecases.resolve import Refused, Unfinished, resolve
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


HOLD = "- id: keep\n  hold: {what: [deploy]}\n"


class TestHolds:
    """Two incidents may hold one thing; resolving one lifts nothing of the other's."""

    def two(self) -> Rig:
        here = after(HOLD)
        here.respond(runbook="go", approve=("all",), new_incident=True)
        assert here.finished("keep", "INC-0002").data["outcome"] == "ok"
        return here

    @pytest.mark.parametrize(
        ("first", "second"), [("INC-0001", "INC-0002"), ("INC-0002", "INC-0001")]
    )
    def test_it_is_held_until_both_are_over(self, first: str, second: str) -> None:
        here = self.two()

        assert isinstance(resolve(here.app, first), Event)
        assert standing(here) == {"hold:deploy"}

        assert isinstance(resolve(here.app, second), Event)
        assert standing(here) == set()

    def test_undoing_one_s_own_leaves_the_other_s(self) -> None:
        here = self.two()

        undo(here.app, "INC-0002", None, approve=("all",))
        assert standing(here) == {"hold:deploy"}

        undo(here.app, "INC-0001", None, approve=("all",))
        assert standing(here) == set()

    def test_what_another_holds_for_longer_is_in_nobody_s_way(self) -> None:
        here = after("- id: keep\n  hold: {what: [deploy], until: '2026-11-22T09:00:00Z'}\n")
        open_or_join(here.app, SERVICE, [], "SEV3", new=True)

        assert isinstance(resolve(here.app, "INC-0002"), Event)

        assert standing(here) == {"hold:deploy"}

    def test_holding_it_for_longer_changes_until_when_and_can_be_taken_back(self) -> None:
        later, latest = "2026-11-22T04:00:00Z", "2026-11-22T09:00:00Z"
        here = after(
            f"- id: keep\n  hold: {{what: [deploy], until: '{later}'}}\n"
            f"- id: longer\n  hold: {{what: [deploy], until: '{latest}'}}\n"
            f"- id: again\n  hold: {{what: [deploy], until: '{latest}'}}\n"
        )
        assert held_until(here) == latest
        plans = [one.summary for one in here.events() if one.kind == "action_intended"]
        assert [one for one in plans if f"(it is held until {later})" in one] == plans[1:]

        undo(here.app, "INC-0001", "longer", approve=("all",))

        assert held_until(here) == later


def held_until(here: Rig) -> str:
    return read_ledger(here.app, SERVICE)[0].standing["hold:deploy"].until


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
        clock = FixedClock()
        store = Dying(clock)
        store.before = "action_sent"
        runbooks = {"go": runbook("go", QUIET, criterion=NEVER)}
        here = rig(runbooks=runbooks, store=cast("Store", store), clock=clock)
        with pytest.raises(DiedError):
            here.respond(runbook="go", alerts=(alert(),), approve=("all",))
        assert (stands(here), "action_sent" in here.kinds()) == (1, False)

        store.before = ""
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

    @pytest.mark.parametrize("how", ["erased", "late"])
    def test_one_that_was_kept_stands_whatever_became_of_that_word(self, how: str) -> None:
        here = silenced()
        here.world.look().broken["monitor"] = "it is down"
        resolve(here.app, "INC-0001", keep="its time is over soon")
        del here.world.look().broken["monitor"]
        if how == "erased":
            here.app = replace(here.app, store=cast("Store", Erased(here.app.store)))
        else:
            other = IncidentResolved(reason="said elsewhere")
            said = draft("incident:INC-0001", other, here.clock.now(), incident="INC-0001")
            here.app.store.append([replace(said, late=True)])

        with pytest.raises(UsageError, match="INC-0001 is resolved"):
            resolve(here.app, "INC-0001")

        assert stands(here) == 1

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


class Erased:
    """A timeline of which the content of every resolution was erased."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def read(self, stream: str, after: int = 0) -> tuple[Event, ...]:
        return tuple(
            replace(event, erased=True, data={}) if event.kind == "incident_resolved" else event
            for event in self._store.read(stream, after)
        )


DRAIN = "- id: out\n  drain: {replicas: [eu-1]}\n"


class TestDrained:
    def test_what_is_drained_and_silent_stands_in_the_way_only_as_what_stands(self) -> None:
        here = after(DRAIN)
        here.world.look().broken["eu-1"] = "it cannot load"

        found = resolve(here.app, "INC-0001")

        assert isinstance(found, Refused)
        assert found.reasons == ("a drain: eu-1 stands",)
        assert found.hint.startswith("mlir undo INC-0001")

    def test_it_may_be_kept(self) -> None:
        here = after(DRAIN)
        here.world.look().broken["eu-1"] = "it cannot load"

        assert isinstance(resolve(here.app, "INC-0001", keep="repaired tomorrow"), Event)

    def test_those_that_get_requests_must_be_as_wanted_all_the_same(self) -> None:
        here = after(DRAIN)
        here.world.look().served["us-1"] = "1"

        assert refused(here, keep="x") == ("the registry wants 2, served is 1",)


class TestKeeping:
    @pytest.mark.parametrize("keep", ["", "  "])
    def test_keeping_without_a_reason_lets_nothing_pass(self, keep: str) -> None:
        here = after(SWITCH)

        with pytest.raises(UsageError, match="say why it may stay"):
            resolve(here.app, "INC-0001", keep=keep)

        assert incident_of(here.app, "INC-0001").status == "open"

    def test_why_it_is_over_and_why_something_stays_are_both_recorded(self) -> None:
        here = after(SWITCH)

        said = resolve(here.app, "INC-0001", reason="v2 is back", keep="a trial")

        assert isinstance(said, Event)
        assert said.summary == "resolved, keeping switch: 100% to rules-v1 (a trial): v2 is back"


class Busy(MemoryTimeline):
    """A timeline in which others write something just before the next decision is recorded."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock.now, CountingIds())
        self.meanwhile: list[Callable[[], object]] = []

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if expect and self.meanwhile:
            self.meanwhile.pop(0)()
        return super().append(drafts, expect)


def busy() -> tuple[Rig, Busy]:
    clock = FixedClock()
    store = Busy(clock)
    here = rig(
        runbooks={"waits": runbook("waits", "- id: go\n  wait: {for: 1h}\n")},
        store=cast("Store", store),
        clock=clock,
        service={"objectives": {}, "predictions": None},
    )
    open_or_join(here.app, SERVICE, [], "SEV3")
    return here, store


class TestMeanwhile:
    """What is decided is decided on what stands, not on what stood before the look."""

    def test_a_run_that_was_requested_during_the_look_is_in_the_way(self) -> None:
        here, store = busy()
        store.meanwhile = [lambda: here.respond(service=None, incident="INC-0001", runbook="waits")]

        with pytest.raises(HeldError, match="has an active run"):
            resolve(here.app, "INC-0001")

        assert incident_of(here.app, "INC-0001").status == "open"

    def test_an_alert_that_joined_during_the_look_is_told(self) -> None:
        here, store = busy()
        store.meanwhile = [lambda: open_or_join(here.app, SERVICE, [alert()], "SEV2")]

        with pytest.raises(ConflictError, match="went on meanwhile") as refusal:
            resolve(here.app, "INC-0001")

        assert "mlir timeline INC-0001" in refusal.value.hint
        assert incident_of(here.app, "INC-0001").status == "open"

    def test_a_change_that_began_to_stand_during_the_look_is_seen(self) -> None:
        here, store = busy()
        store.meanwhile = [lambda: say(here, StandingSet(sort="switch", what="100% to rules-v1"))]

        assert refused(here) == ("a switch: 100% to rules-v1 stands",)

    def test_a_watcher_s_look_is_in_nobody_s_way(self) -> None:
        here, store = busy()
        store.meanwhile = [lambda: record_look(here.app, SERVICE, why="watch", always=True)]

        assert isinstance(resolve(here.app, "INC-0001"), Event)

    def test_merging_is_decided_on_what_stands_too(self) -> None:
        here, store = busy()
        open_or_join(here.app, SERVICE, [], "SEV3", new=True)
        store.meanwhile = [lambda: here.respond(service=None, incident="INC-0001", runbook="waits")]

        with pytest.raises(UsageError, match="has an active run"):
            merge(here.app, "INC-0001", "INC-0002", "the same release")


def say(here: Rig, what: Body) -> None:
    here.app.store.append([draft(service_stream(SERVICE), what, here.clock.now())])


class DiedError(BaseException):
    pass


class Dying(MemoryTimeline):
    """A timeline whose process dies just before it appends a kind."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock.now, CountingIds())
        self.before = ""

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if any(one.kind == self.before for one in drafts):
            raise DiedError
        return super().append(drafts, expect)


PAGED = "- id: quiet\n  hold: {what: [alerts]}\n- id: call\n  escalate: {wait: none}\n"


class TestTheRest:
    """Silences end and pagers are told once the decision stands; what failed is done again."""

    def test_a_process_that_died_before_the_decision_has_changed_nothing(self) -> None:
        here, store = paged()
        store.before = "incident_resolved"

        with pytest.raises(DiedError):
            resolve(here.app, "INC-0001")

        assert (stands(here), len(here.world.look().pages)) == (1, 1)

    @pytest.mark.parametrize("before", ["standing_cleared", "pager_told"])
    def test_one_that_died_after_it_leaves_the_rest_to_the_next(self, before: str) -> None:
        here, store = paged()
        store.before = before
        with pytest.raises(DiedError):
            resolve(here.app, "INC-0001")
        assert incident_of(here.app, "INC-0001").status == "resolved"
        store.before = ""

        assert isinstance(resolve(here.app, "INC-0001"), Event)

        assert (stands(here), len(here.world.look().pages)) == (0, 0)
        assert standing(here) == set()
        assert here.kinds().count("incident_resolved") == 1
        with pytest.raises(UsageError, match="INC-0001 is resolved") as refusal:
            resolve(here.app, "INC-0001")
        assert "mlir reopen INC-0001" in refusal.value.hint

    def test_a_pager_that_does_not_answer_is_told_the_next_time(self) -> None:
        here, _ = paged()
        here.world.look().broken["pager"] = "it is down"

        found = resolve(here.app, "INC-0001")

        assert isinstance(found, Unfinished)
        assert incident_of(here.app, "INC-0001").status == "resolved"
        assert found.reasons[0].startswith("the pager of payments-ml does not know: pager")
        assert "mlir resolve INC-0001" in found.hint

        del here.world.look().broken["pager"]
        assert isinstance(resolve(here.app, "INC-0001"), Event)
        assert here.world.look().pages == {}

    def test_what_was_paged_again_after_a_reopening_is_told_again(self) -> None:
        here, _ = paged()
        resolve(here.app, "INC-0001")
        reopen(here.app, "INC-0001", "it came back")
        here.respond(service=None, incident="INC-0001", runbook="go", approve=("all",))
        assert len(here.world.look().pages) == 1

        assert isinstance(resolve(here.app, "INC-0001"), Event)

        assert here.world.look().pages == {}


class TestAServiceThatIsGone:
    """Who renamed or removed a service can still end its incidents; nothing of it is looked at."""

    def test_it_is_refused_until_a_person_says_why(self) -> None:
        here = without(opened())

        found = resolve(here.app, "INC-0001")

        assert isinstance(found, Refused)
        assert found.inconclusive
        assert found.reasons == (
            f"there is no service `{SERVICE}` any more, so nothing of it can be looked at",
        )
        said = resolve(here.app, "INC-0001", keep="it was switched off for good")
        assert isinstance(said, Event)
        assert said.data["readings"] == {}

    def test_its_silence_and_its_pages_are_left_to_whoever_has_them(self) -> None:
        here = without(paged()[0])
        assert refused(here) == (
            f"the silence of alerts of INC-0001 cannot be ended: there is no service `{SERVICE}`",
        )

        found = resolve(here.app, "INC-0001", keep="it was switched off for good")

        assert isinstance(found, Unfinished)
        assert found.reasons == (
            f"the pager of payments-ml does not know: there is no service `{SERVICE}` any more",
        )

    def test_no_run_of_it_is_begun(self) -> None:
        here = without(opened())

        with pytest.raises(UsageError, match=f"there is no service `{SERVICE}`"):
            here.respond(service=None, incident="INC-0001", runbook="first-look")

        assert here.kinds() == ["incident_opened"]


def without(here: Rig) -> Rig:
    """Return a rig whose service was taken out of mlir.yaml."""
    project = here.app.project.model_copy(update={"services": {}})
    here.app = replace(here.app, project=project)
    return here


def paged() -> tuple[Rig, Dying]:
    """Return a rig on which a run silenced the alert of its incident and paged somebody."""
    clock = FixedClock()
    store = Dying(clock)
    here = rig(
        runbooks={"go": runbook("go", PAGED, criterion=NEVER)},
        store=cast("Store", store),
        clock=clock,
        service={"objectives": {}, "predictions": None},
    )
    here.world.look().alerts.append({**alert().labels, "startsAt": "2026-11-22T02:00:00Z"})
    here.respond(runbook="go", alerts=(alert(),), approve=("all",))
    assert (stands(here), len(here.world.look().pages)) == (1, 1)
    return here, store


def test_while_the_timeline_cannot_be_written_nothing_is_resolved(tmp_path: Path) -> None:
    """What is decided now must not come in later, whatever happened since."""
    clock, ids, path = FixedClock(), SystemIds(), tmp_path / "timeline.db"

    def database() -> SqliteTimeline:
        return SqliteTimeline(
            path, now=clock.now, new_id=ids.event_id, new_salt=ids.salt, patience_s=0.01
        )

    spool = Spool(tmp_path / "spool", new_id=ids.event_id)
    store = SpoolingTimeline(database, spool, clock.now)
    here = rig(store=store, clock=clock, service={"objectives": {}, "predictions": None})
    open_or_join(here.app, SERVICE, [], "SEV3")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(UnwritableError):
            resolve(here.app, "INC-0001")
        with pytest.raises(UnwritableError):
            mitigate(here.app, "INC-0001", "it is quiet")

    assert not spool.waiting()
    store.close()


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
