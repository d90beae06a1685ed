"""What a log of predictions cannot tell of a blast radius, in words: said, never guessed."""

from __future__ import annotations

from collections.abc import Iterator

from mlrespond.model.instant import duration, iso
from mlrespond.model.reach import Affected, Reach
from mlrespond.model.service import Predictions

_LATE_LOG = 0.1


def gaps(config: Predictions, asked: Affected, reach: Reach) -> tuple[str, ...]:
    """Return what the log cannot tell, in words."""
    told = [*_of_rows(config, asked, reach), *_of_columns(config, reach)]
    if config.sampled is None:
        told.append("whether every request is logged: nobody says so (`predictions.sampled`)")
    elif config.sampled < 1:
        told.append(
            f"requests that are not logged: the log is a sample of {config.sampled:.3g} of them, "
            "these are its own counts, and entities are more than it shows"
        )
    return tuple(told)


def _of_rows(config: Predictions, asked: Affected, reach: Reach) -> Iterator[str]:
    if not reach.logged:
        yield "anything: the log has no prediction of this window"
    elif reach.unversioned == reach.logged and asked.versions:
        yield f"which version served: no row names one (column `{config.version}`)"
    elif reach.unversioned and asked.versions:
        low, high = reach.affected, reach.affected + reach.unversioned
        yield (
            f"{reach.unversioned:,} predictions that name no version: "
            f"{low / reach.logged:.1%} to {high / reach.logged:.1%} may be of a bad one"
        )
    if reach.unreadable:
        yield f"{reach.unreadable:,} rows that cannot be read"
    late = _begins_late(asked, reach)
    if late:
        yield f"what was served in the first {duration(late)}: the log begins later"


def _begins_late(asked: Affected, reach: Reach) -> float:
    """Return how many seconds after the window's start the log begins, where that is much of it."""
    if reach.first_logged is None:
        return 0.0
    late = (reach.first_logged - asked.window.since).total_seconds()
    return late if late > _LATE_LOG * asked.window.seconds else 0.0


def _of_columns(config: Predictions, reach: Reach) -> Iterator[str]:
    if config.entity is None:
        yield "how many entities: no column names them (`predictions.entity`)"
    elif reach.logged and reach.entities is None:
        yield f"how many entities: no row names one (column `{config.entity}`)"
    elif reach.anonymous:
        yield f"whom {reach.anonymous:,} affected predictions were about: they name no entity"
    if reach.nameless:
        yield f"which {reach.nameless:,} decisions these are: they have no id, and are in no list"


def goes_on(after: Reach) -> tuple[str, ...]:
    """Return that a bad version goes on in the log after the window, if it does."""
    if after.last is None:
        return ()
    last = f"{iso(after.last)[:19]}Z"
    return (f"why the log has {after.affected:,} more of them after the window, the last {last}",)
