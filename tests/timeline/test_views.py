"""The views of the file say what the pure folds say, whatever happened."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.benchmarks.story import story, whole

from mlrespond.adapters.system import SystemIds
from mlrespond.engine.account import ACCOUNT_KINDS, account
from mlrespond.engine.action_item import fold_items
from mlrespond.engine.blast import Blast, fold_blast
from mlrespond.engine.incident import fold_incident
from mlrespond.engine.ledger import fold_ledger
from mlrespond.engine.measure import milestones, phases
from mlrespond.model.action_item_kind import ActionItemAdded, ActionItemChanged, ActionItemClosed
from mlrespond.model.alert import Alert
from mlrespond.model.blast_kind import BlastMeasured, DecisionsSettled
from mlrespond.model.event import Draft, Event
from mlrespond.model.incident_kind import (
    AlertReceived,
    ContentErased,
    IncidentAcknowledged,
    IncidentClosed,
    IncidentDeclined,
    IncidentMerged,
    IncidentMitigated,
    IncidentOpened,
    IncidentReopened,
    IncidentResolved,
    SeveritySet,
)
from mlrespond.model.instant import iso
from mlrespond.model.json import dump
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import (
    ActionSent,
    QuestionAnswered,
    QuestionAsked,
    StepFinished,
    StepStarted,
)
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.testing.clock import START, FixedClock
from mlrespond.timeline.sqlite import SqliteTimeline

INCIDENT, STREAM, LEDGER = "INC-1", "incident:INC-1", "service:fraud"
MICROSECONDS = st.integers(0, 10**9).map(lambda n: START + timedelta(microseconds=n))
SEVERITIES = st.sampled_from(["SEV1", "SEV2", "SEV3", "SEV4"])
OUTCOMES = st.sampled_from(["ok", "failed", "unknown"])
YIELDS = st.one_of(
    st.just({}),
    st.just({"suspects": []}),
    st.just({"suspects": [{"mode": "bad_release"}]}),
    MICROSECONDS.map(lambda at: {"verified_at": iso(at)}),
    MICROSECONDS.map(lambda at: {"verified_at": iso(at), "suspects": []}),
    st.just({"verified_at": ""}),
)
BODIES = st.one_of(
    st.builds(
        lambda at, status: AlertReceived(
            alert=Alert(fingerprint="f", status=status, starts_at=at, labels={"alertname": "a"})
        ),
        MICROSECONDS,
        st.sampled_from(["firing", "resolved"]),
    ),
    st.builds(SeveritySet, severity=SEVERITIES, before=SEVERITIES),
    st.just(IncidentAcknowledged()),
    st.just(IncidentMitigated(criterion="it holds")),
    st.just(IncidentResolved()),
    st.just(IncidentReopened(reason="it came back")),
    st.just(IncidentClosed()),
    st.just(IncidentMerged(into="INC-2")),
    st.just(IncidentDeclined(reason="none")),
    st.just(ActionSent(action=0, summary="moved", try_=1)),
    st.builds(
        lambda effect: StepStarted(title="t", body={}, effect=effect, service="fraud"),
        st.sampled_from(["read", "change", "page"]),
    ),
    st.builds(
        lambda sort: QuestionAsked(question="q", sort=sort, text="may I?", choices=()),
        st.sampled_from(["approval", "ask"]),
    ),
    st.builds(
        lambda choice: QuestionAnswered(question="q", choice=choice, via="command"),
        st.sampled_from(["approve", "deny"]),
    ),
    st.builds(
        lambda outcome, yields: StepFinished(title="t", outcome=outcome, yields=yields),
        OUTCOMES,
        YIELDS,
    ),
)
STEPS = st.sampled_from(["back", "page", None])
HAPPENED = st.lists(
    st.tuples(BODIES, MICROSECONDS, st.booleans(), st.booleans(), STEPS), max_size=12
)
SERVED = st.dictionaries(
    st.sampled_from(["eu-1", "us-1"]), st.none() | st.sampled_from(["1", "2"]), max_size=2
)


def opened(path: Path) -> SqliteTimeline:
    ids = SystemIds()
    return SqliteTimeline(path, now=FixedClock().now, new_id=ids.event_id, new_salt=ids.salt)


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[SqliteTimeline]:
    timeline = opened(tmp_path / "timeline.db")
    yield timeline
    timeline.close()


def said(what: Body, at: object = START, *, late: bool = False, step: str | None = None) -> Draft:
    return draft(STREAM, what, at, incident=INCIDENT, late=late, step=step)  # type: ignore[arg-type]  # a time


def told_milestones(timeline: SqliteTimeline) -> list[tuple[object, ...]]:
    query = "SELECT name,at,seq,last_at FROM milestone WHERE incident=?"
    return sorted(timeline.rows(query, (INCIDENT,)))


def folded_milestones(events: Sequence[Event]) -> list[tuple[object, ...]]:
    return sorted(
        (one.name, one.at and iso(one.at), one.seq, one.last_at and iso(one.last_at))
        for one in milestones(events)
    )


def told_metrics(timeline: SqliteTimeline) -> list[tuple[object, ...]]:
    query = "SELECT name,formula,seconds,missing FROM metric WHERE incident=?"
    return sorted(timeline.rows(query, (INCIDENT,)))


def folded_metrics(events: Sequence[Event]) -> list[tuple[object, ...]]:
    return sorted(
        (one.name, one.formula, one.seconds, ", ".join(one.missing) or None)
        for one in phases(milestones(events))
    )


def assert_views_are_folds(timeline: SqliteTimeline) -> None:
    events = timeline.read(STREAM)
    state = fold_incident(events)
    assert state is not None
    query = "SELECT service,title,severity,status,opened_at FROM incident WHERE id=?"
    known = (state.service, state.title, state.severity, state.status, iso(state.opened_at))
    assert timeline.rows(query, (INCIDENT,)) == [known]
    assert told_milestones(timeline) == folded_milestones(events)
    assert told_metrics(timeline) == folded_metrics(events)


@given(happened=HAPPENED, onset=st.none() | MICROSECONDS, opening_goes=st.booleans())
@settings(max_examples=30, deadline=None)
def test_an_incident_in_the_views_is_its_fold(
    *,
    happened: list[tuple[Body, object, bool, bool, str | None]],
    onset: object,
    opening_goes: bool,
) -> None:
    opening = IncidentOpened(
        service="fraud",
        title="it is bad",
        severity="SEV2",
        onset=onset,  # type: ignore[arg-type]  # a time
    )
    with tempfile.TemporaryDirectory() as folder:
        timeline = opened(Path(folder) / "timeline.db")
        drafts = [
            said(opening),
            *(said(what, at, late=late, step=step) for what, at, late, _, step in happened),
        ]
        events = timeline.append(drafts)
        goes = [opening_goes, *(gone for _, _, _, gone, _ in happened)]
        for event in (one for one, gone in zip(events, goes, strict=True) if gone):
            what = ContentErased(target=f"event:{event.id}", reason="asked")
            timeline.erase(what.target, said(what))

        assert_views_are_folds(timeline)
        outlined = timeline.outlines([STREAM], ACCOUNT_KINDS)
        assert account(outlined) == account(timeline.read(STREAM))
        timeline.close()


def test_a_real_incident_in_the_views_is_its_fold(timeline: SqliteTimeline) -> None:
    timeline.append(whole(INCIDENT))

    assert_views_are_folds(timeline)
    outlined = timeline.outlines([STREAM], ACCOUNT_KINDS)
    assert account(outlined) == account(timeline.read(STREAM))
    assert sum(len(dump(one.data)) for one in outlined) < 25_000
    assert {name for name, _, seconds, _ in told_metrics(timeline) if seconds is not None} == {
        "approve",
        "detect",
        "decide",
        "diagnose",
        "mitigate",
        "propagate",
        "respond",
        "verify",
    }


def test_a_metric_without_an_input_is_null_and_keeps_its_formula(timeline: SqliteTimeline) -> None:
    timeline.append([said(IncidentOpened(service="fraud", title="t", severity="SEV3"))])

    assert timeline.rows("SELECT formula,seconds,missing FROM metric WHERE name='resolve'") == [
        ("resolved - impact started", None, "resolved")
    ]
    assert timeline.rows("SELECT missing FROM metric WHERE name='approve'") == [
        ("approved, asked",)
    ]


def test_one_incident_does_not_show_in_another(timeline: SqliteTimeline) -> None:
    timeline.append(whole("INC-1"))
    timeline.append(tuple(story("INC-2", 20)))

    assert told_milestones(timeline) == folded_milestones(timeline.read(STREAM))
    of_two = timeline.rows("SELECT at FROM milestone WHERE incident='INC-2' AND name='mitigated'")
    assert of_two == [(None,)]


@given(st.lists(st.tuples(SERVED, st.none() | st.just("2")), max_size=5))
@settings(max_examples=25, deadline=None)
def test_what_was_served_in_the_view_is_the_ledger(
    looks: list[tuple[dict[str, str | None], str | None]],
) -> None:
    seconds = count()
    with tempfile.TemporaryDirectory() as folder:
        timeline = opened(Path(folder) / "timeline.db")
        for served, wanted in looks:
            look = ServiceLooked(wanted=wanted, served=served)
            at = START + timedelta(seconds=next(seconds))
            timeline.append([draft(LEDGER, look, at, source="poll")])

        query = "SELECT occurred_at,wanted,replica,version FROM served WHERE service='fraud'"
        told = timeline.rows(query)
        ledger = fold_ledger("fraud", timeline.read(LEDGER))
        assert told == [
            (iso(look.at), look.wanted, replica, version)
            for look in ledger.looks
            for replica, version in sorted(look.served.items())
        ]
        timeline.close()


ITEMS = st.sampled_from(["A1", "A2"])
TEXTS = st.none() | st.sampled_from(["", "ana", "ben"])
ITEM_BODIES = st.one_of(
    st.builds(ActionItemChanged, item=ITEMS, text=TEXTS, owner=TEXTS, due=TEXTS, link=TEXTS),
    st.builds(ActionItemClosed, item=ITEMS, outcome=st.sampled_from(["done", "dropped"])),
)


ADDED = st.builds(ActionItemAdded, item=ITEMS, text=st.just("t"), sort=st.just("detect"))


@given(happened=st.lists(st.tuples(ADDED | ITEM_BODIES, st.booleans(), st.none() | st.integers(0))))
@settings(max_examples=60, deadline=None)
def test_action_items_in_the_view_are_their_fold(
    happened: list[tuple[Body, bool, int | None]],
) -> None:
    """Named alike by two sides, told by name or by the event that added them, late or not."""
    first = [ActionItemAdded(item=name, text="t", sort="detect") for name in ("A1", "A2")]
    with tempfile.TemporaryDirectory() as folder:
        timeline = opened(Path(folder) / "timeline.db")
        ids = [one.id for one in timeline.append([said(what) for what in first])]
        for body, late, which in happened:
            what = body
            if not isinstance(body, ActionItemAdded) and which is not None:
                what = replace(body, added=ids[which % len(ids)])  # type: ignore[call-arg]
            (event,) = timeline.append([said(what, late=late)])
            ids += [event.id] if event.kind == "action_item_added" else []
        timeline.append([draft("incident:INC-2", what, START) for what in first])

        query = (
            "SELECT id,item,text,type,owner,due,link,status,seq FROM action_item WHERE incident=?"
        )
        assert timeline.rows(query, (INCIDENT,)) == [
            (
                one.id,
                one.item,
                one.text,
                one.sort,
                one.owner,
                one.due,
                one.link,
                one.status,
                one.seq,
            )
            for one in fold_items(timeline.read(STREAM))
        ]
        timeline.close()


COUNTS = st.integers(0, 50)
BLAST_BODIES = st.one_of(
    st.builds(
        BlastMeasured,
        versions=st.sampled_from([(), ("7",), ("7", "8")]),
        since=MICROSECONDS,
        until=MICROSECONDS,
        why=st.just("said"),
        logged=COUNTS,
        affected=COUNTS,
        entities=st.none() | COUNTS,
        entities_affected=st.none() | COUNTS,
        to_reverse=COUNTS,
    ),
    st.builds(DecisionsSettled, outcome=st.sampled_from(["reversed", "kept"]), count=COUNTS),
)


@given(happened=st.lists(st.tuples(BLAST_BODIES, st.booleans()), max_size=6))
@settings(max_examples=30, deadline=None)
def test_the_blast_radius_in_the_view_is_its_fold(happened: list[tuple[Body, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        timeline = opened(Path(folder) / "timeline.db")
        events = timeline.append([said(what) for what, _ in happened]) if happened else ()
        timeline.append([draft("incident:INC-2", what, START) for what, _ in happened[:1]])
        for event in (one for one, (_, gone) in zip(events, happened, strict=True) if gone):
            what = ContentErased(target=f"event:{event.id}", reason="asked")
            timeline.erase(what.target, said(what))

        told = timeline.rows(f"SELECT {BLAST} FROM blast_radius WHERE incident=?", (INCIDENT,))
        found = fold_blast(timeline.read(STREAM))
        assert told == ([] if found is None else [folded_blast(found)])
        timeline.close()


BLAST = (
    "versions,since,until,predictions_affected,predictions,entities_affected,entities,"
    "to_reverse,reversed,kept,left,seq"
)


def folded_blast(found: Blast) -> tuple[object, ...]:
    one = found.measured
    return (
        ", ".join(one.versions) or None,
        iso(one.since),
        iso(one.until),
        *(one.affected, one.logged, one.entities_affected, one.entities, one.to_reverse),
        *(found.reversed_, found.kept, found.left, found.seq),
    )


def test_the_timeline_shows_every_event_with_its_text_and_its_correction(
    timeline: SqliteTimeline,
) -> None:
    events = timeline.append(tuple(story(INCIDENT, 20)))

    rows = timeline.rows("SELECT pos,kind,summary,erased,superseded_by FROM timeline ORDER BY pos")

    assert rows == [(event.pos, event.kind, event.summary, 0, None) for event in events]
