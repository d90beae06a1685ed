"""A report as one HTML file: no script, no request, light and dark, legible on a phone."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mlrespond.model.instant import duration, iso
from mlrespond.model.text import printable
from mlrespond.render.report import words
from mlrespond.render.report.strip import Axis, axis_of, svg
from mlrespond.usecases.report_figure import Report, Spread


def render(found: Report) -> str:
    """Return the document; the same report gives the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    phases = axis_of([dot for one in found.phases for dot in one.dots])
    runs = axis_of([dot for one in found.runbooks for dot in one.took.dots])
    template = environment.get_template("report.html.j2")
    return template.render(
        found=found,
        words=words,
        took=duration,
        at=lambda when: iso(when)[:19] + "Z",
        phase=lambda one: _picture(one, phases),
        run=lambda one: _picture(one, runs),
        most=max((n for _, n in found.weeks), default=1) or 1,
    )


def _picture(spread: Spread, axis: Axis) -> Markup:
    title = f"{spread.name}: {spread.formula}, n={spread.n}, median {words.middle(spread)}"
    return Markup(svg(spread.dots, axis, spread.median, title))  # noqa: S704  # escaped where it is made


def _plain(value: object) -> object:
    """Return text without anything that is no text; what is markup stays as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value)
    return value
