"""A log whose every column is bad: each command and each kind of objective says why, none passes.

The past is good, and so is the version beside the candidate; what is bad is the present.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from tests.rig import SERVICE, Rig, rig
from tests.usecases.plain import HISTORY, ONSET, half
from tests.verbs.seen import context, done

from mlrespond.adapters.case_book import CaseBook
from mlrespond.adapters.files import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, items, record
from mlrespond.model.service import GoldenSet
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.steady import SteadySignals
from mlrespond.testing.world import World, WorldHolder
from mlrespond.usecases.gate import gate
from mlrespond.verbs.interface import Done

Rows: TypeAlias = Sequence[Record]

EVERY_S = 3.0
PRESENT = 600
COLUMNS = ("valid", "spend", "took", "answer", "preferred", "p", "decision", "amount", "country")
NUMBERS = ("spend", "took", "p", "amount")
OBJECTIVES: Json = {
    "valid": {"kind": "ratio", "from": "predictions", "good": "valid", "margin": 0.03},
    "spend": {"kind": "cost", "column": "spend"},
    "spend_p99": {"kind": "cost", "column": "spend", "quantile": 0.9},
    "took": {"kind": "latency", "column": "took", "quantile": 0.9, "unit": "ms"},
    "length": {"kind": "length"},
    "tokens": {"kind": "length", "column": "took"},
    "fits": {
        "kind": "ratio",
        "from": "predictions",
        "bad": "text.schema_violation",
        "margin": 0.03,
    },
    "preferred": {"kind": "judge", "calibrated": True, "margin": 0.1},
}
PREDICTIONS: Json = {
    "kind": "files",
    "path": "logs/*.jsonl",
    "score": "p",
    "decision": "decision",
    "features": {"amount": {"type": "number", "min": 0}, "country": {"type": "category"}},
    "amounts": ["spend", "took"],
    "text": {"column": "answer", "json": True, "schema": {"type": "object"}},
    "judge": {"column": "preferred", "win": ["new"], "loss": ["old"]},
    "labels": {"path": "labels.jsonl", "on": "request_id", "column": "y", "mature_after": "1h"},
}


def good(at: int) -> Record:
    """Return a row as they usually are, so many steps after the onset."""
    return {
        "served_at": iso(ONSET + timedelta(seconds=EVERY_S * at)),
        "request_id": f"r{at}",
        "model_version": "2",
        "valid": at % 100 != 0,
        "spend": 1.0 + at * 31 % 97 / 10,
        "took": 20.0 + at * 37 % 89,
        "answer": json.dumps({"order": at, "note": "x" * (at * 7 % 50)}),
        "preferred": "new" if at * 31 % 97 < 60 else "old",
        "p": 0.95,
        "decision": "block",
        "amount": float(at * 31 % 97),
        "country": ("DE", "FR", "PT")[at * 7 % 11 % 3],
    }


def past() -> Rows:
    return [good(at) for at in range(-2 * PRESENT, 0)]


def present(n: int = PRESENT, **fields: Json) -> Rows:
    return [{**good(at), **fields} for at in range(PRESENT - n, PRESENT)]


def whole(value: Json) -> Rows:
    """Return rows in which every column has one value."""
    return present(**dict.fromkeys(COLUMNS, value))


def mixed() -> Rows:
    """Return rows in which every other value is of another type than its column."""
    odd: Record = {**dict.fromkeys(COLUMNS, 17), **dict.fromkeys(NUMBERS, "a lot")}
    return [{**one, **(odd if at % 2 else {})} for at, one in enumerate(present())]


def renamed() -> Rows:
    return [{f"{key}_2" if key in COLUMNS else key: one[key] for key in one} for one in present()]


BAD: Mapping[str, Callable[[], Rows]] = {
    "empty": list,
    "one row": lambda: present(1),
    "all null": lambda: whole(None),
    "NaN": lambda: whole(float("nan")),
    "infinite": lambda: whole(float("inf")),
    "minus infinite": lambda: whole(float("-inf")),
    "lists": lambda: whole([1, 2]),
    "mixed types": mixed,
    "no time zone": lambda: [{**one, "served_at": str(one["served_at"])[:19]} for one in present()],
    "of the future": lambda: [
        {**good(at), "served_at": good(at + 3 * PRESENT)["served_at"]} for at in range(PRESENT)
    ],
    "no time": lambda: present(served_at=None),
    "columns renamed": renamed,
}


class Answering(SteadySignals):
    """Both versions answer whatever they are asked."""

    def answer(self, version: str, row: Mapping[str, Json]) -> Json:
        return "allow"


def here(folder: Path, now: Rows, beside: Rows = (), golden: str | None = None) -> Rig:
    """Return a service that logs a good past, and this as its present, read by the real adapter."""
    (folder / "logs").mkdir()
    rows = [*past(), *beside, *now] if golden is None else now
    (folder / "logs" / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    names = [str(one["request_id"]) for one in past()]
    labels = [{"request_id": one, "y": "allow" if one[-1] == "5" else "block"} for one in names]
    (folder / "labels.jsonl").write_text("".join(json.dumps(one) + "\n" for one in labels))
    (folder / "golden.jsonl").write_text(golden or "")
    known: Json = {"golden": {"kind": "golden", "min": 0.9}}
    found = rig(
        service={
            "predictions": PREDICTIONS,
            "objectives": OBJECTIVES if golden is None else known,
            "golden": {"path": "golden.jsonl"} if golden is not None else None,
        },
        signals=Answering(qualities={}),
        world=WorldHolder(half() if beside else World()),
        history=HISTORY,
    )
    site = Site(
        folder=folder,
        secrets=EnvSecrets(folder, {}),
        clock=FixedClock(START),
        state=folder / "state",
        service=SERVICE,
    )
    log = build(Config.model_validate(PREDICTIONS), site)
    cases = CaseBook(GoldenSet(path="golden.jsonl"), log._config, site)  # type: ignore[attr-defined]  # as bootstrap has it
    fakes = found.app.ports
    app = replace(
        found.app, ports=lambda *told: replace(fakes(*told), predictions=log, cases=cases)
    )
    return replace(found, app=app)


COMPARED: Json = {"against": "before_incident", "metrics": "all", "since": iso(ONSET)}


def compared(found: Rig) -> Done:
    body = {**record(COMPARED), "inputs": "all", "cases": "recent", "estimate": True}
    return done(context(found), "compare", body)


def metrics(found: Done) -> Mapping[str, Record]:
    return {name: record(one) for name, one in record(found.yields["metrics"]).items()}


def test_good_data_passes(tmp_path: Path) -> None:
    """So it is the badness of the rest that is told."""
    found = done(context(here(tmp_path, present())), "compare", COMPARED)

    assert {name: one["verdict"] for name, one in metrics(found).items()} == dict.fromkeys(
        record(OBJECTIVES), "pass"
    )


@pytest.mark.parametrize("case", BAD)
def test_no_objective_of_a_comparison_passes_on_it(tmp_path: Path, case: str) -> None:
    found = compared(here(tmp_path, BAD[case]()))

    told = metrics(found)
    assert found.verdict != "pass"
    assert found.said
    assert {name for name in record(OBJECTIVES) if told[name]["verdict"] == "pass"} == set()
    assert all(one["said"] for one in told.values())
    guess = [one for one in told.values() if one["estimated"]]
    assert all(one["verdict"] == "inconclusive" for one in guess)


@pytest.mark.parametrize("case", BAD)
def test_a_diagnosis_finds_no_pass_and_no_retrain_in_it(tmp_path: Path, case: str) -> None:
    found = done(context(here(tmp_path, BAD[case]())), "diagnose", {})

    findings = [record(one) for one in items(found.yields["findings"])]
    assert found.verdict != "pass"
    assert found.yields["top"] != "stale_model"
    assert all(one["said"] for one in findings)
    assert any(one["verdict"] != "pass" for one in findings)


@pytest.mark.parametrize("case", BAD)
def test_the_gate_lets_no_candidate_through_on_it(tmp_path: Path, case: str) -> None:
    bad = [{**one, "model_version": "3"} for one in BAD[case]()]

    found = gate(here(tmp_path, bad, beside=present()).app, SERVICE, "3").inspected.found

    told = metrics(found)
    assert found.verdict != "pass"
    assert found.said
    assert {name for name in record(OBJECTIVES) if told[name]["verdict"] == "pass"} == set()


GOLDEN: Mapping[str, str] = {
    "empty": "\n",
    "no JSON": "it is none\n",
    "no case": '{"a": 1}\n[]\n7\nnull\n',
    "null": '{"row": null, "expected": null}\n',
    "one row": '{"row": {"amount": 1}, "expected": "allow"}\n',
    "NaN": '{"row": {"amount": NaN}, "expected": NaN}\n' * 40,
    "infinite": '{"row": {"amount": Infinity}, "expected": Infinity}\n' * 40,
    "mixed types": '{"row": {"amount": 1}, "expected": "a"}\n{"row": [1], "expected": 1}\n' * 20,
    "renamed": '{"rows": {"amount": 1}, "expects": "allow"}\n' * 40,
}


@pytest.mark.parametrize("case", GOLDEN)
@pytest.mark.parametrize("command", ["compare", "diagnose", "gate"])
def test_a_bad_golden_set_passes_nothing(tmp_path: Path, command: str, case: str) -> None:
    found = here(tmp_path, present(50), golden=GOLDEN[case])

    if command == "gate":
        said = gate(found.app, SERVICE, "2").inspected.found
    else:
        body: Json = {**record(COMPARED), "metrics": ["golden"]} if command == "compare" else {}
        said = done(context(found), command, body)

    told = [
        *record(said.yields.get("metrics")).items(),
        *((str(record(one)["kind"]), one) for one in items(said.yields.get("findings"))),
    ]
    about = [record(one) for name, one in told if name == "golden"]
    assert about
    assert all(one["verdict"] != "pass" for one in about)
    assert all(one["said"] for one in about)
