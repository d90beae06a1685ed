"""What the commands that go on have in common: a page on which a monitor sees how they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from mlrespond.cli.session import Session
from mlrespond.errors import UsageError
from mlrespond.usecases.own_metrics import Loop

F = TypeVar("F", bound=Callable[..., Any])


def metrics_options(command: F) -> F:
    """Add `--metrics`, and the leave to serve it to every network."""
    anywhere = click.option(
        "--metrics-any-address",
        is_flag=True,
        help="Let --metrics take an address such as 0.0.0.0, which every network reaches.",
    )
    where = click.option(
        "--metrics",
        metavar="[HOST:]PORT",
        help="Serve /metrics of this program at this address; without a host, on loopback.",
    )
    return where(anywhere(command))


def refuse_without_loop(metrics: str | None, anywhere: bool, *, goes_on: bool) -> None:  # noqa: FBT001  # click's flag
    """Raise UsageError where nothing would be there to be asked."""
    if metrics is not None and not goes_on:
        raise UsageError("nothing goes on that a monitor could ask", hint="drop --metrics")
    if anywhere and metrics is None:
        raise UsageError("nothing is served", hint="add --metrics [HOST:]PORT")


@contextmanager
def telling(opened: Session, metrics: str | None, own: Loop, *, anywhere: bool) -> Iterator[None]:
    """Serve the page, if it is wanted, while the block runs."""
    if metrics is None:
        yield
        return
    from mlrespond.bootstrap.own_metrics import told_at

    with told_at(opened.composed, metrics, own, anywhere=anywhere) as url:
        opened.progress.note(f"metrics at {url}")
        yield
