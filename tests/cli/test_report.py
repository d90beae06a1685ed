"""`mlir report`: the screen, the document and the HTML of several incidents."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.cli.screen import screen
from tests.usecases.test_report import Told, three

from mlrespond.bootstrap.place import open_timeline, place
from mlrespond.cli.main import run
from mlrespond.model.action_item_kind import ActionItemAdded
from mlrespond.model.incident_kind import IncidentOpened
from mlrespond.model.kinds import draft
from mlrespond.render.report.words import names
from mlrespond.testing.clock import START


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A timeline of three incidents and a hostile title; see tests/usecases/test_report."""
    timeline = open_timeline(place(str(tmp_path)))
    for one in three():
        timeline.append(one.drafts)
    other = Told("INC-0004", 1, service="<b>shop</b>\x1b[31m")
    other.say(1, ActionItemAdded(item="A1", text="<script>", owner="ana", due="2026-11-24"))
    timeline.append(other.drafts)
    drill = IncidentOpened(service="fraud", title="t", severity="SEV3", drill=True)
    timeline.append([draft("incident:INC-5", drill, START, incident="INC-5")])
    timeline.close()
    return tmp_path


def mlir(folder: Path, *args: str) -> int:
    return run(["-C", str(folder), "report", *args])


def told(text: str) -> str:
    return re.sub(r" +\n", "\n", text)


def test_the_screen_shows_every_figure_with_its_number(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mlir(folder, "--service", "fraud", "--until", "2026-12-13T00:00Z") == 0

    assert told(capsys.readouterr().out) == screen(SCREEN)


SCREEN = """
3 incidents of fraud to 2026-12-13T00:00Z; not counted: 1 drill

How often
service  incidents  open  severities  between two
fraud    3          1     3 SEV2      median 4d12h (n=2)

By week
week of     n
2026-11-16  1  ########################################
2026-11-23  1  ########################################
2026-11-30  1  ########################################
2026-12-07  0

How long: median, every dot, n
           formula                     n  median  least..most    dots                                      no number
detect     detected - impact started   3  20s     0s..40s        •       •   •
notice     acknowledged - detected     1  25s     25s..25s                •                                2 without acknowledged
diagnose   diagnosed - declared        2  30s     30s..30s                 2                               1 without diagnosed
decide     asked - diagnosed           2  10s     10s..10s          2                                      1 without asked, diagnosed
approve    approved - asked            2  30s     30s..30s                 2                               1 without approved, asked
propagate  verified - first action     2  15s     15s..15s             2                                   1 without verified, first action
verify     mitigated - verified        2  3m25s   1m45s..5m05s                      •       •              1 without verified
respond    mitigated - declared        3  6m40s   3m20s..16m40s                          •    •     •
mitigate   mitigated - impact started  3  7m10s   4m20s..16m40s                            •  •     •
resolve    resolved - impact started   2  14m40s  9m20s..20m00s                                 •    •     1 without resolved
                                                                 6.7s ............................ 30m00s

Runbooks
runbook  runs         saved or cost, an incident                                     lost in runs without help
back     2 mitigated  saved 11m40s: median 5m00s (n=2) against 16m40s by hand (n=1)

How long runs took
      formula                    n  median  least..most   dots                                      no number
back  run ended - run requested  2  4m50s   3m10s..6m30s            •                  •
                                                          2m07s ............................ 9m45s

What came again
service  same              n  incidents
fraud    alert Bad         3  INC-0001, INC-0002, INC-0003
fraud    mode bad_release  2  INC-0001, INC-0002

done           4 by runs, 1 by hand (20% by hand: 0 told to runs, 0 aliases moved by others, 1 mitigated on a person's word)
leave given    2 terminal
blast radius   measured for 0 of 3: 0 of 0 predictions; 0 of 0 decisions left to reverse
action items   0 open of 0, 0 overdue
"""  # noqa: E501  # a screen


def test_of_many_names_the_newest_are_shown() -> None:
    known = [f"INC-{n}" for n in range(1, 11)]

    assert names(known).startswith("2 more, INC-3, INC-4, ")
    assert names(known[:2]) == "INC-1, INC-2"


def test_a_report_of_no_incident_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mlir(folder, "--service", "nobody") == 0

    assert capsys.readouterr().out == "0 incidents of nobody\n"


def test_the_document_has_medians_dots_and_nulls(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mlir(folder, "--json") == 0

    found = json.loads(capsys.readouterr().out)
    phases = {one["name"]: one for one in found["phases"]}
    assert found["schema"] == "mlrespond/report/v1"
    assert (phases["respond"]["median"], phases["respond"]["n"]) == (400, 3)
    assert phases["notice"]["missing"] == {"acknowledged": 2, "acknowledged, detected": 1}
    assert found["runbooks"][0]["saved_s"] == 700
    assert found["left_out"] == {"drill": 1}
    of_one = next(one for one in found["incidents"] if one["id"] == "INC-0004")
    assert {one["seconds"] for one in of_one["phases"]} == {None}


class Seen(HTMLParser):
    """What a page holds: its tags, and every address in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_html_is_one_file_that_asks_for_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "report.html"

    assert mlir(folder, "--format", "html", "-o", str(path)) == 0
    assert capsys.readouterr().out == f"wrote {path}\n"

    text = path.read_text()
    page = Seen(text)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert page.addresses == []
    assert "url(" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
    phases = 3 + 1 + 2 + 2 + 2 + 2 + 2 + 3 + 3 + 2
    assert page.tags.count("circle") == phases + 2  # and the two runs


def test_the_same_timeline_gives_the_same_page(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = []
    for _ in range(2):
        mlir(folder, "--format", "html")
        pages.append(re.sub(r"Made \S+\.", "", capsys.readouterr().out))

    assert pages[0] == pages[1]


def test_the_text_goes_into_a_file_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mlir(folder)
    screen_ = capsys.readouterr().out
    mlir(folder, "-o", str(folder / "report.txt"))

    assert told((folder / "report.txt").read_text()) == told(screen_)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("--json", "--format", "html"), "either --json or --format html"),
        (("--format", "pdf"), "'pdf' is not one of"),
        (("--since", "tomorrowish"), "`tomorrowish` is no ISO 8601 time"),
        (("--since", "2026-12-02T00:00Z", "--until", "2026-12-01T00:00Z"), "ends before it begins"),
        (("-o", "/nowhere/at/all", "--format", "json"), "/nowhere/at/all cannot be written"),
    ],
)
def test_mistakes_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], line: tuple[str, ...], said: str
) -> None:
    assert mlir(folder, *line) == 2

    assert said in capsys.readouterr().err
