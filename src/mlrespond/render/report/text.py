"""A report for a terminal: tables, bars and strips of dots, in characters.

Off a terminal nothing is cut to a width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlrespond.model.instant import duration, iso
from mlrespond.render.escape import terminal
from mlrespond.render.report.strip import axis_of, characters
from mlrespond.render.report.words import counted, lacking, middle, names, saved, scope, share, span
from mlrespond.usecases.report_figure import Report, Spread

_STRIP, _NARROW_STRIP, _BAR, _WIDE = 40, 22, 40, 240
_NARROW = 120  # columns of a terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    """How strips are drawn."""

    width: int
    ascii_only: bool


def show(found: Report, file: IO[str]) -> None:
    """Write the report to a terminal or a file."""
    wide = None if file.isatty() else _WIDE
    console = Console(file=file, width=wide, highlight=False, markup=False, emoji=False)
    strips = Strips(
        width=_NARROW_STRIP if console.width < _NARROW else _STRIP,
        ascii_only="utf" not in (getattr(file, "encoding", None) or "utf-8").lower(),
    )
    console.print(_said(scope(found)), soft_wrap=True)
    if not found.incidents:
        return
    for title, table in _tables(found, strips):
        console.print()
        console.print(Text(title, style="bold"))
        console.print(table, soft_wrap=wide is not None)
    console.print()
    for line in _lines(found):
        console.print(_said(line), soft_wrap=True)


def _tables(found: Report, strips: Strips) -> Iterator[tuple[str, Table]]:
    yield "How often", _services(found)
    yield "By week", _weeks(found)
    yield "How long: median, every dot, n", _spreads(found.phases, strips)
    if found.runbooks:
        yield "Runbooks", _runbooks(found)
        took = [one.took for one in found.runbooks]
        yield "How long runs took", _spreads(took, strips)
    if found.repeats:
        yield "What came again", _repeats(found)
    if found.open_items:
        yield f"Action items open: {len(found.open_items)} of {found.items}", _items(found)


def _services(found: Report) -> Table:
    table = _table("service", "incidents", "open", "severities", "between two")
    for one in found.services:
        severities = counted(one.by_severity)
        between = f"median {middle(one.between)} (n={one.between.n})" if one.between.n else ""
        _row(table, one.service, str(one.incidents), str(one.still_open), severities, between)
    return table


def _weeks(found: Report) -> Table:
    table = _table("week of", "n", "")
    most = max((n for _, n in found.weeks), default=1) or 1
    for week, n in found.weeks:
        _row(table, week, str(n), "#" * (max(1, round(_BAR * n / most)) if n else 0))
    return table


def _spreads(spreads: Sequence[Spread], strips: Strips) -> Table:
    table = _table("", "formula", "n", "median", "least..most", "dots", "no number")
    table.columns[5].no_wrap, table.columns[5].min_width = True, strips.width
    axis = axis_of([dot for one in spreads for dot in one.dots])
    for one in spreads:
        dots = characters(one.dots, axis, strips.width, ascii_only=strips.ascii_only)
        cells = (one.name, one.formula, str(one.n), middle(one), span(one), dots, lacking(one))
        _row(table, *cells)
    low, high = duration(axis.low), duration(axis.high)
    scale = f"{low} {'.' * (strips.width - len(low) - len(high) - 2)} {high}"
    _row(table, "", "", "", "", "", scale, "")
    return table


def _runbooks(found: Report) -> Table:
    table = _table("runbook", "runs", "saved or cost, an incident", "lost in runs without help")
    for one in found.runbooks:
        lost = duration(one.lost_s) if one.lost_s else ""
        _row(table, one.runbook, counted(one.endings), saved(one), lost)
    return table


def _repeats(found: Report) -> Table:
    table = _table("service", "same", "n", "incidents")
    for one in found.repeats:
        same = f"{one.by} {one.name}"
        _row(table, one.service, same, str(len(one.incidents)), names(one.incidents))
    return table


def _items(found: Report) -> Table:
    table = _table("incident", "item", "due", "owner", "what")
    for one in found.open_items:
        due = f"{one.due}{' overdue' if one.overdue(found.made_at) else ''}"
        _row(table, one.incident, one.item, due, one.owner or "nobody", one.text)
    return table


def _lines(found: Report) -> Iterator[str]:
    yield f"done           {share(found.toil)}"
    yield f"leave given    {counted(found.toil.approvals) or 'never asked'}"
    if found.toil.unproven:
        yield f"not proven     {found.toil.unproven} actions that were begun"
    for one in found.toil.moved:
        yield f"moved          {one.service}: {one.before} → {one.to}, seen {iso(one.at)[:19]}Z"
    blast = found.blast
    yield (
        f"blast radius   measured for {blast.measured} of {blast.measured + blast.unmeasured}: "
        f"{blast.predictions_affected:,} of {blast.predictions:,} predictions; "
        f"{blast.left:,} of {blast.to_reverse:,} decisions left to reverse"
    )
    yield f"action items   {len(found.open_items)} open of {found.items}, {found.overdue} overdue"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in columns:
        table.add_column(name, overflow="fold", justify="right" if name == "n" else "left")
    return table


def _row(table: Table, *cells: str) -> None:
    table.add_row(*(_said(one) for one in cells))


def _said(text: str) -> Text:
    return Text(terminal(text))
