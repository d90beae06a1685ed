"""A report's figures, each worked out by hand from the events beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from mlrespond.engine.account import moves
from mlrespond.errors import UsageError
from mlrespond.model.action_item_kind import ActionItemAdded, ActionItemClosed
from mlrespond.model.alert import Alert
from mlrespond.model.blast_kind import BlastMeasured, DecisionsSettled
from mlrespond.model.event import Actor, Draft, Source
from mlrespond.model.incident_kind import (
    AlertReceived,
    IncidentAcknowledged,
    IncidentDeclined,
    IncidentMerged,
    IncidentMitigated,
    IncidentOpened,
    IncidentResolved,
)
from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.lease_kind import Process
from mlrespond.model.run_kind import (
    ActionSent,
    ActionSettled,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunEnded,
    RunRequested,
    StepFinished,
    StepStarted,
)
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.model.spec import RunbookSpec
from mlrespond.testing.clock import START
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.report import report
from mlrespond.usecases.report_figure import Report, Spread

NOW = START + timedelta(days=20)
ANA = Actor("ana", "os")
BOOK = RunbookSpec(name="back", title="t", digest="d", mitigated_when=None)
PROCESS = Process(host="h", boot="b", pid=1, started="s")


def at(day: int, seconds: float = 0.0) -> datetime:
    return START + timedelta(days=day, seconds=seconds)


class Told:
    """An incident that is told event by event, in seconds after its opening."""

    def __init__(self, name: str, day: int, service: str = "fraud", **opening: object) -> None:
        self.name, self.day = name, day
        self.drafts: list[Draft] = []
        opened = IncidentOpened(service=service, title="t", severity="SEV2", **opening)  # type: ignore[arg-type]  # fields
        self.say(0, opened, source="person")

    def say(
        self, seconds: float, what: Body, *, source: Source = "engine", step: str | None = None
    ) -> Told:
        in_run = step is not None or what.kind.startswith(("run_", "action_sent", "action_settled"))
        self.drafts.append(
            draft(
                f"incident:{self.name}",
                what,
                at(self.day, seconds),
                incident=self.name,
                source=source,
                actor=ANA,
                step=step,
                run=f"{self.name}.1" if in_run else None,
                epoch=(0 if what.kind == "run_requested" else 1) if in_run else None,
            )
        )
        return self

    def alert(self, name: str, seconds: float) -> Told:
        fired = Alert(
            fingerprint="f", status="firing", starts_at=at(self.day, seconds),
            labels={"alertname": name},
        )  # fmt: skip
        return self.say(0, AlertReceived(alert=fired), source="webhook")

    def run(self, ending: str, until: float, name: str = "back") -> Told:
        """Say a run from 10 s on; its diagnosis, one approved change of two actions, its end."""
        book = replace(BOOK, name=name)
        requested = RunRequested(service="fraud", runbook=book, definition={})
        self.say(10, requested)
        self.say(10, RunClaimed(process=PROCESS, until=at(self.day, 99)))
        suspects: Json = [{"mode": "bad_release", "likely": True}]
        found = StepFinished(title="t", outcome="ok", yields={"suspects": suspects})
        self.say(30, found, step="triage")
        self.say(40, QuestionAsked(question="q", sort="approval", text="?", choices=()), step="go")
        self.say(70, QuestionAnswered(question="q", choice="approve", via="terminal"), step="go")
        self.say(75, StepStarted(title="g", body={}, effect="change", service="fraud"), step="go")
        for n in (0, 1):
            self.say(80 + n, ActionSent(action=n, summary="s", try_=1), step="go")
            self.say(90 + n, ActionSettled(action=n, summary="s", outcome="ok"), step="go")
        proven = StepFinished(
            title="g", outcome="ok", yields={"verified_at": iso(at(self.day, 95))}
        )
        self.say(96, proven, step="go")
        self.say(until, RunEnded(ending=ending))  # type: ignore[arg-type]  # an Ending
        return self


def store(*incidents: Told, looks: Sequence[tuple[datetime, str]] = ()) -> MemoryTimeline:
    seconds = count()
    timeline = MemoryTimeline(lambda: START + timedelta(seconds=next(seconds)))
    for one in incidents:
        timeline.append(one.drafts)
    for when, wanted in looks:
        look = ServiceLooked(wanted=wanted, served={"eu-1": wanted})
        timeline.append([draft("service:fraud", look, when, source="poll")])
    return timeline


def three() -> Iterator[Told]:
    """Yield two incidents that a run mitigated, and one that a person mitigated by hand."""
    first = Told("INC-0001", 0, onset=at(0, -60)).alert("Bad", -20)
    yield (
        first.say(5, IncidentAcknowledged(), source="person")
        .run("mitigated", 200)
        .say(200, IncidentMitigated(criterion="c"))
        .say(500, IncidentResolved(), source="person")
    )
    second = Told("INC-0002", 3, onset=at(3, -30)).alert("Bad", -10)
    yield second.run("mitigated", 400).say(400, IncidentMitigated(criterion="c"))
    third = Told("INC-0003", 9).alert("Bad", 0).alert("Other", 0)
    yield third.say(1000, IncidentMitigated(criterion="it looks well"), source="person").say(
        1200, IncidentResolved(), source="person"
    )


@pytest.fixture
def found() -> Report:
    return report(store(*three()), NOW)


def spread(found: Report, name: str) -> tuple[list[float], float | None, dict[str, int]]:
    (one,) = [it for it in found.phases if it.name == name]
    return [dot.seconds for dot in one.dots], one.median, dict(one.missing)


def test_each_phase_has_every_dot_its_median_and_what_is_missing(found: Report) -> None:
    assert spread(found, "detect") == ([40, 20, 0], 20, {})
    assert spread(found, "notice") == ([25], 25, {"acknowledged": 2})
    assert spread(found, "diagnose") == ([30, 30], 30, {"diagnosed": 1})
    assert spread(found, "decide") == ([10, 10], 10, {"asked, diagnosed": 1})
    assert spread(found, "approve") == ([30, 30], 30, {"approved, asked": 1})
    assert spread(found, "propagate") == ([15, 15], 15, {"verified, first action": 1})
    assert spread(found, "verify") == ([105, 305], 205, {"verified": 1})
    assert spread(found, "respond") == ([200, 400, 1000], 400, {})
    assert spread(found, "mitigate") == ([260, 430, 1000], 430, {})
    assert spread(found, "resolve") == ([560, 1200], 880, {"resolved": 1})


def test_a_runbook_saved_what_a_hand_took_longer(found: Report) -> None:
    (total,) = found.runbooks

    assert (total.runbook, dict(total.endings)) == ("back", {"mitigated": 2})
    assert [dot.seconds for dot in total.took.dots] == [190, 390]
    assert (total.respond.median, total.by_hand.median, total.saved_s) == (300, 1000, 700)
    assert total.lost_s == 0


def test_runs_that_did_not_help_are_what_a_runbook_cost() -> None:
    useless = (
        Told("INC-0001", 0)
        .run("failed", 310)
        .say(900, IncidentMitigated(criterion="by hand"), source="person")
    )

    (total,) = report(store(useless), NOW).runbooks

    assert (total.lost_s, total.respond.n, total.by_hand.n, total.saved_s) == (300, 0, 1, None)


def test_how_often_is_told_by_service_severity_and_week(found: Report) -> None:
    (service,) = found.services

    assert (service.incidents, service.still_open) == (3, 1)
    assert dict(service.by_severity) == {"SEV2": 3}
    assert [dot.seconds / 86400 for dot in service.between.dots] == [3, 6]
    assert sum(n for _, n in found.weeks) == 3
    assert len(found.weeks) == 4  # START is a Sunday; the last day is a Saturday, three weeks on


def test_what_came_again_is_told_by_alert_and_by_mode(found: Report) -> None:
    assert [(one.by, one.name, one.incidents) for one in found.repeats] == [
        ("alert", "Bad", ("INC-0001", "INC-0002", "INC-0003")),
        ("mode", "bad_release", ("INC-0001", "INC-0002")),
    ]


def test_the_same_alert_of_another_service_is_no_repetition() -> None:
    one, other = Told("INC-0001", 0), Told("INC-0002", 1, service="shop")

    assert report(store(one.alert("Bad", 0), other.alert("Bad", 0)), NOW).repeats == ()


def test_who_did_what_is_counted_from_events(found: Report) -> None:
    assert (found.toil.machine, found.toil.hand, found.toil.by_word) == (4, 1, 1)
    assert found.toil.share_by_hand == pytest.approx(1 / 5)
    assert dict(found.toil.approvals) == {"terminal": 2}


def test_an_alias_that_no_run_moved_was_moved_by_hand() -> None:
    looks = [
        (at(0, -600), "6"),  # before any incident
        (at(0, 70), "7"),
        (at(0, 85), "6"),  # the run's own: it had sent its call at 80
        (at(9, 100), "7"),
        (at(9, 1500), "8"),  # after the third was over
    ]

    first, second, third = three()
    second.say(600, IncidentResolved(), source="person")
    toil = report(store(first, second, third, looks=looks), NOW).toil

    assert [(one.before, one.to, one.at) for one in toil.moved] == [
        ("6", "7", at(0, 70)),
        ("6", "7", at(9, 100)),
    ]
    assert toil.hand == 3


def test_a_page_explains_no_move() -> None:
    one = Told("INC-0001", 0)
    one.say(1, RunRequested(service="fraud", runbook=BOOK, definition={}))
    one.say(1, RunClaimed(process=PROCESS, until=at(0, 99)))
    one.say(50, StepStarted(title="p", body={}, effect="page", service="fraud"), step="page")
    one.say(51, ActionSent(action=0, summary="s", try_=1), step="page")

    toil = report(store(one, looks=[(at(0, 40), "6"), (at(0, 60), "7")]), NOW).toil

    assert [(move.before, move.to) for move in toil.moved] == [("6", "7")]


def test_a_registry_that_could_not_be_read_moved_nothing() -> None:
    looks = [ServiceLooked(wanted=one, served={}) for one in ("6", None, "6")]
    timeline = store()
    timeline.append(
        [draft("service:fraud", one, at(n), source="poll") for n, one in enumerate(looks)]
    )

    assert moves("fraud", timeline.read("service:fraud")) == ()


def test_answers_to_what_a_run_asked_are_done_by_hand() -> None:
    one = Told("INC-0001", 0).run("failed", 300)
    one.say(200, QuestionAsked(question="a", sort="ask", text="?", choices=()), step="ask")
    one.say(210, QuestionAnswered(question="a", choice="answered", via="command"), step="ask")
    one.say(220, QuestionAsked(question="u", sort="undecided", text="?", choices=()), step="go")
    one.say(230, QuestionAnswered(question="u", choice="done", via="command"), step="go")

    assert report(store(one), NOW).toil.told == 2


def test_pages_are_no_actions_and_what_is_not_proven_is_apart() -> None:
    one = Told("INC-0001", 0).run("failed", 300)
    one.say(250, StepStarted(title="p", body={}, effect="page", service="fraud"), step="page")
    one.say(251, ActionSettled(action=0, summary="s", outcome="ok"), step="page")
    one.say(252, ActionSettled(action=1, summary="s", outcome="unknown"), step="go")

    toil = report(store(one), NOW).toil

    assert (toil.machine, toil.unproven) == (2, 1)


def test_drills_merged_and_declined_incidents_are_counted_apart() -> None:
    drill = Told("INC-0001", 0, drill=True)
    merged = Told("INC-0002", 1).say(5, IncidentMerged(into="INC-0004"), source="person")
    declined = Told("INC-0003", 2).say(5, IncidentDeclined(reason="none"), source="person")

    found = report(store(drill, merged, declined, Told("INC-0004", 3)), NOW)

    assert [one.id for one in found.incidents] == ["INC-0004"]
    assert dict(found.left_out) == {"drill": 1, "merged": 1, "declined": 1}


def test_action_items_that_are_open_and_overdue_are_listed() -> None:
    one = Told("INC-0001", 0)
    one.say(1, ActionItemAdded(item="A1", text="first", due="2026-11-25"), source="person")
    one.say(2, ActionItemAdded(item="A2", text="second", due="2027-01-01"), source="person")
    one.say(3, ActionItemAdded(item="A3", text="third"), source="person")
    one.say(4, ActionItemClosed(item="A3", outcome="done"), source="person")

    found = report(store(one), NOW)

    assert [item.item for item in found.open_items] == ["A1", "A2"]
    assert (found.items, found.overdue) == (3, 1)


def test_blast_radii_are_added_up_and_those_not_measured_counted() -> None:
    measured = BlastMeasured(
        versions=("7",), since=at(0), until=at(1), why="w", logged=100, affected=40, to_reverse=30
    )
    settled = DecisionsSettled(outcome="reversed", count=10)
    one, other = (
        Told(f"INC-000{n}", n).say(1, measured, source="person").say(2, settled, source="person")
        for n in (1, 2)
    )

    blast = report(store(one, other, Told("INC-0003", 3)), NOW).blast

    assert (blast.measured, blast.unmeasured) == (2, 1)
    assert (blast.predictions_affected, blast.predictions) == (80, 200)
    assert (blast.to_reverse, blast.left) == (60, 40)


def test_a_service_and_a_time_narrow_it() -> None:
    timeline = store(*three(), Told("INC-0004", 4, service="shop"))

    assert [one.id for one in report(timeline, NOW, service="shop").incidents] == ["INC-0004"]
    some = report(timeline, NOW, since=at(3), until=at(9))
    assert [one.id for one in some.incidents] == ["INC-0002", "INC-0004"]
    with pytest.raises(UsageError, match="ends before it begins"):
        report(timeline, NOW, since=at(9), until=at(3))


def test_a_report_of_nothing_is_empty_and_guesses_nothing() -> None:
    found = report(store(), NOW)

    assert (found.incidents, found.weeks, found.repeats, found.runbooks) == ((), (), (), ())
    assert all(one.median is None and one.n == 0 for one in found.phases)
    assert found.toil.share_by_hand is None


def test_a_median_stands_between_an_even_number_of_dots() -> None:
    found = report(store(*three()), NOW)
    took: Spread = found.runbooks[0].took

    assert (took.n, took.median) == (2, 290)
