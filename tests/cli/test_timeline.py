"""`mlir timeline`, as text: what is shown, filtered, searched, followed, and as events."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from tests.cli.screen import screen, still
from tests.cli.shop import SERVICE, Shop
from tests.lab.observed import eventually


@pytest.fixture
def incident(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Shop:
    """An incident that was denied, with a note about an earlier time."""
    shop.mlir("respond", "--runbook", "back", "--title", "Golden cases fail")
    shop.mlir("deny", "INC-0001", "--reason", "not now")
    shop.mlir("resume")
    shop.mlir("note", "upstream deployed", "--at", "10m ago", "--about")
    capsys.readouterr()
    return shop


def test_the_timeline_reads_from_the_first_thing_that_happened(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert incident.mlir("timeline") == 0

    told = capsys.readouterr()
    assert re.sub(r"#\d+ +", "#N ", still(told.out)) == screen(
        f"""
        INC-0001 SEV3 {SERVICE}: Golden cases fail [open]
        TIME   #N note_added            upstream deployed  [ana]  (about; added TIME, TOOK later)
        TIME * #N incident_opened       SEV3 incident opened for {SERVICE}: Golden cases fail  [ana]
        TIME   #N run_requested         runbook back requested (DIGEST)  [ana]
        TIME   #N plan_made             back: plan DIGEST: make the registry want 6 (it wants 7); serve 6 on eu-1 (it serves 7); serve 6 on us-1 (it serves 7)
        TIME   #N question_asked        back: asked (payments-ml): roll back: make the registry want 6 (it wants 7); serve 6 on eu-1 (it serves 7); serve 6 on us-1 (it serves 7)?
        TIME   #N run_parked            parked, waiting for an answer: roll back: make the registry want 6 (it wants 7); serve 6 on eu-1 (it serves 7); serve 6 on us-1 (it serves 7)?, due TIME
        TIME   #N question_answered     answered deny (command): not now  [ana]
        TIME   #N step_finished         back: roll back: denied (ana chose deny)
        TIME   #N ending_decided        the run is ending: denied (back was denied)
        TIME   #N run_ended             run ended: denied (back was denied)
        """  # noqa: E501  # as it is shown
    )
    assert still(told.err) == "13 events, 3 not shown (--all); chain whole, head DIGEST\n"


def test_routine_is_shown_when_asked_for(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("timeline", "--all")

    told = capsys.readouterr()
    assert told.out.count("run_claimed") == 2
    assert "not shown" not in told.err


@pytest.mark.parametrize(
    ("args", "kinds"),
    [
        (("--kind", "run_ended"), ["run_ended"]),
        (("--kind", "run_claimed"), ["run_claimed", "run_claimed"]),
        (("--step", "back", "--kind", "plan_made"), ["plan_made"]),
        (("--step", "nowhere"), []),
        (("--last", "2"), ["ending_decided", "run_ended"]),
        (("--since", "1m ago", "--last", "1"), ["run_ended"]),
        (("--since", "now"), []),
        (("--until", "5m ago"), ["note_added"]),
        (("--by", "ana", "--kind", "run_requested", "--kind", "run_ended"), ["run_requested"]),
        (("--by", "nobody"), []),
    ],
)
def test_filters_narrow_it(
    args: tuple[str, ...],
    kinds: list[str],
    incident: Shop,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert incident.mlir("timeline", *args, "--json") == 0

    events = json.loads(capsys.readouterr().out)["events"]
    assert [one["kind"] for one in events] == kinds
    incident.mlir("timeline", *args)
    assert len(capsys.readouterr().out.splitlines()) == len(kinds) + 1


def test_a_search_names_the_incident_of_what_it_finds(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("respond", "--runbook", "back", "--new-incident", "--title", "Again")
    capsys.readouterr()

    assert incident.mlir("timeline", "--search", "SEV3 opened") == 0

    assert still(capsys.readouterr().out) == screen(
        f"""
        TIME INC-0001 * #1    incident_opened       SEV3 incident opened for {SERVICE}: Golden cases fail  [ana]
        TIME INC-0002 * #1    incident_opened       SEV3 incident opened for {SERVICE}: Again  [ana]
        """  # noqa: E501  # as it is shown
    )
    incident.mlir("timeline", "INC-0002", "--search", "SEV3 opened")
    assert len(capsys.readouterr().out.splitlines()) == 1
    incident.mlir("timeline", "--search", 'no" such*')
    assert capsys.readouterr() == ("", "nothing holds all these words\n")
    assert incident.mlir("timeline", "INC-0009", "--search", "opened") == 2


def test_events_are_cloudevents_a_line_each(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("timeline", "--jsonl")

    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert len(lines) == 10
    for one in lines:
        assert one["specversion"] == "1.0"
        assert one["type"].startswith("io.mlrespond.")
        assert one["source"] == "/mlrespond/incident:INC-0001"
        assert datetime.fromisoformat(one["time"]).tzinfo is not None
        assert one["data"]["id"] == one["id"]
    assert told.err == ""


def test_times_can_be_read_in_another_zone(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("timeline", "--tz", "Asia/Kolkata", "--last", "1")

    first = capsys.readouterr().out.splitlines()[1].split()[0]
    assert first.endswith("+0530")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(first)) < timedelta(minutes=1)


def test_a_correction_marks_what_it_corrects(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = incident.events()[-1].id
    assert incident.mlir("note", "it was the feature store", "--corrects", wrong) == 0
    capsys.readouterr()

    incident.mlir("timeline", "--kind", "note_added")

    first, second = still(capsys.readouterr().out).splitlines()[1:]
    assert first.startswith("TIME x #13   note_added            upstream deployed")
    assert first.endswith("corrected by #14)")
    assert "it was the feature store" in second


def test_what_is_pinned_is_shown_and_what_is_hidden_is_not(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    claimed = next(one.seq for one in incident.events() if one.kind == "run_claimed")
    assert incident.mlir("pin", str(claimed), "--reason", "who drove it") == 0
    assert incident.mlir("pin", "#1", "-i", "INC-0001", "--hide") == 0
    assert capsys.readouterr().out.startswith(f"pinned: #{claimed} driven by process")

    incident.mlir("timeline")

    told = capsys.readouterr().out
    assert f"TIME + #{claimed:<4} run_claimed" in still(told)
    assert "incident_opened" not in told
    incident.mlir("pin", "1", "--reset")
    incident.mlir("timeline")
    assert "incident_opened" in capsys.readouterr().out


@pytest.mark.parametrize("event", ["99", "#0", "nothing", ""])
def test_an_event_that_is_not_there_cannot_be_pinned(
    event: str, incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = incident.events()

    assert incident.mlir("pin", event) == 2

    assert f"INC-0001 has no event `{event}`" in capsys.readouterr().err
    assert incident.events() == before


def test_evidence_is_one_option_away(incident: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    made = next(one for one in incident.events() if one.kind == "plan_made")

    assert incident.mlir("timeline", "--evidence", str(made.seq)) == 0

    told = capsys.readouterr().out
    assert "plan_made" in told.splitlines()[0]
    for role, digest in made.evidence.items():
        assert f"{role}  sha256:{digest}  " in told
    assert '  registry.wanted  "7"' in told
    incident.mlir("timeline", "--evidence", made.id, "--json")
    whole = json.loads(capsys.readouterr().out)
    assert whole["event"]["seq"] == made.seq
    assert whole["evidence"]["plan"]["content"]["actions"]
    assert incident.mlir("timeline", "--evidence", "1") == 0
    assert "it rests on no evidence" in capsys.readouterr().out
    assert incident.mlir("timeline", "--evidence", "99") == 2


def test_a_chain_that_was_cut_is_said(incident: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    database = sqlite3.connect(incident.folder / ".mlir" / "timeline.db")
    triggers = database.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
    for (name,) in triggers:
        database.execute(f"DROP TRIGGER {name}")
    database.execute("UPDATE event SET actor='eve' WHERE seq=2 AND stream='incident:INC-0001'")
    database.commit()
    database.close()

    incident.mlir("timeline")

    assert "CHAIN BROKEN at #2: see mlir audit" in capsys.readouterr().err
    assert incident.mlir("audit") == 1


@pytest.mark.live
def test_what_happens_is_followed_until_it_is_stopped(incident: Shop) -> None:
    follower = incident.start(
        "timeline", "--follow", "--jsonl", "--kind", "note_added", "--last", "1"
    )
    assert follower.stdout is not None
    assert json.loads(follower.stdout.readline())["data"]["summary"] == "upstream deployed"

    incident.mlir("severity", "INC-0001", "SEV1")
    incident.mlir("note", "it is the feature store")

    assert json.loads(follower.stdout.readline())["data"]["summary"] == "it is the feature store"
    follower.send_signal(signal.SIGINT)
    out, _ = follower.communicate(timeout=120)
    assert (follower.returncode, out) == (130, "")


def test_what_cannot_be_written_is_spooled_and_told(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    holder = sqlite3.connect(incident.folder / ".mlir" / "timeline.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    assert incident.mlir("note", "written while it was away") == 0

    told = capsys.readouterr()
    assert told.out == ""
    assert "noted in the spool, since the timeline cannot be written now" in told.err
    incident.mlir("timeline", "--last", "1")
    told = capsys.readouterr()
    assert "written while it was away" in told.out
    assert "some wait in the spool" in told.err
    holder.execute("ROLLBACK")
    holder.close()
    incident.mlir("ack")
    eventually(lambda: any("away" in one.summary and one.hash for one in incident.events()))
