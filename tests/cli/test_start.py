"""Light at three in the morning: what the quick commands never import."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.cli.shop import Shop

HEAVY = ("pydantic", "httpx", "jinja2", "rich", "sqlite_utils", "asyncio")
SPY = """
import sys
from mlrespond.cli.main import run
code = run(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "args",
    [
        ("--help",),
        ("timeline", "--help"),
        ("timeline",),
        ("timeline", "--all", "--last", "3"),
        ("timeline", "--jsonl"),
        ("timeline", "--since", "5m ago"),
        ("note", "seen"),
        ("note", "seen", "--at", "5m ago", "-i", "INC-0001"),
        ("incidents",),
    ],
)
def test_it_starts_light(args: tuple[str, ...], shop: Shop) -> None:
    shop.mlir("respond", "--runbook", "back")

    done = subprocess.run(
        [sys.executable, "-c", SPY, "-C", str(shop.folder), *args],
        capture_output=True,
        text=True,
        check=True,
    )

    imported = set(done.stderr.splitlines()[-1].split())
    assert imported.isdisjoint(HEAVY), imported & set(HEAVY)
    assert "click" in imported
    assert done.stdout


def test_the_spy_sees_what_is_imported(shop: Shop) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPY, "-C", str(shop.folder), "lint"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "pydantic" in done.stderr.splitlines()[-1].split()
