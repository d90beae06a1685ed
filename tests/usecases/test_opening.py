"""Which incident an alert belongs to, and that it is recorded there once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from tests.rig import SERVICE, Rig, definition, rig
from tests.usecases.written import alert

from mlrespond.errors import AlreadySettledError, UsageError
from mlrespond.model.event import Draft, Event
from mlrespond.model.incident_kind import IncidentResolved
from mlrespond.model.json import record
from mlrespond.model.kinds import draft
from mlrespond.model.service import Project, Service
from mlrespond.ports.timeline import Filter
from mlrespond.testing.clock import START, CountingIds, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import Store
from mlrespond.usecases.incidents import open_incidents
from mlrespond.usecases.opening import open_or_join, record_elsewhere, service_of
from mlrespond.usecases.respond import run_context


def with_services(here: Rig, **services: Mapping[str, object]) -> Rig:
    known = {SERVICE: here.app.project.services[SERVICE]}
    added = {
        name: Service.model_validate({**definition(), **changes})
        for name, changes in services.items()
    }
    project = here.app.project.model_copy(update={"services": {**known, **added}})
    assert isinstance(project, Project)
    here.app = replace(here.app, project=project)
    return here


class TestWhichService:
    def test_a_label_service_or_model_names_it(self) -> None:
        app = with_services(rig(), ranker={}).app

        by_model = alert(labels={"service": "other", "model": "ranker"})

        assert service_of(app, None, [alert()]) == SERVICE
        assert service_of(app, None, [by_model]) == "ranker"

    def test_its_own_matchers_replace_the_default(self) -> None:
        matchers = [{"team": "search-*", "env": "prod"}, {"job": "rank"}]
        app = with_services(rig(), ranker={"alerts": matchers}).app

        def about(**labels: str) -> str:
            return service_of(app, None, [alert(labels={"service": "none", **labels})])

        assert about(team="search-eu", env="prod") == "ranker"
        assert about(job="rank") == "ranker"
        with pytest.raises(UsageError, match="about no service"):
            about(team="search-eu", env="test")

    def test_an_alert_about_none_is_refused_with_the_list(self) -> None:
        app = with_services(rig(), ranker={}).app

        with pytest.raises(UsageError, match="the alert is about no service") as refused:
            service_of(app, None, [alert(labels={"service": "unheard-of"})])

        assert refused.value.exit_code == 2
        assert "fraud-scorer, ranker" in refused.value.hint

    def test_an_alert_about_two_is_refused_with_both(self) -> None:
        app = with_services(rig(), ranker={}, third={}).app

        with pytest.raises(UsageError, match="about several services") as refused:
            service_of(app, None, [alert(labels={"model": "ranker"})])

        assert "fraud-scorer, ranker" in refused.value.hint
        assert "third" not in refused.value.hint

    def test_a_named_service_needs_no_matching_alert(self) -> None:
        app = with_services(rig(), ranker={}).app

        assert service_of(app, "ranker", [alert()]) == "ranker"

    def test_the_only_service_goes_without_saying(self) -> None:
        assert service_of(rig().app, None, []) == SERVICE

    def test_one_of_several_must_be_named(self) -> None:
        app = with_services(rig(), ranker={}).app

        with pytest.raises(UsageError, match="say which service") as refused:
            service_of(app, None, [])
        assert "fraud-scorer, ranker" in refused.value.hint
        with pytest.raises(UsageError, match="there is no service `scorer`"):
            service_of(app, "scorer", [])


class TestOpening:
    def test_the_onset_is_when_the_first_alert_of_the_group_began(self) -> None:
        here = rig()

        opened = open_or_join(
            here.app, SERVICE, [alert("A", ago_s=60), alert("B", ago_s=900)], "SEV2"
        )

        assert opened.new
        assert opened.incident.onset == START - timedelta(seconds=900)
        assert opened.incident.severity == "SEV2"
        assert [one.name for one in opened.incident.alerts] == ["A", "B"]

    def test_the_title_is_the_alerts_summary_on_one_line(self) -> None:
        told = replace(alert(), annotations={"summary": "garbage\nin eu\x1b[31m"})

        opened = open_or_join(rig().app, SERVICE, [told], "SEV3")

        assert opened.incident.title == "garbage in eu[31m"

    def test_incidents_are_numbered_on(self) -> None:
        app = rig().app

        names = [open_or_join(app, SERVICE, [], "SEV3", new=True).incident.id for _ in range(3)]

        assert names == ["INC-0001", "INC-0002", "INC-0003"]

    def test_an_alert_that_fires_on_after_its_incident_is_the_next_one_s_too(self) -> None:
        here = rig()
        open_or_join(here.app, SERVICE, [alert()], "SEV3")

        again = open_or_join(here.app, SERVICE, [alert()], "SEV3", new=True)

        assert (again.incident.id, again.recorded) == ("INC-0002", 1)
        assert [one.name for one in again.incident.alerts] == ["GoldenAccuracyLow"]
        context = run_context(here.app, again.incident)
        assert record(context["alert"])["name"] == "GoldenAccuracyLow"
        assert open_or_join(here.app, SERVICE, [alert()], "SEV3").recorded == 0
        assert here.kinds("INC-0002") == ["incident_opened", "alert_received"]

    def test_an_alert_that_is_sent_twice_in_one_message_is_recorded_once(self) -> None:
        app = rig().app

        assert open_or_join(app, SERVICE, [alert("A"), alert("A")], "SEV3").recorded == 1
        assert open_or_join(app, SERVICE, [alert("B"), alert("B")], "SEV3").recorded == 1


class TestJoining:
    def test_an_alert_joins_the_open_incident_of_its_service(self) -> None:
        here = rig()
        open_or_join(here.app, SERVICE, [alert("A")], "SEV3")

        joined = open_or_join(here.app, SERVICE, [alert("B")], "SEV3")

        assert not joined.new
        assert joined.incident.id == "INC-0001"
        assert here.kinds() == ["incident_opened", "alert_received", "alert_received"]

    def test_an_incident_of_another_service_is_left_alone(self) -> None:
        app = with_services(rig(), ranker={}).app
        open_or_join(app, "ranker", [], "SEV3")

        opened = open_or_join(app, SERVICE, [alert()], "SEV3")

        assert opened.new

    def test_a_graver_alert_raises_the_severity_and_a_milder_one_does_not_lower_it(self) -> None:
        app = rig().app
        open_or_join(app, SERVICE, [alert("A")], "SEV3")

        raised = open_or_join(app, SERVICE, [alert("B")], "SEV1")
        milder = open_or_join(app, SERVICE, [alert("C")], "SEV4")

        assert raised.incident.severity == "SEV1"
        assert milder.incident.severity == "SEV1"

    def test_what_joins_and_what_it_raises_are_recorded_at_one_moment(self) -> None:
        store = Counting()
        here = rig(store=cast("Store", store))
        open_or_join(here.app, SERVICE, [alert("A")], "SEV3")
        store.appends.clear()

        open_or_join(here.app, SERVICE, [alert("B"), alert("C")], "SEV1")

        assert store.appends == [["alert_received", "alert_received", "severity_set"]]

    def test_a_resolved_alert_raises_nothing(self) -> None:
        app = rig().app
        open_or_join(app, SERVICE, [alert("A")], "SEV3")

        joined = open_or_join(app, SERVICE, [alert("A", status="resolved")], "SEV1")

        assert joined.incident.severity == "SEV3"
        assert joined.incident.status == "open"

    def test_fingerprint_start_and_status_make_it_the_same_alert(self) -> None:
        app = rig().app
        open_or_join(app, SERVICE, [alert("A")], "SEV3")

        def recorded(*alerts: object) -> int:
            return open_or_join(app, SERVICE, alerts, "SEV3").recorded  # type: ignore[arg-type]  # alerts

        assert recorded(alert("A")) == 0
        assert recorded(alert("A", status="resolved")) == 1
        assert recorded(alert("A", status="resolved")) == 0
        assert recorded(alert("A", ago_s=10)) == 1

    def test_alerts_without_an_incident_are_kept_with_the_service(self) -> None:
        here = rig(history=())

        kept = record_elsewhere(here.app, SERVICE, [alert(status="resolved")])

        assert kept == 1
        (event,) = here.app.store.read(f"service:{SERVICE}")
        assert event.kind == "alert_received"
        assert event.incident is None


class Counting(MemoryTimeline):
    """A timeline that remembers what was written at one moment."""

    def __init__(self) -> None:
        super().__init__(FixedClock().now, CountingIds())
        self.appends: list[list[str]] = []

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        self.appends.append([one.kind for one in drafts])
        return super().append(drafts, expect)


class Contested(MemoryTimeline):
    """A timeline on which somebody else is always a moment faster, the first time."""

    def __init__(self, others: Sequence[Draft]) -> None:
        clock = FixedClock()
        super().__init__(clock.now, CountingIds())
        self._others = list(others)

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if any(one.kind == "incident_opened" for one in drafts) and self._others:
            others, self._others = self._others, []
            super().append(others)
        return super().append(drafts, expect)


class Overtaken(MemoryTimeline):
    """A timeline on which somebody else writes right after a search, or before a kind, once."""

    def __init__(self, others: Sequence[Draft]) -> None:
        super().__init__(FixedClock().now, CountingIds())
        self.before = ""
        self.others = list(others)

    def find(self, wanted: Filter) -> tuple[Event, ...]:
        found = super().find(wanted)
        if not self.before:
            self._write()
        return found

    def append(
        self, drafts: Sequence[Draft], expect: Mapping[str, int] | None = None
    ) -> tuple[Event, ...]:
        if any(one.kind == self.before for one in drafts):
            self._write()
        return super().append(drafts, expect)

    def _write(self) -> None:
        others, self.others = self.others, []
        if others:
            super().append(others)


def rival(*alerts: object) -> tuple[Draft, ...]:
    """Return what another process writes when it opens an incident for these alerts."""
    here = rig()
    open_or_join(here.app, SERVICE, alerts, "SEV4")  # type: ignore[arg-type]  # alerts
    return tuple(as_draft(one) for one in here.events())


def as_draft(event: Event) -> Draft:
    """Return what another process wrote, as it was written."""
    return Draft(
        stream=event.stream,
        kind=event.kind,
        summary=event.summary,
        data=event.data,
        occurred_at=event.occurred_at,
        source=event.source,
        actor=event.actor,
        incident=event.incident,
        once=event.once,
    )


def test_whoever_opens_second_joins_the_first() -> None:
    app = rig(store=Contested(rival(alert("A")))).app

    opened = open_or_join(app, SERVICE, [alert("B")], "SEV2")

    assert not opened.new
    assert len(open_incidents(app.store)) == 1
    assert [one.name for one in incident_of(app, "INC-0001").alerts] == ["A", "B"]
    assert opened.incident.severity == "SEV2"


def test_whoever_looked_before_the_first_was_opened_joins_it() -> None:
    store = Overtaken(rival(alert("A")))
    app = rig(store=store, history=()).app

    opened = open_or_join(app, SERVICE, [], "SEV2")

    assert not opened.new
    assert len(open_incidents(app.store)) == 1


class TestAnIncidentThatEndsThisMoment:
    def test_what_fires_then_opens_the_next(self) -> None:
        here, store = overtaken()
        store.others = ending()

        opened = open_or_join(here.app, SERVICE, [alert("B")], "SEV2")

        assert (opened.incident.id, opened.new, opened.recorded) == ("INC-0002", True, 1)
        assert here.kinds() == ["incident_opened", "alert_received", "incident_resolved"]

    def test_so_does_what_was_recorded_in_it_a_moment_too_late(self) -> None:
        here, store = overtaken()
        store.before, store.others = "alert_received", ending()

        opened = open_or_join(here.app, SERVICE, [alert("B")], "SEV3")

        assert (opened.incident.id, opened.recorded) == ("INC-0002", 1)
        assert [one.name for one in opened.incident.alerts] == ["B"]
        assert here.kinds()[-2:] == ["incident_resolved", "alert_received"]

    def test_an_alert_that_is_over_itself_opens_nothing(self) -> None:
        here, store = overtaken()
        store.others = ending()

        joined = open_or_join(here.app, SERVICE, [alert("A", status="resolved")], "SEV2")

        assert (joined.incident.id, joined.new, joined.recorded) == ("INC-0001", False, 1)


def overtaken() -> tuple[Rig, Overtaken]:
    store = Overtaken(())
    here = rig(store=cast("Store", store), history=())
    open_or_join(here.app, SERVICE, [alert("A")], "SEV3")
    return here, store


def ending() -> list[Draft]:
    over = IncidentResolved(reason="it is over")
    return [draft("incident:INC-0001", over, START, incident="INC-0001")]


def test_the_same_alert_delivered_twice_at_once_opens_one_incident() -> None:
    app = rig(store=Contested(rival(alert("A")))).app

    opened = open_or_join(app, SERVICE, [alert("A")], "SEV2")

    assert not opened.new
    assert opened.recorded == 0
    with pytest.raises(AlreadySettledError):
        app.store.append(rival(alert("A")))


def test_a_forced_second_incident_takes_the_next_number() -> None:
    app = rig(store=Contested(rival(alert("A")))).app

    opened = open_or_join(app, SERVICE, [alert("B")], "SEV2", new=True, title="mine", drill=True)

    assert opened.incident.id == "INC-0002"
    assert opened.incident.title == "mine"
    assert opened.incident.drill


def test_an_alert_of_the_group_that_was_recorded_meanwhile_is_left_out() -> None:
    other = rig(history=())
    record_elsewhere(other.app, SERVICE, [alert("B", status="resolved")])
    (known,) = other.app.store.read(f"service:{SERVICE}")
    app = rig(store=Contested([as_draft(known)]), history=()).app

    opened = open_or_join(app, SERVICE, [alert("A"), alert("B", status="resolved")], "SEV2")

    assert opened.new
    assert opened.recorded == 1
