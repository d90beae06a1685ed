"""The postmortem: every time and number comes from the timeline, and nothing written is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rig import ANA, SERVICE, Rig, rig
from tests.staged import play

from mlrespond.lab.signal_stage import stage
from mlrespond.model.action_item_kind import ActionItemAdded
from mlrespond.model.blast_kind import BlastMeasured, DecisionsSettled
from mlrespond.model.event import Event
from mlrespond.model.instant import duration
from mlrespond.model.json import Json, parse
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.render.postmortem import PARTS, human_parts, render
from mlrespond.usecases.alerts import read_alerts
from mlrespond.usecases.note import note
from mlrespond.usecases.postmortem import gather

TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d")
NUMBER = re.compile(r"(?<![\w.#-])-?\d[\d,]*(?:\.\d+)?(?![\w.-])")
LINK = re.compile(r"\[(?P<shown>#|ledger )(?P<n>\d+)\]\(#(?P<to>[es]\d+)\)")
NAMED = re.compile(r'<a id="(?P<name>[es]\d+)"></a>\d+')
CODE = re.compile(r"`[^`]*`")
NAMES = list(PARTS)


@pytest.fixture(scope="module")
def incident() -> Rig:
    """A bad release in simulated time, answered to its end, with notes."""
    staged = stage("bad-release", 1)
    here = play(staged)
    alerts = read_alerts(json.dumps(staged.webhook(staged.now)))
    here.respond(service=None, alerts=alerts, approve=("all",))
    told = here.clock.now() - timedelta(minutes=7)
    said = "TODO: alert on golden cases | before <users> do"
    note(here.app.store, "INC-0001", said, actor=ANA, at=told, precision="approx")
    return here


def document(here: Rig, before: str = "") -> str:
    return render(gather(here.app.store, "INC-0001"), before)


def leaves(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def recorded(here: Rig) -> list[Event]:
    return [*here.events(), *here.app.store.read(f"service:{SERVICE}")]


def evidence(here: Rig) -> Iterator[Json]:
    """Yield all that the readings hold which the incident's events name."""
    for event in here.events():
        for digest in event.evidence.values():
            yield from leaves(parse(here.app.store.evidence(str(digest))))


def numbers(text: str) -> list[str]:
    return NUMBER.findall(f" {text} ".replace("..", " .. "))


def without_human_parts(text: str) -> str:
    return re.sub(r"<!-- mlir:human .*?/mlir:human -->", "", text, flags=re.DOTALL)


def test_the_document_has_all_its_parts(incident: Rig) -> None:
    text = document(incident)

    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert heads == [
        "Summary",
        "The incident in one picture",
        "Key times",
        "Impact",
        "Detection",
        "What changed, and what contributed",
        "What was served",
        "Baseline, incident, after",
        "Timeline",
        "Response",
        "Mitigation and resolution",
        "Training data, and whether to retrain",
        "Responders",
        "What we learned",
        "Action items",
        "Related incidents",
        "For those outside",
        "Appendix",
    ]
    assert list(human_parts(text)) == NAMES
    assert "bad\\_release" in text
    assert "| verified |" in text


def test_every_time_is_one_of_the_timelines(incident: Rig) -> None:
    known = {f"{event.occurred_at:%Y-%m-%d %H:%M:%S}" for event in recorded(incident)}
    known |= {f"{event.recorded_at:%Y-%m-%d %H:%M:%S}" for event in recorded(incident)}
    for event in recorded(incident):
        texts = [one for one in leaves(event.data) if isinstance(one, str)]
        known |= {found.replace("T", " ") for one in texts for found in TIME.findall(one)}
    read = [one for one in evidence(incident) if isinstance(one, str)]
    known |= {found.replace("T", " ") for one in read for found in TIME.findall(one)}

    shown = {one.replace("T", " ") for one in TIME.findall(document(incident))}

    assert len(shown) > 10
    assert shown <= known


def test_every_number_is_one_of_the_timelines(incident: Rig) -> None:
    known: set[str] = {str(len(incident.events()))}
    for event in recorded(incident):
        known |= set(numbers(event.summary))
        for one in leaves(event.data):
            if isinstance(one, int | float) and not isinstance(one, bool):
                known |= {f"{one:.4g}", f"{one:,.0f}", str(one), f"{one * 100:.4g}"}
            elif isinstance(one, str):
                known |= set(numbers(one))
    known |= {str(one) for one in evidence(incident) if isinstance(one, int)}
    doc = gather(incident.app.store, "INC-0001")
    known.add(str(doc.hidden))
    assert doc.hidden + len(doc.entries) == len(incident.events())

    text = TIME.sub("", without_human_parts(document(incident)))
    shown = set(numbers(CODE.sub("", NAMED.sub("", LINK.sub("", text)))))

    assert len(shown) > 20
    assert shown <= known, shown - known


def test_each_metric_is_a_curve_from_before_the_onset_to_the_recovery(incident: Rig) -> None:
    doc = gather(incident.app.store, "INC-0001")
    events = {one.seq: one for one in incident.events()}
    released = next(one.since for one in doc.serving.stretches if one.version == "3")

    course = doc.courses["error_ratio"]

    for one in course:
        read = parse(incident.app.store.evidence(str(events[one.seq].evidence["readings"])))
        assert any(one.events == told for told in leaves(read))
        assert any(one.whole == told for told in leaves(read))
    before = [one.share for one in course if one.until <= released]
    during = [one.share for one in course if one.version == "3"]
    assert doc.changed_at is not None
    after = [one.share for one in course if one.since >= doc.changed_at]
    assert min(len(before), len(after)) >= 8
    assert during
    assert max(*before, *after) < 0.02
    assert min(during) > 0.2


def test_every_duration_lies_between_two_milestones(incident: Rig) -> None:
    doc = gather(incident.app.store, "INC-0001")
    at = {one.name: one.at for one in doc.milestones}
    text = document(incident)

    for phase in doc.phases:
        later, earlier = at[phase.later], at[phase.earlier]
        took = duration((later - earlier).total_seconds()) if later and earlier else "not known"
        assert f"| {phase.name} | {took} | {phase.later} - {phase.earlier} |" in text


def test_every_event_number_is_the_events(incident: Rig) -> None:
    by_seq = {event.seq: event for event in incident.events()}
    part = document(incident).partition("## Timeline")[2].partition("## Response")[0]
    rows = re.findall(
        r"^\| (\S+ \S+?)(?: ≈)? \| (.*) \| (\S+) \| \[#(\d+)\]\(#e\4\) \|$", part, re.MULTILINE
    )

    assert len(rows) == len(gather(incident.app.store, "INC-0001").entries)
    for at, _, actor, seq in rows:
        event = by_seq[int(seq)]
        assert at == f"{event.occurred_at:%Y-%m-%d %H:%M:%S}"
        assert actor == event.actor.handle


def test_every_link_leads_to_the_event_that_it_names(incident: Rig) -> None:
    text = document(incident)
    ledger = {event.seq for event in incident.app.store.read(f"service:{SERVICE}")}

    links = list(LINK.finditer(text))
    names = [found["name"] for found in NAMED.finditer(text)]

    assert len(links) > 40
    assert len(names) == len(set(names))
    assert {found["to"] for found in links} <= set(names)
    assert all(found["to"] == f"{_stream(found)}{found['n']}" for found in links)
    assert {int(name[1:]) for name in names if name[0] == "e"} == {
        event.seq for event in incident.events()
    }
    assert {int(name[1:]) for name in names if name[0] == "s"} <= ledger


def _stream(link: re.Match[str]) -> str:
    return "e" if link["shown"] == "#" else "s"


def test_the_same_timeline_gives_the_same_bytes(incident: Rig) -> None:
    first = document(incident)
    incident.clock.turn(incident.clock.now() + timedelta(days=1))

    assert document(incident) == first
    assert document(incident, first) == first


def test_what_the_ledger_learns_later_is_left_out_of_what_was_served(incident: Rig) -> None:
    first = gather(incident.app.store, "INC-0001")
    later = incident.clock.now() + timedelta(days=2)
    look = ServiceLooked(wanted="99", served={"eu-1": "99"}, objectives={})
    incident.app.store.append([draft(f"service:{SERVICE}", look, later, source="poll")])

    again = gather(incident.app.store, "INC-0001")
    assert (again.serving, again.ledger) == (first.serving, first.ledger)


def test_outside_text_stays_text(incident: Rig) -> None:
    text = document(incident)

    assert "alert on golden cases \\| before &lt;users&gt; do" in text
    assert "- seed: alert on golden cases \\| before &lt;users&gt; do (note, [#" in text
    assert "≈ |" in text
    assert "(added " in text


def test_what_people_wrote_stands_where_it_stood(incident: Rig) -> None:
    first = document(incident)
    mine = "We sold **nothing** for 9 minutes.\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    edited = first.replace(f"_{_asked(first, 'impact')}_", mine)
    assert edited != first

    again = document(incident, edited)

    assert human_parts(again)["impact"] == mine
    assert again == edited


def _asked(text: str, name: str) -> str:
    return human_parts(text)[name].strip("_")


@settings(deadline=None, max_examples=25)  # a template is filled twice an example
@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
            lambda one: "mlir:human" not in one
        ),
        min_size=1,
    )
)
def test_any_text_of_people_survives_any_number_of_renderings(written: dict[str, str]) -> None:
    before = "".join(
        f"<!-- mlir:human {name} -->\n{text}\n<!-- /mlir:human -->\n"
        for name, text in written.items()
    )
    doc = gather(_one().app.store, "INC-0001")

    once = render(doc, before)
    twice = render(doc, once)

    assert once == twice
    assert {name: human_parts(twice)[name] for name in written} == written


_made: list[Rig] = []


def _one() -> Rig:
    """Return one incident for all examples: opened, and nothing else."""
    if not _made:
        _made.append(_fresh())
    return _made[0]


def _fresh() -> Rig:
    here = rig(runbooks={"quick": QUICK})
    here.respond(runbook="quick")
    return here


QUICK = """
runbook: quick
title: Over at once
mitigated_when: run.id is none
steps:
  - id: over
    end: {as: no_fault, say: it was nothing}
"""


def test_action_items_and_the_blast_radius_stand_in_the_document() -> None:
    here = _fresh()
    assert "The blast radius was not measured" in document(here)
    stream, now = "incident:INC-0001", here.clock.now()
    measured = BlastMeasured(
        versions=("3",),
        since=now - timedelta(hours=1),
        until=now,
        why="the versions | that were said",
        logged=1000,
        affected=250,
        entities=80,
        entities_affected=60,
        to_reverse=40,
        unknown=("2 rows that cannot be read",),
    )
    bodies = (
        ActionItemAdded(item="A1", text="page <b>sooner</b>", sort="detect", owner="ana"),
        measured,
        DecisionsSettled(outcome="reversed", count=15),
    )
    events = here.app.store.append(
        [draft(stream, one, now, incident="INC-0001", source="person") for one in bodies]
    )

    text = document(here)

    item = next(line for line in text.splitlines() if line.startswith("| A1 "))
    assert item.startswith("| A1 | detect | page &lt;b&gt;sooner&lt;/b&gt; | ana |  | open | ")
    assert f"(#e{events[0].seq})" in item
    assert "| predictions in the log | 250 | 1,000 | 25.0% |" in text
    assert "| entities, at least once | 60 | 80 | 75.0% |" in text
    assert "Decisions to reverse: 40; 15 reversed, 0 kept on purpose, 25 left." in text
    assert "- not known: 2 rows that cannot be read" in text
