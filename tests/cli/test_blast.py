"""`mlir blast`: whom a bad version reached, by two denominators, and what became of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.cli.screen import screen
from tests.cli.shop import SERVICE, Shop

from mlrespond.model.incident_kind import IncidentOpened
from mlrespond.model.instant import iso
from mlrespond.model.json import Json
from mlrespond.model.service_kind import ServiceLooked, VersionSuspected

INC = "INC-0001"
LOG: dict[str, Json] = {
    "kind": "files",
    "path": "logs/*.jsonl",
    "entity": "customer",
    "decision": "decision",
    "score": "p",
}


def rows(**changes: Json) -> Iterator[dict[str, Json]]:
    """Yield a request a minute of the last 90; version 7 answers since 58 minutes ago.

    Ten customers take turns; of each ten decisions of version 7 nine are `block`.
    """
    now = datetime.now(UTC)
    for ago in range(90, 0, -1):
        version = "7" if ago <= 58 else "6"
        yield {
            "request_id": f"r{ago}",
            "served_at": iso(now - timedelta(minutes=ago)),
            "model_version": version,
            "customer": f"c{ago % 10}",
            "p": 0.9,
            "decision": "block" if version == "7" and ago % 10 else "allow",
            **changes,
        }


@pytest.fixture
def logged(shop: Shop) -> Shop:
    """A bad version that was rolled back in an incident, and a log of what it predicted."""
    shop.settings(predictions={**LOG, "sampled": 1.0})
    shop.write("logs/a.jsonl", "".join(json.dumps(one) + "\n" for one in rows()))
    rolled_back(shop)
    return shop


def rolled_back(shop: Shop) -> None:
    """Say what a response leaves behind: version 7 is suspect, and 6 was looked at again."""
    now = datetime.now(UTC)
    opened = IncidentOpened(service=SERVICE, title="t", severity="SEV2")
    shop.say(opened, f"incident:{INC}", now, incident=INC)
    ledger = f"service:{SERVICE}"
    shop.say(VersionSuspected(version="7", reason="bad"), ledger, now, incident=INC)
    look = ServiceLooked(wanted="6", served={"eu-1": "6", "us-1": "6"})
    shop.say(look, ledger, datetime.now(UTC), incident=INC)


def still(text: str) -> str:
    """Return a screen with its times and bars left out."""
    text = re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z", "TIME", text)
    return re.sub(r"^TIME  #+ +.*\n", "", text, flags=re.MULTILINE)


def test_the_screen_has_two_denominators_and_what_is_to_reverse(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a response leaves it behind."""
    shop.settings(predictions={**LOG, "sampled": 1.0})
    shop.write("logs/a.jsonl", "".join(json.dumps(one) + "\n" for one in rows()))
    shop.mlir("respond", "--runbook", "back", "--approve", "all", "--no-input")
    capsys.readouterr()

    assert shop.mlir("blast", INC) == 0

    assert still(capsys.readouterr().out) == screen(
        f"""
        {INC}  blast radius of version 7 of {SERVICE}
        window       TIME to TIME
                     the versions that the incident made suspect; since the last look that did not show it, until the first look that no longer showed it
        predictions  58 of 75 (77.3%) in the log
        entities     10 of 10 (100.0%) met it at least once
        decided      53 block
        decided      5 allow
        to reverse   58 decisions: 0 reversed, 0 kept, 58 left
        training     leave out TIME to TIME: its outcomes follow from bad predictions
                     no version is known to have been trained since
        """  # noqa: E501  # a screen
    )


def test_hours_are_shown_with_both_counts(logged: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    logged.mlir("blast", INC)

    told = re.findall(r"^\S+Z  #+ +(\d+) of (\d+)", capsys.readouterr().out, re.MULTILINE)
    assert sum(int(affected) for affected, _ in told) == 58


def test_the_document_has_the_counts_and_the_progress(
    logged: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    logged.mlir("blast", INC)
    logged.mlir("blast", INC, "--reversed", "r1")
    capsys.readouterr()

    assert logged.mlir("blast", INC, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "mlrespond/blast/v1"
    assert (told["measured"]["affected"], told["counts"]["logged"]) == (58, 75)
    assert told["decisions"] == {"to_reverse": 58, "reversed": 1, "kept": 0, "left": 57}
    assert told["recorded"] is None


def test_figures_are_evidence_in_the_timeline_once(logged: Shop) -> None:
    logged.mlir("blast", INC)
    logged.mlir("blast", INC)

    (event,) = [one for one in logged.events() if one.kind == "blast_measured"]
    timeline = logged.timeline()
    figures = json.loads(timeline.evidence(str(event.evidence["figures"])))
    timeline.close()
    assert (event.data["affected"], event.data["logged"]) == (58, 75)
    assert (figures["by_version"], figures["worklist"]) == ({"6": 17, "7": 58}, 58)
    assert event.summary.startswith("blast radius of version 7: 58 of 75 predictions (77.3%)")


def test_the_worklist_is_written_and_its_digest_recorded(
    logged: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for ending in ("csv", "jsonl", "parquet"):
        check_written(logged, capsys, ending)


def check_written(logged: Shop, capsys: pytest.CaptureFixture[str], ending: str) -> None:
    path = logged.folder / "out" / f"affected.{ending}"

    assert logged.mlir("blast", INC, "--out", str(path), "--decision", "block") == 0

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    told = capsys.readouterr()
    assert told.err == f"wrote {path}: 53 rows, {digest}\n"
    assert "to reverse   53 decisions with decision block: " in told.out
    assert logged.events()[-1].data["file_digest"] == digest
    assert not list(path.parent.glob(".*"))
    first = written(path)[0]
    assert (first["id"], first["version"], first["entity"]) == ("r58", "7", "c8")
    assert (first["decision"], first["score"], first["settled"]) == ("block", "0.9", "")


def written(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
        assert frame.schema["served_at"] == pl.Datetime("us", "UTC")
        return [{name: str(cell) for name, cell in one.items()} for one in frame.to_dicts()]
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_text())))
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_progress_is_kept_in_the_timeline(logged: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    path = logged.folder / "affected.csv"
    logged.mlir("blast", INC, "--out", str(path))
    some = logged.write("some.csv", "\n".join(path.read_text().splitlines()[:11]) + "\n")
    capsys.readouterr()

    assert logged.mlir("blast", INC, "--reversed", str(some), "--note", "refunded") == 0
    assert logged.mlir("blast", INC, "--kept", "r1", "--kept", "r58", "--note", "no harm") == 0

    assert capsys.readouterr().out == screen(
        f"""
        {INC}: 10 decisions reversed: refunded
        to reverse   58 decisions: 10 reversed, 0 kept, 48 left
        {INC}: 1 decisions kept: no harm
        {INC}: 1 were settled before, and stay as they were
        to reverse   58 decisions: 10 reversed, 1 kept, 47 left
        """
    )
    logged.mlir("blast", INC, "--out", str(path))
    settled = [one["settled"] for one in written(path)]
    assert (settled.count("reversed"), settled.count("kept"), settled.count("")) == (10, 1, 47)
    actors = {one.actor.handle for one in logged.events() if one.kind == "decisions_settled"}
    assert actors == {"ana"}


def test_ids_are_read_back_from_any_format(
    logged: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [logged.folder / f"affected.{ending}" for ending in ("csv", "jsonl", "parquet")]
    for path in files:
        logged.mlir("blast", INC, "--out", str(path))
    few = logged.write("few.txt", "r1\n\nr2\n")

    found = []
    for path in (few, *files):
        capsys.readouterr()
        assert logged.mlir("blast", INC, "--reversed", str(path), "--json") == 0
        told = json.loads(capsys.readouterr().out)
        found.append((told["settled"], told["settled_before"], told["left"]))

    assert told["schema"] == "mlrespond/decisions/v1"
    assert found == [(2, 0, 56), (56, 2, 0), (0, 58, 0), (0, 58, 0)]


def test_an_id_that_is_not_on_the_worklist_records_nothing(
    logged: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    logged.mlir("blast", INC)
    before = logged.events()
    capsys.readouterr()

    assert logged.mlir("blast", INC, "--reversed", "r1", "--reversed", "r80") == 2

    assert "1 of 2 ids are not on the worklist: `r80`" in capsys.readouterr().err
    assert logged.events() == before
    assert logged.mlir("blast", INC, "--reversed", "r80", "--unchecked") == 0


def test_what_the_log_cannot_tell_is_said(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.settings(predictions={**LOG, "sampled": 0.1})
    some = [one | {"model_version": None} if n % 5 == 0 else one for n, one in enumerate(rows())]
    told = [one | {"customer": None} if n % 9 == 0 else one for n, one in enumerate(some)]
    lines = [json.dumps(one) for one in told[50:]]
    shop.write("logs/a.jsonl", "\n".join([*lines, "{not json"]) + "\n")
    rolled_back(shop)

    shop.mlir("blast", INC)

    said = re.findall(r"not known +(.*)", capsys.readouterr().out)
    assert [re.sub("35m0.s", "35m", one)[:38] for one in said] == [
        "8 predictions that name no version: 80",
        "1 rows that cannot be read",
        "what was served in the first 35m: the ",
        "whom 4 affected predictions were about",
        "requests that are not logged: the log ",
    ]
    assert "80.0% to 100.0% may be of a bad one" in said[0]


COLUMNLESS: tuple[tuple[dict[str, Json], str], ...] = (
    ({"model_version": None}, "which version served: no row names one"),
    ({"customer": None}, "how many entities: no row names one (column `customer`)"),
    ({"request_id": None}, "which 58 decisions these are: they have no id"),
    ({"served_at": "2020-01-01T00:00:00Z"}, "anything: the log has no prediction"),
)


def test_a_log_without_a_column_is_said(logged: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for changes, told in COLUMNLESS:
        logged.write("logs/a.jsonl", "".join(json.dumps(one) + "\n" for one in rows(**changes)))

        assert logged.mlir("blast", INC) == 0

        assert f"not known    {told}" in capsys.readouterr().out


def test_undeclared_columns_are_said(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.settings(predictions={"kind": "files", "path": "logs/*.jsonl"})
    shop.write("logs/a.jsonl", "".join(json.dumps(one) + "\n" for one in rows()))
    rolled_back(shop)

    shop.mlir("blast", INC)

    told = capsys.readouterr().out
    assert "entities     not known\n" in told
    assert "no column names them (`predictions.entity`)" in told
    assert "nobody says so (`predictions.sampled`)" in told
    assert "to reverse   58 decisions" in told


def test_a_version_that_goes_on_after_the_window_is_said(
    logged: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    late = {"request_id": "late", "served_at": iso(datetime.now(UTC)), "model_version": "7"}
    with (logged.folder / "logs" / "a.jsonl").open("a") as file:
        file.write(json.dumps(late) + "\n")

    logged.mlir("blast", INC)

    assert "1 more of them after the window, the last" in capsys.readouterr().out


def test_without_a_suspect_every_version_counts_and_it_is_said(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.settings(predictions={**LOG, "sampled": 1.0})
    shop.write("logs/a.jsonl", "".join(json.dumps(one) + "\n" for one in rows()))
    opened = IncidentOpened(service=SERVICE, title="t", severity="SEV2")
    shop.say(opened, f"incident:{INC}", datetime.now(UTC), incident=INC)

    shop.mlir("blast", INC, "--since", "70m ago", "--until", "now")
    told = capsys.readouterr().out
    assert "every version, since none is suspect; since a time that was said, until a" in told
    assert "predictions  69 of 69 (100.0%)" in told

    shop.mlir("blast", INC, "--since", "70m ago", "--version", "6")
    assert "predictions  11 of 69 (15.9%)" in capsys.readouterr().out


MEASURING: tuple[tuple[tuple[str, ...], str], ...] = (
    ((INC, "--out", "affected.xlsx"), "`affected.xlsx` says no format by its ending"),
    ((INC, "--out", "a.csv", "--reversed", "r1"), "measuring and settling are two calls"),
    ((INC, "--note", "n"), "go with --reversed or --kept"),
    ((INC, "--version", "7", "--every-version"), "either some versions, or every version"),
    ((INC, "--since", "now", "--until", "1h ago"), "the window is empty"),
    ((INC, "--reversed", "r1"), "was never measured"),
    (("INC-9",), "there is no incident `INC-9`"),
)
SETTLING: tuple[tuple[tuple[str, ...], str], ...] = (
    ((INC, "--kept", "r1"), "say why they are kept"),
    ((INC, "--reversed", "r1", "--kept", "r2"), "reversed and kept are two calls"),
    ((INC, "--reversed", " "), "no decision is named"),
    ((INC, "--reversed", "none.csv"), "none.csv cannot be read"),
    ((INC, "--reversed", "bad.csv"), "bad.csv has no column `id`"),
    ((INC, "--reversed", "bad.jsonl"), "bad.jsonl:2 names no id"),
    ((INC, "--reversed", "bad.parquet"), "bad.parquet cannot be read"),
)


def test_mistakes_are_told(
    logged: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(logged.folder)
    logged.write("bad.csv", "name\nr1\n")
    logged.write("bad.jsonl", '{"id": "r1"}\n{"name": "r2"}\n')
    logged.write("bad.parquet", "no parquet")

    for lines in (MEASURING, SETTLING):
        for line, told in lines:
            assert logged.mlir("blast", *line) == 2, line
            assert told in capsys.readouterr().err
        logged.mlir("blast", INC)
        capsys.readouterr()


def test_a_service_without_a_log_cannot_tell(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    rolled_back(shop)

    assert shop.mlir("blast", INC) == 1

    assert f"{SERVICE} logs no predictions" in capsys.readouterr().err


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless_and_read_back(
    logged: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    logged.write("logs/a.jsonl", "".join(json.dumps(one) + "\n" for one in rows(request_id="=1+1")))
    path = logged.folder / "affected.csv"
    logged.mlir("blast", INC, "--out", str(path))
    capsys.readouterr()

    assert {one["id"] for one in written(path)} == {"'=1+1"}
    assert logged.mlir("blast", INC, "--reversed", str(path)) == 0
    assert "1 decisions reversed\n" in capsys.readouterr().out
