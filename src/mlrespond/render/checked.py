"""Checks as people and pipelines read them: a table with small plots, JUnit's XML, Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from mlrespond.model.text import one_line, printable
from mlrespond.model.word import VerdictWord
from mlrespond.render.escape import markdown

MARKS: Mapping[VerdictWord, str] = {"fail": "✗", "pass": "✓", "inconclusive": "?"}
HAPPENED = "•"
WIDTH = 21
SCALE = "better    0     worse"  # as wide as a plot
_MIDDLE = WIDTH // 2
_WORST: Mapping[VerdictWord, int] = {"fail": 0, "inconclusive": 1, "pass": 2}
_LONGEST_STRIP = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check: its word, and where it has them its effect with interval; above 0 is worse.

    `happened` marks what is told beside the checks, and is no fault by itself.
    """

    name: str
    verdict: VerdictWord
    said: str
    warn: bool = False
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None
    happened: bool = False

    @property
    def mark(self) -> str:
        """Return the mark that stands before it."""
        return HAPPENED if self.happened else MARKS[self.verdict]


def plot(one: Checked) -> str:
    """Return the interval of an effect as a line: `│` is no difference, `╎` the margin.

    Empty where there is no interval. Both ends of the line are as far from no difference.
    """
    if one.effect is None or one.low is None or one.high is None:
        return ""
    reach = max(abs(one.low), abs(one.high), abs(one.effect), one.margin or 0.0) or 1.0
    cells = [" "] * WIDTH
    for at in range(_cell(one.low, reach), _cell(one.high, reach) + 1):
        cells[at] = "─"
    if one.margin:
        cells[_cell(one.margin, reach)] = "╎"
    cells[_MIDDLE] = "│"
    cells[_cell(one.effect, reach)] = "●"
    return "".join(cells)


def _cell(value: float, reach: float) -> int:
    return min(WIDTH - 1, max(0, round(_MIDDLE + value / reach * _MIDDLE)))


def table(checks: Sequence[Checked]) -> Iterator[str]:
    """Yield a line for each check; with plots, under a scale, where there is one at all."""
    plots = [plot(one) for one in checks]
    if any(plots):
        yield f"    {SCALE}"
    for one, drawn in zip(checks, plots, strict=True):
        warn = " (worse, but by less than the margin)" if one.warn else ""
        line = f"{drawn:<{WIDTH}} " if any(plots) else ""
        yield f"  {one.mark} {line}{one.said}{warn}".rstrip()


def grouped(checks: Sequence[Checked]) -> Iterator[str]:
    """Yield a line for each name, with a mark for each check of it, and what the worst says."""
    for name, same in groupby(checks, key=lambda one: one.name):
        found = sorted(same, key=lambda one: _WORST[one.verdict])
        failed = [one for one in found if one.verdict == "fail"] or found[:1]
        for one in failed:
            strip = "".join(each.mark for each in found[:_LONGEST_STRIP])
            more = f"{strip} " if len(found) > 1 and one is failed[0] else ""
            yield f"  {one.mark} {name:<20} {more}{one.said}"


def junit(suite: str, checks: Sequence[Checked]) -> str:
    """Return a JUnit XML document, a test case each: fail fails, inconclusive is an error.

    Source: the schema of Jenkins' xUnit plugin (junit-10.xsd). What no XML may hold is left out.
    """
    fails = sum(one.verdict == "fail" for one in checks)
    unknown = sum(one.verdict == "inconclusive" for one in checks)
    counts = f'tests="{len(checks)}" failures="{fails}" errors="{unknown}"'
    cases = "".join(_case(suite, one) for one in checks)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {counts}>\n"
        f"  <testsuite name={_quoted(suite)} {counts}>\n{cases}  </testsuite>\n</testsuites>\n"
    )


def _case(suite: str, one: Checked) -> str:
    head = f"    <testcase classname={_quoted(suite)} name={_quoted(one.name)}"
    said = escape(printable(one.said))
    tag = {"fail": "failure", "inconclusive": "error", "pass": "system-out"}[one.verdict]
    about = f" message={_quoted(one_line(one.said, 200))}" if tag != "system-out" else ""
    return f"{head}>\n      <{tag}{about}>{said}</{tag}>\n    </testcase>\n"


def _quoted(text: str) -> str:
    return quoteattr(printable(text))


def summary(
    title: str, verdict: VerdictWord, said: str, checks: Sequence[Checked]
) -> Iterator[str]:
    """Yield a summary in Markdown, as the pages of a CI job show it."""
    yield f"## {MARKS[verdict]} {markdown(title)}: {verdict}"
    yield ""
    yield markdown(said)
    yield ""
    if checks:
        yield "| | check | what was found |"
        yield "|---|---|---|"
        for one in checks:
            cells = (f"{one.mark} {one.verdict}", markdown(one.name), markdown(one.said))
            yield f"| {' | '.join(cells)} |"
