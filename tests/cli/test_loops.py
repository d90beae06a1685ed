"""Commands that go on until Ctrl-C: what they do meanwhile, and how they end."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from tests.cli.screen import still
from tests.cli.shop import SERVICE, Shop
from tests.lab.observed import eventually

pytestmark = pytest.mark.live


def sleeps(pid: int) -> int:
    """Return how often a process has gone to sleep by itself."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])


def test_a_tick_that_goes_on_does_what_becomes_due(shop: Shop) -> None:
    shop.mlir("respond", "--runbook", "back")
    ticking = shop.start("tick", "--loop", "--every", "100ms")
    assert ticking.stderr is not None
    assert ticking.stderr.readline() == "looking for what is due every 100ms, until Ctrl-C\n"

    shop.mlir("approve", "INC-0001", "back")

    eventually(lambda: "incident_mitigated" in shop.kinds())
    ticking.send_signal(signal.SIGINT)
    out, _ = ticking.communicate(timeout=120)
    assert ticking.returncode == 0
    assert out == "INC-0001.1: mitigated\n"
    assert [one.serves for one in shop.servers.values()] == ["6", "6"]


def test_a_tick_outlives_a_timeline_that_cannot_be_read(shop: Shop) -> None:
    shop.mlir("respond", "--runbook", "back")
    path = shop.folder / ".mlir" / "timeline.db"
    path.rename(path.with_suffix(".away"))
    path.mkdir()  # a folder where the file should be: even root cannot open that
    ticking = shop.start("tick", "--loop", "--every", "100ms")
    assert ticking.stderr is not None
    while "what is due cannot be read" not in ticking.stderr.readline():
        assert ticking.poll() is None

    path.rmdir()
    path.with_suffix(".away").rename(path)
    shop.mlir("approve", "INC-0001", "back")

    eventually(lambda: "incident_mitigated" in shop.kinds())
    ticking.send_signal(signal.SIGINT)
    out, _ = ticking.communicate(timeout=120)
    assert out == "INC-0001.1: mitigated\n"


def test_a_watch_keeps_what_differs_and_ends_at_once(shop: Shop) -> None:
    watching = shop.start("watch", "--every", "1h")
    assert watching.stdout is not None
    first = watching.stdout.readline()
    slept = sleeps(watching.pid)
    eventually(lambda: sleeps(watching.pid) > slept + 2)

    watching.send_signal(signal.SIGTERM)

    assert watching.wait(180) == 0
    watching.communicate()
    assert still(first) == f"TIME  {SERVICE}: registry wants 7, serving 7 on eu-1, us-1\n"
    assert shop.events(f"service:{SERVICE}")[-1].source == "poll"


def test_what_a_watch_records_is_a_cloud_event_a_line(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir("watch", "--once", "--jsonl") == 0

    (event,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    recorded = shop.events(f"service:{SERVICE}")[-1]
    assert (event["specversion"], event["type"]) == ("1.0", "io.mlrespond.service_looked.v1")
    assert event["id"] == recorded.id
    assert event["data"]["data"]["served"] == {"eu-1": "7", "us-1": "7"}
