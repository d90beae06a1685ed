"""`mlir profile`: what a service's inputs look like, counted; kept under a name on request."""

from __future__ import annotations

from collections.abc import Iterator

import click

from mlrespond.cli.inspecting import only_service
from mlrespond.cli.options import json_option, time_of
from mlrespond.cli.session import session
from mlrespond.errors import UsageError
from mlrespond.judgment.amount import histograms, written_in
from mlrespond.judgment.look import ALPHA
from mlrespond.judgment.order import quantile_interval
from mlrespond.judgment.tail import said_quantiles
from mlrespond.model.amount import Amounts, Buckets
from mlrespond.model.codec import encode
from mlrespond.model.instant import iso
from mlrespond.model.reading import FeatureProfile, Profile
from mlrespond.model.text import printable
from mlrespond.render.document import document
from mlrespond.usecases.profile import profile

_TOLD = 3
_QUANTILES = (0.5, 0.95, 0.99)


@click.command("profile")
@click.argument("service", required=False)
@click.option("--since", default="1h ago", metavar="TIME", help="Where the window begins.")
@click.option("--until", default="now", metavar="TIME", help="Where it ends.")
@click.option("--version", help="Only what this version served.")
@click.option("--keep", metavar="NAME", help="Keep it, for compare --against profile:NAME.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    service: str | None,
    *,
    since: str,
    until: str,
    version: str | None,
    keep: str | None,
    as_json: bool,
) -> int:
    """Show what a service's inputs look like: nulls, quartiles, categories; counts, no records.

    Kept, it is a file in profiles/SERVICE/ that holds no record, only counts.

    Example: mlir profile fraud-scorer --since "24h ago" --keep november
    """
    opened = session(ctx)
    name = only_service(opened, service)
    began, ends = time_of(since), time_of(until)
    if began is None or ends is None:
        raise UsageError("a window has two ends", hint="give --since and --until")
    found = profile(opened.app, name, began, ends, version, keep)
    if as_json:
        told = document("profile", service=name, kept=keep, profile=encode(found))
        click.echo(opened.redact(told))
        return 0
    for line in _lines(name, found):
        click.echo(printable(opened.redact(line)))
    if keep is not None:
        click.echo(f"kept; next: mlir compare {name} --inputs --against profile:{keep}", err=True)
    return 0


def _lines(service: str, found: Profile) -> Iterator[str]:
    window = f"{iso(found.window.since)[:19]}Z to {iso(found.window.until)[:19]}Z"
    yield f"{service}: {found.n:,} predictions, {window}; {found.unreadable:,} unreadable"
    for one in found.features:
        yield f"  {one.name}: {_told(one)}; {one.nulls / one.n:.1%} null" + (
            f", {one.mismatched:,} of another type" if one.mismatched else ""
        )
    for amounts in found.amounts:
        yield f"  {amounts.name}: {_amounts(amounts)}; {amounts.missing / found.n:.1%} have none"


def _told(one: FeatureProfile) -> str:
    if one.type == "category":
        told = ", ".join(f"{name} {n:,}" for name, n in list(one.categories.items())[:_TOLD])
        return f"{one.distinct:,} categories, {told}"
    if one.median is None:
        return "no numbers"
    return f"quartiles {one.low_quartile:.4g}, {one.median:.4g}, {one.high_quartile:.4g}"


def _amounts(one: Amounts) -> str:
    hist, _ = histograms(one.whole, Buckets())
    told = [quantile_interval(hist, q, ALPHA) for q in _QUANTILES]
    said = [part for at in told for part in said_quantiles(at, None, written_in(""))]
    return ", ".join([f"{one.n:,} amounts", *said])
