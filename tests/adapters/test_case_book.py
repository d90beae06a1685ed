"""Recent inputs of a log, and scorers of a team's own: a process each, that cannot hang us."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from mlrespond.adapters.case_book import CaseBook
from mlrespond.adapters.inference_protocol import tensors
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, NoAnswerError, PortError, UnsupportedError
from mlrespond.model.json import Json
from mlrespond.model.reading import Case, Logged, Window
from mlrespond.model.service import CustomScorer, Feature, GoldenSet, Labels, Predictions

T0 = datetime(2026, 11, 22, 3, tzinfo=UTC)
WINDOW = Window(since=T0, until=T0 + timedelta(minutes=1))
CASES = [Case(row={"a": at}, expected=at) for at in range(3)]
LOG = Predictions(
    kind="files",
    path="log.*",
    decision="decision",
    features={"a": Feature(type="number"), "c": Feature(type="category")},
    labels=Labels(path="labels.jsonl", on="request_id", column="y", mature_after="1h"),
)


def rows(n: int) -> list[dict[str, Json]]:
    return [
        {
            "served_at": (T0 + timedelta(seconds=at)).isoformat(),
            "request_id": f"r{at}",
            "model_version": "2",
            "a": at,
            "c": "de",
            "decision": "allow",
        }
        for at in range(n)
    ]


def lines(found: list[dict[str, Json]]) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in found)


class TestRecent:
    def test_the_last_inputs_of_a_window_come_with_their_labels(self, site: Site) -> None:
        (site.folder / "log.jsonl").write_text(lines(rows(90)))
        (site.folder / "labels.jsonl").write_text(lines([{"request_id": "r59", "y": "block"}]))

        found = CaseBook(None, LOG, site).recent(WINDOW, 2)

        assert found == (
            Logged(row={"a": 58, "c": "de"}, decision="allow", version="2"),
            Logged(row={"a": 59, "c": "de"}, decision="allow", version="2", label="block"),
        )

    def test_numbers_of_csv_are_numbers_again(self, site: Site) -> None:
        head = "served_at,request_id,model_version,a,c,decision"
        at = T0.isoformat()
        (site.folder / "log.csv").write_text(f"{head}\n{at},r1,2,1.5,,allow\n{at},r2,2,2,de,x\n")

        one, other = CaseBook(None, LOG, site).recent(WINDOW, 5)

        assert one.row == {"a": 1.5, "c": None}
        assert other.row == {"a": 2.0, "c": "de"}
        assert tensors([one.row, other.row], {})  # a tensor holds texts and nothing of their kind

    def test_parquet_tells_the_same_as_lines(self, site: Site) -> None:
        told = [{**one, "p": at / 90} for at, one in enumerate(rows(90))]
        labels: list[dict[str, Json]] = [
            {"request_id": "r59", "y": "block"},
            {"request_id": None, "y": "allow"},
        ]
        log = LOG.model_copy(update={"score": "p"})
        (site.folder / "log.jsonl").write_text(lines(told))
        (site.folder / "labels.jsonl").write_text(lines(labels))
        expected = CaseBook(None, log, site).recent(WINDOW, 50)
        (site.folder / "log.jsonl").unlink()
        table = pl.DataFrame(told).with_columns(
            pl.col("served_at").str.to_datetime(time_zone="UTC")
        )
        table.write_parquet(site.folder / "log.parquet")
        pl.DataFrame(labels).write_parquet(site.folder / "labels.parquet")
        assert LOG.labels is not None
        moved = LOG.labels.model_copy(update={"path": "labels.parquet"})

        found = CaseBook(None, log.model_copy(update={"labels": moved}), site).recent(WINDOW, 50)

        assert found == expected
        assert len(found) == 50

    def test_a_broken_parquet_file_is_an_error(self, site: Site) -> None:
        (site.folder / "log.parquet").write_bytes(b"PAR1 it is none")

        with pytest.raises(PortError):
            CaseBook(None, LOG, site).recent(WINDOW, 5)

    def test_scores_are_numbers_or_not_there(self, site: Site) -> None:
        log = LOG.model_copy(update={"score": "p"})
        told: list[Json] = [0.25, None, "much", True, 1]
        known = [{**row, "p": p} for row, p in zip(rows(5), told, strict=True)]
        (site.folder / "log.jsonl").write_text(lines(known))
        csv = site.folder / "other.csv"
        csv.write_text(f"served_at,request_id,p\n{T0.isoformat()},r1,0.5\n")

        found = [one.score for one in CaseBook(None, log, site).recent(WINDOW, 9)]
        log = log.model_copy(update={"path": "other.csv"})
        written = [one.score for one in CaseBook(None, log, site).recent(WINDOW, 9)]

        assert (found, written) == ([0.25, None, None, None, 1.0], [0.5])

    def test_what_cannot_be_asked_again_is_said(self, site: Site) -> None:
        with pytest.raises(UnsupportedError, match="has no predictions"):
            CaseBook(None, None, site).recent(WINDOW, 5)
        remote = LOG.model_copy(update={"path": "s3://bucket/log.parquet"})
        with pytest.raises(UnsupportedError, match="cannot be asked again"):
            CaseBook(None, remote, site).recent(WINDOW, 5)
        with pytest.raises(PortError, match="no file matches"):
            CaseBook(None, LOG, site).recent(WINDOW, 5)


def scored(site: Site, scorer: CustomScorer | None) -> tuple[bool, ...]:
    book = CaseBook(GoldenSet(path="g.jsonl", score="custom", scorer=scorer), None, site)
    return book.score(CASES, [0, 1, 7])


def command(program: str, within: str = "30s") -> CustomScorer:
    return CustomScorer(command=[sys.executable, "-c", program], within=within)


EACH = "import sys, json\nfor line in sys.stdin:\n    case = json.loads(line)\n"


class TestScorer:
    def test_a_command_reads_cases_and_says_true_or_false(self, site: Site) -> None:
        program = (
            f"{EACH}    print(json.dumps(case['output'] == case['expected'] == case['row']['a']))"
        )

        assert scored(site, command(program)) == (True, True, False)

    def test_a_function_of_the_project_is_called_in_a_process_of_its_own(self, site: Site) -> None:
        (site.folder / "scoring.py").write_text(
            "import os\n"
            "def near(output, expected, row):\n"
            "    assert not [one for one in os.environ if 'SECRET' in one]\n"
            "    return abs(output - expected) <= 5\n"
        )

        assert scored(site, CustomScorer(function="scoring:near")) == (True, True, True)
        assert "scoring" not in sys.modules

    def test_no_variable_of_ours_reaches_it(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MY_SECRET", "x")
        program = f"import os\n{EACH}    print(json.dumps('MY_SECRET' in os.environ))"

        assert scored(site, command(program)) == (False, False, False)

    @pytest.mark.parametrize(
        ("program", "said"),
        [
            ("print('true')", "1 words to 3 cases"),
            (f"{EACH}    print('yes')", "says true or false, not `yes`"),
            ("raise SystemExit('no model')", "ended with 1: no model"),
            ("", "0 words to 3 cases"),
        ],
    )
    def test_what_it_does_instead_is_said(self, site: Site, program: str, said: str) -> None:
        with pytest.raises(BadReplyError, match=said):
            scored(site, command(program))

    def test_one_that_does_not_end_is_ended(self, site: Site) -> None:
        with pytest.raises(NoAnswerError, match="longer than 500ms"):
            scored(site, command("import time; time.sleep(600)", within="500ms"))

    def test_without_one_nothing_is_claimed(self, site: Site) -> None:
        with pytest.raises(UnsupportedError, match="no scorer of its own"):
            scored(site, None)
        with pytest.raises(PortError):
            scored(site, CustomScorer(command=["/nowhere/at-all"]))
