"""`mlir actions`: what is to be done after incidents, kept in their timelines."""

from __future__ import annotations

from datetime import datetime

import click

from mlrespond.cli.options import json_option, me, recorded
from mlrespond.engine.action_item import ActionItem, Seed
from mlrespond.model.action_item_kind import ActionItemOutcome
from mlrespond.model.event import Event
from mlrespond.model.text import printable
from mlrespond.usecases.action_items import NewItem, Said, add, all_items, change, close, items_of

_SORTS = click.Choice(["prevent", "mitigate", "detect", "process"])


class _ListsByDefault(click.Group):
    """A group in which what names none of its commands is meant for `list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; those that begin with an option of `list` are meant for it."""
        own = {"-h", "--help"}
        return super().parse_args(ctx, args if args and args[0] in own else _named(self, args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named, or `list`."""
        return super().resolve_command(ctx, _named(self, args))


def _named(group: click.Group, args: list[str]) -> list[str]:
    return args if args and args[0] in group.commands else ["list", *args]


@click.group("actions", cls=_ListsByDefault)
def command() -> None:
    """Show, add, assign and close action items; without a word it is `list`.

    Example: mlir actions INC-0042 --open
    """


@command.command("list")
@click.argument("incident", required=False)
@click.option("--open", "only_open", is_flag=True, help="Only those that are open.")
@click.option("--owner", metavar="HANDLE", help="Only this person's or team's.")
@json_option
@click.pass_context
def list_(
    ctx: click.Context, incident: str | None, *, only_open: bool, owner: str | None, as_json: bool
) -> int:
    """List action items; of one incident with its seeds: TODO notes, failures, overrides.

    Example: mlir actions list INC-0042 --open
    """
    timeline = recorded(ctx)
    found, grown = items_of(timeline, incident) if incident else (all_items(timeline), ())
    items = [
        one
        for one in found
        if (not only_open or one.status == "open") and owner in {None, one.owner}
    ]
    shown = () if owner else grown
    if as_json:
        return _document(items, shown)
    now = _now()
    for one in items:
        click.echo(printable(_line(one, now)))
    for seed in shown:
        click.echo(printable(_seed_line(str(incident), seed)))
    if shown:
        how = f"mlir actions add {incident} --from {shown[0].seq}"
        click.echo(f"a seed becomes an item with: {how}", err=True)
    elif not items:
        click.echo("no action item is open" if only_open else "there is no action item", err=True)
    return 0


@command.command("add")
@click.argument("incident")
@click.argument("text", required=False, default="")
@click.option("--type", "sort", type=_SORTS, default="process", help="What it is for.")
@click.option("--owner", default="", metavar="HANDLE", help="Who sees to it.")
@click.option("--due", default="", metavar="DAY", help="By when: 2026-12-01, or 14d.")
@click.option("--link", default="", metavar="URL", help="Where a tracker follows it.")
@click.option("--from", "seed", type=click.IntRange(1), metavar="N", help="Of the seed #N.")
@click.pass_context
def add_(
    ctx: click.Context,
    incident: str,
    text: str,
    *,
    sort: str,
    owner: str,
    due: str,
    link: str,
    seed: int | None,
) -> int:
    """Add an action item, of a text or of one of the incident's seeds.

    Example: mlir actions add INC-0042 "page when nulls rise" --type detect --owner ana --due 14d
    """
    new = NewItem(
        text=text,
        sort=sort,  # type: ignore[arg-type]  # one of _SORTS
        owner=owner,
        due=due,
        link=link,
    )
    return _told(add(recorded(ctx), incident, new, _said(ctx), seed=seed))


@command.command("assign")
@click.argument("incident")
@click.argument("item")
@click.option("--owner", metavar="HANDLE", help="Who sees to it from now on.")
@click.option("--due", metavar="DAY", help="By when: 2026-12-01, or 14d.")
@click.option("--link", metavar="URL", help="Where a tracker follows it.")
@click.option("--text", metavar="TEXT", help="What is to be done, in other words.")
@click.pass_context
def assign(
    ctx: click.Context,
    incident: str,
    item: str,
    *,
    owner: str | None,
    due: str | None,
    link: str | None,
    text: str | None,
) -> int:
    """Give an open action item another owner, due date, link or text; "" takes one off.

    Example: mlir actions assign INC-0042 A1 --owner ben --due 2026-12-15
    """
    said = _said(ctx)
    return _told(
        change(recorded(ctx), incident, item, said, owner=owner, due=due, link=link, text=text)
    )


@command.command("close")
@click.argument("incident")
@click.argument("item", metavar="ITEM|#N")
@click.option("--dropped", is_flag=True, help="It was decided not to do it; say why.")
@click.option("--reason", default="", metavar="TEXT", help="What was done, or why not.")
@click.pass_context
def close_(ctx: click.Context, incident: str, item: str, *, dropped: bool, reason: str) -> int:
    """Close an action item as done, or as dropped; a seed that is no item is dropped as #N.

    Example: mlir actions close INC-0042 A1 --reason "the alert stands since Tuesday"
    """
    outcome: ActionItemOutcome = "dropped" if dropped else "done"
    return _told(close(recorded(ctx), incident, item, _said(ctx), outcome=outcome, reason=reason))


def _said(ctx: click.Context) -> Said:
    return Said(by=me(ctx), at=_now())


def _now() -> datetime:
    from mlrespond.adapters.system import SystemClock

    return SystemClock().now()


def _told(event: Event) -> int:
    click.echo(printable(f"{event.incident}: {event.summary}"))
    return 0


def _line(item: ActionItem, now: datetime) -> str:
    due = f"due {item.due}{' (overdue)' if item.overdue(now) else ''}" if item.due else ""
    parts = [f"owner {item.owner}" if item.owner else "no owner", due, item.link, item.reason]
    told = "; ".join(one for one in parts if one)
    return f"{item.incident}  {item.item:<4} {item.status:<7} {item.sort:<8} {item.text}  ({told})"


def _seed_line(incident: str, seed: Seed) -> str:
    again = f" ({seed.times} times)" if seed.times > 1 else ""
    return f"{incident}  #{seed.seq:<3} seed    {seed.sort}: {seed.text}{again}"


def _document(items: list[ActionItem], shown: tuple[Seed, ...]) -> int:
    from mlrespond.model.codec import encode
    from mlrespond.render.document import document

    told = [encode(one) for one in items]
    click.echo(document("actions", items=told, seeds=[encode(one) for one in shown]))
    return 0
