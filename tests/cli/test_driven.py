"""The last screen of a run, as text: what is true, whether to try again, what to type next."""

from __future__ import annotations

import json

import pytest
from tests.cli.screen import screen, still
from tests.cli.shop import SERVICE, Shop


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    return still(capsys.readouterr().out)


def test_a_mitigated_incident(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.mlir("respond", "--runbook", "back", "--approve", "all")

    assert shown(capsys) == screen(
        f"""
        INC-0001 SEV3 {SERVICE}: mitigated
        run       INC-0001.1 (back) ended as mitigated: `steps.back.outcome == "ok"` held
        serving   6 on eu-1, us-1 (registry wants 6), looked at TOOK ago
        changed   make the registry want 6 (it wants 7) (step back: ok)
                  serve 6 on eu-1 (it serves 7) (step back: ok)
                  serve 6 on us-1 (it serves 7) (step back: ok)
        took      approve TOOK, propagate TOOK, verify TOOK, respond TOOK, mitigate TOOK
        next      mlir resolve INC-0001 · mlir postmortem INC-0001 · mlir note "…"
        """
    )


def test_a_change_that_waits_for_leave(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.mlir("respond", "--runbook", "back", "--no-input")

    told = capsys.readouterr()
    assert still(told.out) == screen(
        f"""
        INC-0001 SEV3 {SERVICE}: open
        run       INC-0001.1 (back) waits; no process drives it, and nothing happens by itself
        serving   7 on eu-1, us-1 (registry wants 7), looked at TOOK ago
        waits     for approval of step back: roll back
        changes   1. make the registry want 6 (it wants 7)  (can be undone)
                  2. serve 6 on eu-1 (it serves 7)  (can be undone)
                  3. serve 6 on us-1 (it serves 7)  (can be undone)
        not       7: it is served now
        proof     each is read back at the service; if it fails: the run stops, and what was done stands
        answers   payments-ml (ana, ben)
        silence   at TIME, in TOOK: it is denied, and nothing changes
        next      mlir approve INC-0001 back   or: mlir deny INC-0001 back
        retry     safe: what was begun is settled first, and nothing is done twice blindly
                  then: mlir resume INC-0001 (or mlir tick, which does whatever is due)
        """  # noqa: E501  # as it is shown
    )
    assert all(line.startswith("TIME ") for line in still(told.err).splitlines())


def test_a_denied_change(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.mlir("respond", "--runbook", "back")
    capsys.readouterr()
    assert shop.mlir("deny", "INC-0001", "--reason", "v6 has it too") == 0
    assert shown(capsys).startswith("INC-0001: deny: roll back: make the registry want 6")

    shop.mlir("resume")

    assert shown(capsys) == screen(
        f"""
        INC-0001 SEV3 {SERVICE}: open
        run       INC-0001.1 (back) ended as denied: back was denied
        serving   7 on eu-1, us-1 (registry wants 7), looked at TOOK ago
        retry     safe: nothing was changed, and a new run reads and plans afresh
        next      mlir timeline INC-0001 · mlir respond --incident INC-0001 --runbook …
        """
    )


def test_an_unproven_change(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.servers["us-1"].deaf = True

    shop.mlir("respond", "--runbook", "back", "--approve", "all")

    assert shown(capsys) == screen(
        f"""
        INC-0001 SEV3 {SERVICE}: open
        run       INC-0001.1 (back) waits; no process drives it, and nothing happens by itself
        serving   7 on eu-1, us-1 (registry wants 7), looked at TOOK ago
        changed   make the registry want 6 (it wants 7) (step back: ok)
                  serve 6 on eu-1 (it serves 7) (step back: ok)
        not known serve 6 on us-1 (it serves 7) (step back: unknown)
        took      approve TOOK
        waits     for an answer: sent, but not proven: serve 6 on us-1 (it serves 7): us-1 serves 7; what now?
        answers   payments-ml (ana, ben)
        silence   it waits for as long as it takes; nothing happens meanwhile
        next      mlir answer INC-0001 retry   (do it again)
                  mlir answer INC-0001 continue   (go on without it)
                  mlir answer INC-0001 escalate   (page the next one, and end the run)
                  mlir answer INC-0001 stop   (end the run; its final steps still run)
        retry     safe: what was begun is settled first, and nothing is done twice blindly
                  then: mlir resume INC-0001 (or mlir tick, which does whatever is due)
        """  # noqa: E501  # as it is shown
    )


def test_a_change_that_could_not_be_made(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for one in shop.servers.values():
        one.known = {"7"}

    assert shop.mlir("respond", "--runbook", "back", "--approve", "all") == 1

    told = shown(capsys)
    assert "ended as failed: back: 7: it is served now; 6: it does not load on" in told
    assert "retry     safe: nothing was changed, and a new run reads and plans afresh" in told
    assert "undo" not in told


def test_a_question_for_values(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    steps = """
    - id: where
      ask: {say: Which region?, answers: {region: {type: choice, choices: [eu, us]}}, by: [cleo]}
    """
    shop.runbook("where", steps)

    assert shop.mlir("respond", "--runbook", "where") == 8

    told = shown(capsys)
    assert "waits     for an answer: Which region?" in told
    assert "answers   cleo" in told
    assert (
        "next      mlir answer INC-0001 answer --set region=…   or: mlir answer INC-0001 stop"
        in told
    )


def test_what_stands_is_on_every_screen(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.runbook("freeze", "\n- id: keep\n  hold: {what: [deploy]}\n")

    shop.mlir("respond", "--runbook", "freeze", "--approve", "all")

    assert "stands    hold: " in shown(capsys)


def test_the_json_of_a_run_says_the_same(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.servers["us-1"].deaf = True

    code = shop.mlir("respond", "--runbook", "back", "--approve", "all", "--json")

    told = json.loads(capsys.readouterr().out)
    assert code == told["exit_code"] == 7
    assert told["schema"] == "mlrespond/run/v1"
    assert (told["incident"], told["run"], told["status"]) == ("INC-0001", "INC-0001.1", "open")
    assert told["not_known"] == ["serve 6 on us-1 (it serves 7) (step back: unknown)"]
    assert len(told["changed"]) == 2
    (question,) = told["questions"]
    assert question["step"] == "back"
    assert question["choices"] == ["retry", "continue", "escalate", "stop"]


def test_an_undo_asks_and_says_where_to(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.mlir("respond", "--runbook", "back", "--approve", "all")
    capsys.readouterr()

    assert shop.mlir("undo", "INC-0001", "--approve", "all") == 8

    told = shown(capsys)
    assert "changes   1. take us-1 from 6 back to 7  (can be undone)" in told
    assert "3. take registry from 6 back to 7  (can be undone)" in told
    assert "WARNING   version 7 is suspect: rolled back in INC-0001" in told


def test_a_resolved_alert_runs_nothing(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    path = shop.alert()
    path.write_text(path.read_text().replace("firing", "resolved"))

    assert shop.mlir("respond", "--alert", str(path)) == 0

    assert shown(capsys) == "resolved, and no incident is open\n"
