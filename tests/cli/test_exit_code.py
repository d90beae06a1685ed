"""Each exit code, reached through the entry point, and which of several counts (DESIGN §8)."""

from __future__ import annotations

import itertools
import json
import signal
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from tests.cli.screen import still
from tests.cli.shop import SERVICE, Shop
from tests.lab.observed import eventually

from mlrespond.cli.main import run
from mlrespond.model.exit_code import MEANINGS, ExitCode, worst
from mlrespond.model.instant import iso
from mlrespond.model.json import Json

ORDER = (3, 130, 7, 5, 6, 4, 8, 2, 1, 9, 0)
WAITS = """
- id: pause
  wait: {for: 30s}
"""


def test_0_a_mitigated_incident(shop: Shop) -> None:
    assert shop.mlir("respond", "--runbook", "back", "--approve", "all") == 0

    assert [one.serves for one in shop.servers.values()] == ["6", "6"]


def test_1_a_denied_change(shop: Shop) -> None:
    shop.mlir("respond", "--runbook", "back")
    shop.mlir("deny", "INC-0001", "back", "--reason", "not now")

    assert shop.mlir("resume", "INC-0001") == 1

    assert [one.serves for one in shop.servers.values()] == ["7", "7"]


def test_1_a_diagnosis_that_finds_something(shop: Shop) -> None:
    assert shop.mlir("diagnose") == 1


def test_1_a_comparison_that_is_worse(shop: Shop) -> None:
    assert shop.mlir("compare") == 1


def test_1_an_incident_that_cannot_be_resolved(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("respond", "--runbook", "back")
    shop.mlir("deny", "INC-0001", "back")
    shop.mlir("resume", "INC-0001")
    capsys.readouterr()

    assert shop.mlir("resolve", "INC-0001") == 1

    told = capsys.readouterr().err
    assert "not resolved: objective golden fails" in told
    assert f"help: mlir diagnose {SERVICE}, then mlir respond --incident INC-0001" in told


def test_0_a_resolution_that_stands_though_what_was_read_after_it_cannot_be_kept(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("respond", "--runbook", "back", "--approve", "all")
    valid: Json = {"kind": "ratio", "from": "predictions", "good": "valid", "min": 0.5}
    shop.settings(
        predictions={"kind": "files", "path": "logs/*.jsonl"}, objectives={"valid": valid}
    )
    now = datetime.now(UTC)
    rows = (
        {"served_at": iso(now - timedelta(seconds=3 * ago)), "model_version": "6", "valid": True}
        for ago in range(2400, 0, -1)
    )
    shop.write("logs/a.jsonl", "".join(f"{json.dumps(one)}\n" for one in rows))
    database = sqlite3.connect(shop.folder / ".mlir" / "timeline.db")
    database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.kind='metrics_read'"
        " BEGIN SELECT RAISE(ABORT,'full'); END"
    )
    database.close()
    capsys.readouterr()

    assert shop.mlir("resolve", "INC-0001", "--keep", "seen by hand") == 0

    assert capsys.readouterr().out.startswith("INC-0001: resolved")
    assert shop.kinds()[-1] == "incident_resolved"


def test_2_a_file_that_is_not_valid(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("mlir.yaml", "services: {fraud-scorer: {ownr: x}}\n")

    assert shop.mlir("respond") == 2

    told = capsys.readouterr().err
    assert "mlir.yaml:1:27 unknown-key `ownr` is no key here" in told
    assert "did you mean `owner`?" in told


def test_3_a_timeline_that_somebody_changed(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.mlir("respond", "--runbook", "back")
    database = sqlite3.connect(shop.folder / ".mlir" / "timeline.db")
    database.execute(
        "CREATE TRIGGER meddle BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT,'odd'); END"
    )
    database.close()
    capsys.readouterr()

    assert shop.mlir("ack", "INC-0001") == 3

    assert "the timeline refuses: odd" in capsys.readouterr().err


def test_4_a_secret_that_is_not_there(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    steps = """
    - id: tell
      command: {args: [echo, hello], effect: read, env: {TOKEN: "env:MLRESPOND_TEST_NOT_SET"}}
      retry: {attempts: 1}
    """
    shop.runbook("tell", steps)

    assert shop.mlir("respond", "--runbook", "tell") == 4

    assert "MLRESPOND_TEST_NOT_SET" in capsys.readouterr().out


def test_4_a_server_that_says_not_you(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.servers["us-1"].locked = True

    assert shop.mlir("respond", "--runbook", "back", "--approve", "all") == 4

    assert shop.servers["eu-1"].activated == []
    assert "401" in capsys.readouterr().out


def test_4_a_target_that_nobody_lets_us_try(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for one in shop.servers.values():
        one.locked = True

    assert shop.mlir("respond", "--runbook", "back", "--approve", "all") == 4

    told = capsys.readouterr().out
    assert "401" in told
    assert "retry     safe: nothing was changed" in told


def test_5_a_plan_made_before_the_world_moved(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = shop.folder / "plan.json"
    shop.mlir("plan", "--runbook", "back", "--out", str(plan))
    shop.servers["eu-1"].serves = "6"
    capsys.readouterr()

    assert shop.mlir("respond", "--plan", str(plan)) == 5

    told = still(capsys.readouterr().err)
    assert "the world has moved since PLAN was made: served was" in told
    assert "; not by mlir, as far as this timeline knows" in told
    assert "help: make a new plan: mlir plan" in told
    assert shop.servers["us-1"].activated == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (("--runbook", "back"), "--runbook has no effect beside --plan"),
        ((SERVICE,), "SERVICE has no effect beside --plan"),
        (("--alert", "-"), "--alert has no effect beside --plan"),
        (("--set", "every=1s"), "--set has no effect beside --plan"),
        (("--since", "03:15"), "--since has no effect beside --plan"),
        (("--incident", "INC-0001", "--drill"), "--drill has no effect beside --incident"),
        (("--incident", "INC-0009"), "there is no incident `INC-0009`"),
    ],
)
def test_2_what_a_plan_or_an_incident_says_itself(
    shop: Shop, written: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = shop.folder / "plan.json"
    shop.mlir("plan", "--runbook", "back", "--out", str(plan))
    capsys.readouterr()

    assert shop.mlir("respond", "--plan", str(plan), *written) == 2

    assert said in capsys.readouterr().err
    assert shop.servers["us-1"].activated == []


def test_a_plan_is_carried_out_at_the_severity_that_is_said(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = shop.folder / "plan.json"
    shop.mlir("plan", "--runbook", "back", "--out", str(plan))

    assert shop.mlir("respond", "--plan", str(plan), "--severity", "SEV1") == 0

    capsys.readouterr()
    shop.mlir("incidents", "--all")
    assert "SEV1" in capsys.readouterr().out


def test_5_a_plan_that_was_used_already(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    plan = shop.folder / "plan.json"
    shop.mlir("plan", "--runbook", "back", "--out", str(plan))
    assert shop.mlir("respond", "--plan", str(plan)) == 0
    for one in shop.servers.values():
        one.serves = "7"
    shop.write(f"registry/{SERVICE}/aliases.json", '{"champion": "7"}')
    capsys.readouterr()

    assert shop.mlir("respond", "--plan", str(plan)) == 5

    assert "a plan runs once" in capsys.readouterr().err


@pytest.mark.live
def test_6_a_run_that_another_process_drives_and_130_when_that_is_interrupted(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.runbook("pause", WAITS)
    other = shop.start("respond", "--runbook", "pause", "--park-after", "1m")
    eventually(lambda: "step_started" in shop.kinds())

    assert shop.mlir("resume", "INC-0001") == 6

    told = still(capsys.readouterr().err)
    assert "error: run INC-0001.1 is driven by PROCESS until TIME" in told
    assert "help: follow it: mlir timeline INC-0001 --follow" in told
    other.send_signal(signal.SIGINT)
    out, _ = other.communicate(timeout=120)
    assert other.returncode == 130
    assert "run       INC-0001.1 (pause) was interrupted, and can be resumed" in out
    assert "next      mlir resume INC-0001" in out
    assert "run_interrupted" in shop.kinds()


def test_7_a_change_that_was_sent_but_not_proven(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.servers["us-1"].deaf = True

    assert shop.mlir("respond", "--runbook", "back", "--approve", "all") == 7

    told = capsys.readouterr().out
    assert "mlir answer INC-0001 retry" in told
    assert shop.kinds()[-1] == "run_parked"


def test_7_counts_before_1_when_the_run_has_ended(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.servers["us-1"].deaf = True
    shop.mlir("respond", "--runbook", "back", "--approve", "all")
    shop.mlir("answer", "INC-0001", "stop")
    capsys.readouterr()

    assert shop.mlir("resume", "INC-0001") == 7

    told = capsys.readouterr().out
    assert "ended as unknown" in told
    assert "retry     not before you know what came of it: mlir diagnose" in told
    assert "mlir undo INC-0001 takes back what was changed" in told


def test_8_a_change_that_waits_for_leave(shop: Shop) -> None:
    assert shop.mlir("respond", "--runbook", "back") == 8

    assert all(one.activated == [] for one in shop.servers.values())


def test_8_a_time_that_has_not_come(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.runbook("pause", WAITS)

    assert shop.mlir("respond", "--runbook", "pause", "--park-after", "1s") == 8

    told = still(capsys.readouterr().out)
    assert "waits; no process drives it, and nothing happens by itself" in told
    assert "next      when it is due: mlir resume INC-0001" in told


def test_9_a_comparison_that_cannot_tell(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    (shop.folder / "golden.jsonl").unlink()

    assert shop.mlir("compare") == 9

    assert "inconclusive" in capsys.readouterr().out


def test_9_an_incident_that_nobody_can_judge(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("respond", "--runbook", "back", "--approve", "all")
    (shop.folder / "golden.jsonl").unlink()
    capsys.readouterr()

    assert shop.mlir("resolve", "INC-0001") == 9

    told = capsys.readouterr().err
    assert "not resolved: objective golden cannot be judged now" in told
    assert "if you know it by other means: mlir resolve INC-0001 --keep REASON" in told


def test_tick_tells_the_gravest_of_what_it_did(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("respond", "--runbook", "back")
    shop.mlir("approve", "INC-0001")
    shop.servers["eu-1"].deaf = True
    capsys.readouterr()

    assert shop.mlir("tick") == 7

    assert capsys.readouterr().out.startswith("INC-0001.1: waits for an answer")


def test_tick_has_nothing_to_say_of_runs_that_wait(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.mlir("respond", "--runbook", "back")
    capsys.readouterr()

    assert shop.mlir("tick") == 0

    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "nothing is due\n")


def test_the_order_is_the_one_that_is_written_down() -> None:
    assert sorted(ExitCode) == sorted(ORDER)
    for many in itertools.combinations(ORDER, 3):
        for codes in itertools.permutations(many):
            assert worst(ExitCode(one) for one in codes) == many[0]
    assert worst([]) == 0


def test_every_code_has_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(MEANINGS) == set(ExitCode)

    assert run(["lifecycle", "--exit-codes", "--json"]) == 0

    codes = json.loads(capsys.readouterr().out)["codes"]
    assert codes == {str(int(code)): said for code, said in MEANINGS.items()}


def test_a_time_beyond_all_times_is_bad_input(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in (f"{'9' * 12}d ago", f"{'9' * 400}d ago"):
        assert shop.mlir("at", text, SERVICE) == 2
        assert "is no duration" in capsys.readouterr().err
    assert shop.mlir("respond", "--runbook", "back", "--park-after", f"{'9' * 400}d") == 2
