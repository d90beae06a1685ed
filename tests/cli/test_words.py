"""The commands of one word: what they record, print, and refuse."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import datetime

import pytest
from tests.cli.screen import screen, still
from tests.cli.shop import SERVICE, Shop

from mlrespond.adapters.process import SystemProcesses
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import RunClaimed
from mlrespond.model.service_kind import VersionSuspected
from mlrespond.testing.clock import START


@pytest.fixture
def incident(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Shop:
    """An open incident without an active run."""
    shop.mlir("respond", "--runbook", "back")
    shop.mlir("deny", "INC-0001")
    shop.mlir("resume")
    capsys.readouterr()
    return shop


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("ack",), "acknowledged (mlir)"),
        (
            ("severity", "INC-0001", "SEV1", "--reason", "payments"),
            "severity SEV3 → SEV1: payments",
        ),
        (("mitigate", "--reason", "errors are gone"), "mitigated: errors are gone"),
    ],
)
def test_a_word_is_recorded_and_said(
    args: tuple[str, ...], said: str, incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert incident.mlir(*args) == 0

    assert capsys.readouterr().out == f"INC-0001: {said}\n"
    last = incident.events()[-1]
    assert (last.summary, last.source, last.actor.handle) == (said, "person", "ana")
    assert last.actor.assurance == "claimed"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("mitigate", "--reason", " "), "say how you know"),
        (("reopen", "INC-0001", "--reason", "x"), "INC-0001 is open"),
        (("severity", "INC-0001", "SEV3"), "INC-0001 is SEV3 already"),
        (("stop",), "INC-0001 has no active run"),
        (("undo",), "nothing of INC-0001 can be undone"),
        (("merge", "INC-0001", "INC-0001"), "INC-0001 cannot be merged into itself"),
        (("note", "x", "--corrects", "nothing"), "INC-0001 has no event `nothing`"),
        (("note", "x", "--at", "noon"), "`noon` is no ISO 8601 time"),
        (("note", " "), "the note is empty"),
    ],
)
def test_a_word_that_cannot_be_is_refused_and_not_recorded(
    args: tuple[str, ...], said: str, incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(incident.events())

    assert incident.mlir(*args) == 2

    assert f"error: {said}" in capsys.readouterr().err
    assert len(incident.events()) == before


@pytest.mark.parametrize("args", [("note", "eu is back"), ("pin", "1")])
def test_what_is_said_of_one_of_two_must_say_of_which(
    args: tuple[str, ...], incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("respond", "--runbook", "back", "--new-incident")
    before = len(incident.events()), len(incident.events("incident:INC-0002"))
    capsys.readouterr()

    assert incident.mlir(*args) == 2

    assert "open: INC-0001, INC-0002" in capsys.readouterr().err
    assert (len(incident.events()), len(incident.events("incident:INC-0002"))) == before
    assert incident.mlir(*args, "--incident", "INC-0001") == 0
    assert len(incident.events()) == before[0] + 1


def test_a_version_is_cleared_and_what_it_was_is_told(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    suspected = VersionSuspected(version="7", reason="rolled back in INC-0001")
    incident.say(suspected, f"service:{SERVICE}", START)

    assert incident.mlir("clear", SERVICE, "7", "--reason", "the inputs were broken") == 0

    assert capsys.readouterr().out == (
        f"{SERVICE}: version 7 is cleared: the inputs were broken\n"
        "  it was suspect: rolled back in INC-0001\n"
    )
    assert incident.mlir("clear", SERVICE, "7", "--reason", "again") == 2
    incident.say(suspected, f"service:{SERVICE}", START)
    capsys.readouterr()
    assert incident.mlir("clear", SERVICE, "7", "--reason", "once more", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["version"]) == ("mlrespond/clear/v1", "7")
    assert told["was"] == {"suspect": "rolled back in INC-0001"}
    assert told["event"]["kind"] == "version_cleared"


def test_a_note_can_come_from_a_pipe(
    incident: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("line one\nline two\n"))

    assert incident.mlir("note", "-") == 0

    assert still(capsys.readouterr().out) == "noted: INC-0001 ID\n"
    assert incident.events()[-1].data["text"] == "line one\nline two\n"


def test_a_note_of_no_incident_says_why_none_could_be_found(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.write(".mlir/timeline.db", "this is no database" * 100)

    assert incident.mlir("note", "seen") == 1

    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "say which incident" not in told
    assert "help: name the incident, and the note waits in the spool: --incident INC-" in told
    assert incident.mlir("note", "seen", "--incident", "INC-0001") == 0
    assert "noted in the spool" in capsys.readouterr().err


def test_a_note_is_corrected_once(incident: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    incident.mlir("note", "first")
    first = incident.events()[-1].id
    assert incident.mlir("note", "second", "--corrects", first) == 0
    capsys.readouterr()

    assert incident.mlir("note", "third", "--corrects", first) == 2

    assert f"{first} was corrected already" in capsys.readouterr().err


def test_an_incident_goes_through_its_life(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in incident.servers.values():
        one.serves = "6"
    incident.write(f"registry/{SERVICE}/aliases.json", '{"champion": "6"}')

    assert incident.mlir("resolve", "--reason", "by hand") == 0
    assert incident.mlir("mitigate", "INC-0001", "--reason", "late") == 2
    assert incident.mlir("ack", "INC-0001") == 0
    assert incident.mlir("reopen", "INC-0001", "--reason", "errors rose again") == 0
    incident.mlir("respond", "--runbook", "back", "--new-incident")
    assert incident.mlir("merge", "INC-0002", "INC-0001", "--reason", "the same") == 0
    assert incident.mlir("ack", "INC-0002") == 2
    capsys.readouterr()

    incident.mlir("incidents", "--all")

    assert still(capsys.readouterr().out) == screen(
        f"""
        TIME  INC-0002  SEV3  merged    {SERVICE}: {SERVICE} misbehaves
        TIME  INC-0001  SEV3  open      {SERVICE}: {SERVICE} misbehaves
        """
    )
    incident.mlir("incidents", "--json")
    (one,) = json.loads(capsys.readouterr().out)["incidents"]
    assert (one["id"], one["status"]) == ("INC-0001", "open")
    incident.mlir("incidents", "--service", "other")
    assert capsys.readouterr() == ("", "no incident of other is open\n")


def test_what_stands_is_in_the_way_of_resolving(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in incident.servers.values():
        one.serves = "6"
    incident.write(f"registry/{SERVICE}/aliases.json", '{"champion": "6"}')
    later = "2099-01-01T00:00:00Z"
    incident.runbook("freeze", f"\n- id: keep\n  hold: {{what: [deploy], until: '{later}'}}\n")
    incident.mlir("respond", "--incident", "INC-0001", "--runbook", "freeze", "--approve", "all")
    capsys.readouterr()

    assert incident.mlir("resolve") == 1

    told = capsys.readouterr().err
    assert "not resolved: a hold: " in told
    assert "help: mlir undo INC-0001 takes it back; mlir resolve INC-0001 --keep REASON" in told
    assert incident.mlir("resolve", "--keep", "until the new year") == 0
    assert "resolved, keeping hold: " in capsys.readouterr().out


def test_a_run_is_stopped_at_its_next_safe_point(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("respond", "--incident", "INC-0001", "--runbook", "back")
    capsys.readouterr()

    assert incident.mlir("stop", "INC-0001", "--reason", "by hand from here") == 0

    assert "mlir resume INC-0001" in capsys.readouterr().out
    assert incident.mlir("resume") == 1
    assert "ended as stopped" in capsys.readouterr().out


def test_which_of_several_incidents_is_asked_back(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("respond", "--runbook", "back", "--new-incident")
    capsys.readouterr()

    assert incident.mlir("ack") == 2

    told = capsys.readouterr().err
    assert "error: say which incident" in told
    assert "INC-0001, INC-0002" in told


def test_two_who_answer_are_told_who_was_first(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("respond", "--incident", "INC-0001", "--runbook", "back")
    incident.mlir("--as", "ben", "deny", "INC-0001", "back")
    capsys.readouterr()

    assert incident.mlir("approve", "INC-0001", "back") == 2

    told = capsys.readouterr().err
    assert "ben answered deny before" in told
    assert "help: " in told


def test_an_approval_of_another_plan_does_not_count(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("respond", "--incident", "INC-0001", "--runbook", "back")
    capsys.readouterr()

    assert incident.mlir("approve", "INC-0001", "back", "--digest", "0123abcd") == 2

    assert "the plan is DIGEST now, not 0123abcd" in still(capsys.readouterr().err)
    assert incident.kinds()[-1] == "run_parked"


@pytest.mark.parametrize(
    ("host", "until", "told"),
    [
        ("another", START.replace(year=2999), ""),
        (
            "another",
            START,
            ", silent since TIME: its lease ended at TIME; go on with: mlir resume INC-0001",
        ),
        (
            "here",
            START.replace(year=2999),
            ", silent since TIME: the process is gone; go on with: mlir resume INC-0001",
        ),
    ],
)
def test_the_list_says_since_when_a_driver_is_silent(
    incident: Shop, capsys: pytest.CaptureFixture[str], host: str, until: datetime, told: str
) -> None:
    incident.mlir("respond", "--incident", "INC-0001", "--runbook", "back")
    this = SystemProcesses().this()
    process = replace(this, pid=(1 << 22) - 1, host=this.host if host == "here" else host)
    claim = RunClaimed(process=process, until=until)
    stream, run = "incident:INC-0001", "INC-0001.2"
    timeline = incident.timeline()
    timeline.append([draft(stream, claim, START, incident="INC-0001", run=run, epoch=2)])
    timeline.close()
    capsys.readouterr()

    incident.mlir("incidents")

    _, second = capsys.readouterr().out.splitlines()
    assert still(second.replace(",", " ,", 1)).strip().replace(" ,", ",") == (
        f"INC-0001.2: driven by PROCESS{told}"
    )


def test_the_list_says_what_a_run_waits_for(
    incident: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    incident.mlir("respond", "--incident", "INC-0001", "--runbook", "back")
    capsys.readouterr()

    incident.mlir("incidents")

    first, second = still(capsys.readouterr().out).splitlines()
    assert first == f"TIME  INC-0001  SEV3  open      {SERVICE}: {SERVICE} misbehaves"
    assert second.strip().startswith("INC-0001.2: parked, waiting for an answer: roll back: ")
    incident.mlir("incidents", "--json")
    (one,) = json.loads(capsys.readouterr().out)["incidents"]
    assert one["run"].startswith("INC-0001.2: parked")
