"""A service at a time, as is known now and as was known then."""

from __future__ import annotations

from datetime import timedelta

from mlrespond.model.event import Actor
from mlrespond.model.incident_kind import (
    IncidentMitigated,
    IncidentOpened,
    IncidentReopened,
    IncidentResolved,
    NoteAdded,
    SeveritySet,
)
from mlrespond.model.json import Json
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import StepFinished
from mlrespond.model.service_kind import ServiceLooked, StandingSet
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.moment import Judged, Moment, OpenIncident, at

SERVICE, INC = "fraud", "INC-0001"


class Book:
    """A timeline in which things happen at a minute, and are recorded then or later."""

    def __init__(self) -> None:
        self.clock = FixedClock(START)
        self.store = MemoryTimeline(self.clock.now)

    def say(
        self, minute: float, what: Body, *, recorded: float | None = None, corrects: str = ""
    ) -> str:
        self.clock.turn(START + timedelta(minutes=minute if recorded is None else recorded))
        ledger = what.kind.startswith(("service_", "standing_"))
        (event,) = self.store.append(
            [
                draft(
                    f"service:{SERVICE}" if ledger else f"incident:{INC}",
                    what,
                    START + timedelta(minutes=minute),
                    incident=None if ledger else INC,
                    source="poll" if ledger else "person",
                    actor=Actor("ana", "os"),
                    supersedes=corrects or None,
                )
            ]
        )
        return event.id

    def at(self, minute: float) -> Moment:
        return at(self.store, self.store, SERVICE, START + timedelta(minutes=minute))


def look(version: str) -> ServiceLooked:
    return ServiceLooked(wanted=version, served={"eu-1": version})


def opened() -> IncidentOpened:
    return IncidentOpened(service=SERVICE, title="t", severity="SEV3")


def wanted(moment: Moment) -> tuple[str | None, str | None]:
    """Return what was wanted as is known now, and as was known then."""
    now, then = moment.now.look, moment.then.look
    return now.wanted if now else None, then.wanted if then else None


def test_what_was_recorded_in_time_was_known_then() -> None:
    book = Book()
    book.say(0, look("6"))
    book.say(10, look("7"))

    assert wanted(book.at(5)) == ("6", "6")
    assert wanted(book.at(10)) == ("7", "7")
    assert book.at(10).learned == ()
    assert book.at(10).now == book.at(10).then


def test_a_look_that_was_brought_in_later_is_known_now_only() -> None:
    book = Book()
    book.say(0, look("6"))
    book.say(10, look("7"), recorded=30)

    moment = book.at(20)

    assert wanted(moment) == ("7", "6")
    (learned,) = moment.learned
    assert (learned.at, learned.recorded_at) == (
        START + timedelta(minutes=10),
        START + timedelta(minutes=30),
    )
    assert wanted(book.at(31)) == ("7", "7")


def test_before_the_first_record_nothing_was_known_then() -> None:
    book = Book()
    book.say(0, look("6"), recorded=30)

    assert wanted(book.at(10)) == ("6", None)


def test_an_incident_that_was_opened_afterwards_was_not_known_then() -> None:
    book = Book()
    book.say(0, look("6"))
    book.say(5, opened(), recorded=40)

    moment = book.at(10)

    assert moment.now.incidents == (OpenIncident(id=INC, severity="SEV3", status="open"),)
    assert moment.then.incidents == ()


def test_an_incident_is_told_by_its_state_at_the_time() -> None:
    book = Book()
    book.say(0, look("6"))
    book.say(5, opened())
    book.say(10, SeveritySet(severity="SEV1", before="SEV3"))
    book.say(20, IncidentMitigated(criterion="c"))
    book.say(30, IncidentResolved())
    book.say(40, IncidentReopened(reason="r"))

    told = [book.at(minute).now.incidents for minute in (4, 6, 15, 25, 35, 45)]

    assert [[(one.severity, one.status) for one in some] for some in told] == [
        [],
        [("SEV3", "open")],
        [("SEV1", "open")],
        [("SEV1", "mitigated")],
        [],
        [("SEV1", "open")],
    ]


def metrics(value: float) -> StepFinished:
    judged: Json = {"error_ratio": {"verdict": "fail", "current": value, "said": f"{value} fail"}}
    return StepFinished(title="t", outcome="ok", yields={"metrics": judged})


def test_metrics_are_the_newest_judged_until_then() -> None:
    book = Book()
    book.say(0, look("6"))
    book.say(1, opened())
    book.say(5, metrics(0.5))
    book.say(10, metrics(0.25), recorded=60)

    moment = book.at(20)

    assert [one.current for one in moment.now.metrics] == [0.25]
    assert moment.then.metrics == (
        Judged(
            name="error_ratio",
            incident=INC,
            verdict="fail",
            current=0.5,
            said="0.5 fail",
            at=START + timedelta(minutes=5),
        ),
    )


def test_metrics_of_an_incident_that_is_over_are_not_of_the_time() -> None:
    book = Book()
    book.say(0, look("6"))
    book.say(1, opened())
    book.say(5, metrics(0.5))
    book.say(6, IncidentResolved())

    assert book.at(20).now.metrics == ()


def test_a_note_that_was_corrected_later_is_told() -> None:
    book = Book()
    book.say(0, look("6"))
    book.say(1, opened())
    note = book.say(5, NoteAdded(text="v6 is served"))
    book.say(5, NoteAdded(text="v7 is served"), recorded=50, corrects=note)

    (learned,) = book.at(10).learned

    assert (learned.said, learned.corrects) == ("v7 is served", True)
    assert book.at(50).learned == ()


def test_what_stood_then_is_told_by_what_was_recorded() -> None:
    book = Book()
    book.say(0, look("6"))
    book.say(5, StandingSet(sort="switch", what="rules"), recorded=30)

    moment = book.at(10)

    assert (moment.now.standing, moment.then.standing) == (("switch: rules",), ())


def test_what_was_recorded_a_moment_after_its_time_was_known() -> None:
    book = Book()
    book.say(0, look("6"), recorded=0.01)

    assert book.at(0).learned == ()
