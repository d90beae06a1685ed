"""What both forms of a report say in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlrespond.model.instant import duration, iso
from mlrespond.model.text import plural
from mlrespond.usecases.report_figure import Report, RunbookTotal, Spread, Toil

_SHOWN = 8


def scope(found: Report) -> str:
    """Return which incidents the report is over."""
    of = f"of {found.service}" if found.service else "of all services"
    since = f" from {iso(found.since)[:16]}Z" if found.since else ""
    until = f" to {iso(found.until)[:16]}Z" if found.until else ""
    out = f"; not counted: {counted(found.left_out)}" if found.left_out else ""
    return f"{plural(len(found.incidents), 'incident')} {of}{since}{until}{out}"


def counted(counts: Mapping[str, int]) -> str:
    """Return counts by word, the largest first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{n} {word}" for word, n in ordered)


def middle(spread: Spread) -> str:
    """Return the median, or that it is not known."""
    return "not known" if spread.median is None else duration(spread.median)


def span(spread: Spread) -> str:
    """Return the least and the most; nothing without dots."""
    known = [one.seconds for one in spread.dots]
    return f"{duration(min(known))}..{duration(max(known))}" if known else ""


def lacking(spread: Spread) -> str:
    """Return how many are below zero, and how many lack a number, by the milestone missing."""
    below = sum(one.seconds < 0 for one in spread.dots)
    told = [f"{below} below zero: the later came first"] if below else []
    told += [
        f"{n} without {what}"
        for what, n in sorted(spread.missing.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return "; ".join(told)


def saved(total: RunbookTotal) -> str:
    """Return what a runbook saved or cost in a mitigated incident, and what that rests on."""
    mine, theirs = total.respond, total.by_hand
    if total.saved_s is None:
        lacks = "by hand" if mine.dots else "by it"
        return f"not known: no incident was mitigated {lacks}"
    word = "saved" if total.saved_s >= 0 else "cost"
    return (
        f"{word} {duration(abs(total.saved_s))}: median {middle(mine)} (n={mine.n}) "
        f"against {middle(theirs)} by hand (n={theirs.n})"
    )


def share(toil: Toil) -> str:
    """Return who did what."""
    if toil.share_by_hand is None:
        return "nothing was done"
    return (
        f"{toil.machine} by runs, {toil.hand} by hand ({toil.share_by_hand:.0%} by hand: "
        f"{toil.told} told to runs, {len(toil.moved)} aliases moved by others, "
        f"{toil.by_word} mitigated on a person's word)"
    )


def names(found: Sequence[str]) -> str:
    """Return the newest names, and how many more there are; the document has them all."""
    shown = ", ".join(found[-_SHOWN:])
    return shown if len(found) <= _SHOWN else f"{len(found) - _SHOWN} more, {shown}"
