"""`mlir watch`: poll services, so that the ledger knows what was served when."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from mlrespond.cli.monitored import metrics_options, refuse_without_loop, telling
from mlrespond.cli.session import Session, session
from mlrespond.errors import UsageError
from mlrespond.model.event import Event
from mlrespond.model.instant import iso, parse_duration
from mlrespond.model.text import printable
from mlrespond.render.document import cloud_event
from mlrespond.usecases.own_metrics import Loop
from mlrespond.usecases.signals import Interrupts
from mlrespond.usecases.watch import watch


@click.command("watch")
@click.argument("services", nargs=-1)
@click.option("--every", default="15s", metavar="DURATION", help="How often to look.")
@click.option("--once", is_flag=True, help="Look once.")
@click.option("--jsonl", is_flag=True, help="Print CloudEvents 1.0, one a line.")
@click.option(
    "--listen",
    metavar="[HOST:]PORT",
    help="Take MLflow's webhooks too, at this address; without a host, on loopback.",
)
@click.option(
    "--webhook-secret",
    metavar="env:NAME|file:PATH",
    help="The secret that the webhooks are signed with; --listen needs it.",
)
@click.option(
    "--any-address",
    is_flag=True,
    help="Let --listen take an address such as 0.0.0.0, which every network reaches.",
)
@metrics_options
@click.pass_context
def command(
    ctx: click.Context,
    services: tuple[str, ...],
    *,
    every: str,
    once: bool,
    jsonl: bool,
    listen: str | None,
    webhook_secret: str | None,
    any_address: bool,
    metrics: str | None,
    metrics_any_address: bool,
) -> int:
    """Look at services again and again; what differs is recorded, and what not is not.

    With --listen, signed webhooks of MLflow are recorded too, and each makes it look at once.

    Example: mlir watch fraud-scorer --every 30s
    """
    heard = _heard(listen, webhook_secret, once=once, anywhere=any_address)
    refuse_without_loop(metrics, metrics_any_address, goes_on=not once)
    opened = session(ctx)
    own = Loop(name="watch", began=opened.app.clock.now())
    interrupts, woken = Interrupts(), threading.Event()

    def tell(name: str, looked: Event) -> None:
        line = f"{iso(looked.occurred_at)[:19]}Z  {name}: {looked.summary}"
        click.echo(opened.redact(cloud_event(looked)) if jsonl else printable(opened.redact(line)))

    def stop() -> bool:
        return once or interrupts.asked

    pause = parse_duration(every)
    with (
        interrupts,
        telling(opened, metrics, own, anywhere=metrics_any_address),
        _listening(opened, services, heard, woken, anywhere=any_address),
    ):
        kept = watch(
            opened.app,
            services,
            pause,
            lambda: once or interrupts.asked,
            tell,
            woken=woken,
            own=own,
        )
    if once and not kept:
        click.echo("nothing differs from the last look", err=True)
    return 0


def _heard(
    listen: str | None, secret: str | None, *, once: bool, anywhere: bool
) -> tuple[str, str] | None:
    """Return where to listen and with which secret, if at all."""
    if listen is None:
        if secret or anywhere:
            raise UsageError("nothing listens", hint="add --listen [HOST:]PORT")
        return None
    if once:
        raise UsageError("--once ends before anything can be heard", hint="drop --once or --listen")
    if secret is None:
        raise UsageError(
            "--listen takes signed webhooks only", hint="add --webhook-secret env:NAME"
        )
    return listen, secret


@contextmanager
def _listening(
    opened: Session,
    services: tuple[str, ...],
    heard: tuple[str, str] | None,
    woken: threading.Event,
    *,
    anywhere: bool,
) -> Iterator[None]:
    if heard is None:
        yield
        return
    from mlrespond.adapters.local_server import address
    from mlrespond.bootstrap.listening import listener

    listen, secret = heard
    where = address(listen, anywhere=anywhere)
    note = opened.progress.note
    server = listener(opened.composed, where, secret, services, woken, note)
    server.start()
    note(f"taking MLflow's webhooks at {server.where}")
    try:
        yield
    finally:
        server.stop()
        note(f"webhooks: {server.taken} taken, {server.refused.total()} refused")
