"""A loop tells a monitor how it is: on a page that Prometheus' own checker takes."""

from __future__ import annotations

import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
from tests.cli.shop import Shop
from tests.lab.observed import eventually

from mlrespond.adapters.exposition_text import series
from mlrespond.adapters.metrics_page import page
from mlrespond.testing.clock import START
from mlrespond.usecases.own_metrics import Family, Loop, families


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  # ours, on loopback
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return str(answer.read().decode())


def value(text: str, name: str, **labels: str) -> float | None:
    return series(text, name).get(tuple(sorted(labels.items())))


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if "/metrics" in line:
            return line.split()[-1]
    raise AssertionError("no address was told")


@pytest.mark.live
def test_a_tick_loop_tells_how_it_is(shop: Shop) -> None:
    shop.mlir("respond", "--runbook", "back", "--no-input")
    process = shop.start("tick", "--loop", "--every", "100ms", "--metrics", "0")
    url = address_of(process)

    eventually(lambda: (value(fetched(url), "mlir_loop_rounds_total", loop="tick") or 0) > 2)
    before = fetched(url)
    shop.mlir("approve")
    eventually(lambda: value(fetched(url), "mlir_runs_active") == 0)
    after = fetched(url)

    labels = {"service": "fraud-scorer", "severity": "SEV3"}
    assert value(before, "mlir_incidents", **labels, status="open") == 1
    assert value(before, "mlir_runs_active") == 1
    assert value(after, "mlir_incidents", **labels, status="mitigated") == 1
    assert value(after, "mlir_runs_driven_total", became="mitigated") == 1
    assert value(after, "mlir_timeline_readable") == 1
    assert value(after, "mlir_spool_events") == 0
    assert (value(after, "mlir_loop_last_round_timestamp_seconds", loop="tick") or 0) > 1.7e9
    _checked(after)


@pytest.mark.live
def test_a_watch_tells_when_a_service_was_looked_at(shop: Shop) -> None:
    process = shop.start("watch", "--every", "100ms", "--metrics", "0")
    url = address_of(process)

    eventually(lambda: (value(fetched(url), "mlir_loop_rounds_total", loop="watch") or 0) > 1)

    seen = value(fetched(url), "mlir_service_last_look_timestamp_seconds", service="fraud-scorer")
    assert (seen or 0) > 1.7e9
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetched(url.replace("/metrics", "/other"))


def _checked(text: str) -> None:
    """Hold a page against promtool, where it is installed."""
    promtool = shutil.which("promtool")
    if promtool is None:
        return
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_timeline_that_cannot_be_read_is_told_and_stops_nothing() -> None:
    text = page(families(Loop(name="tick", began=START), "1.0", None, 3))

    assert value(text, "mlir_timeline_readable") == 0
    assert value(text, "mlir_spool_events") == 3
    assert value(text, "mlir_build_info", version="1.0") == 1
    _checked(text)


def test_labels_are_escaped() -> None:
    family = Family(name="x", sort="gauge", about="X.", values=(({"a": 'q"\\\n'}, 1.0),))

    assert page([family]).splitlines()[-1] == 'x{a="q\\"\\\\\\n"} 1'


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("tick", "--metrics", "0"), "nothing goes on"),
        (("watch", "--once", "--metrics", "0"), "nothing goes on"),
        (("tick", "--loop", "--metrics", "x"), "is no address"),
        (("tick", "--loop", "--metrics", "0.0.0.0:0"), "every network"),
    ],
)
def test_wrong_words_end_in_a_message(
    shop: Shop, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.mlir(*words) == 2

    assert says in capsys.readouterr().err
