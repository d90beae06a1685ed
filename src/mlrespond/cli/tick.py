"""`mlir tick`: do whatever is due. Nothing happens by itself when no process runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import click

from mlrespond.cli.monitored import metrics_options, refuse_without_loop, telling
from mlrespond.cli.options import json_option
from mlrespond.cli.session import Session, session
from mlrespond.errors import TimelineError, UsageError
from mlrespond.model.exit_code import ExitCode, worst
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json
from mlrespond.model.text import plural, printable
from mlrespond.render.document import document
from mlrespond.usecases.app import Pace
from mlrespond.usecases.outcome import exit_code
from mlrespond.usecases.own_metrics import Loop
from mlrespond.usecases.resume import Ticked, tick
from mlrespond.usecases.runner import Ended, Parked
from mlrespond.usecases.signals import Interrupts, rest

_WAIT_S = 30.0


@click.command("tick")
@click.option("--loop", is_flag=True, help="Go on, until Ctrl-C.")
@click.option("--every", default="10s", metavar="DURATION", help="How often, with --loop.")
@metrics_options
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    loop: bool,
    every: str,
    metrics: str | None,
    metrics_any_address: bool,
    as_json: bool,
) -> int:
    """Drive every run that is due: timers, expiries, the next level of an escalation.

    What waits in the spool is brought in first.

    Example (cron, each minute): * * * * * cd /srv/models && mlir tick
    """
    if loop and as_json:
        raise UsageError("what goes on is no one document", hint="mlir timeline --follow --jsonl")
    refuse_without_loop(metrics, metrics_any_address, goes_on=loop)
    opened = session(ctx, pace=Pace(park_after_s=_WAIT_S))
    own = Loop(name="tick", began=opened.app.clock.now())
    pause = parse_duration(every)
    code = ExitCode.DONE
    interrupts = Interrupts()
    with interrupts, telling(opened, metrics, own, anywhere=metrics_any_address):
        if loop:
            click.echo(f"looking for what is due every {every}, until Ctrl-C", err=True)
        while True:
            _bring_in(opened)
            done = _drive(opened, own) if loop else tick(opened.app)
            code = worst([code, *_codes(done)])
            _count(own, done, opened.app.clock.now())
            _tell(done, opened.redact, as_json=as_json)
            if not loop:
                _tell_if_none(done, as_json=as_json)
                break
            rest(opened.app.clock, pause, lambda: interrupts.asked)
            if interrupts.asked:
                break
    return int(code)


def _drive(opened: Session, own: Loop) -> tuple[Ticked, ...]:
    """Drive what is due; where that cannot be told now, say so and leave it to the next turn."""
    try:
        return tick(opened.app)
    except TimelineError as error:
        opened.progress.note(f"what is due cannot be read: {error.message}")
        own.errors[error.code] += 1
        return ()


def _codes(done: tuple[Ticked, ...]) -> Iterator[ExitCode]:
    """Yield how each run went; that one waits is no news here."""
    for one in done:
        if one.error is not None:
            yield ExitCode(one.error.exit_code)
        elif one.driven is not None and exit_code(one.driven) is not ExitCode.WAITING:
            yield exit_code(one.driven)


def _count(own: Loop, done: tuple[Ticked, ...], now: datetime) -> None:
    own.runs.update(_word(one) for one in done if one.driven is not None)
    own.errors.update(one.error.code for one in done if one.error is not None)
    own.turned(now)


def _word(one: Ticked) -> str:
    if isinstance(one.driven, Ended):
        return one.driven.state.ended.ending if one.driven.state.ended else "ended"
    return "waiting" if isinstance(one.driven, Parked) else "interrupted"


def _bring_in(opened: Session) -> None:
    """Bring in what waits in the spool; while that cannot be done, it goes on waiting there."""
    try:
        count = opened.composed.timeline.import_spool()
    except TimelineError as error:
        opened.progress.note(f"the spool waits: {error.message}")
        return
    if count:
        opened.progress.note(f"{plural(count, 'event')} brought in from the spool")


def _tell(done: tuple[Ticked, ...], redact: Callable[[str], str], *, as_json: bool) -> None:
    if as_json:
        runs: list[Json] = [{"run": one.run, "became": _became(one)} for one in done]
        click.echo(document("tick", runs=runs))
        return
    for one in done:
        click.echo(printable(redact(f"{one.run}: {_became(one)}")))


def _tell_if_none(done: tuple[Ticked, ...], *, as_json: bool) -> None:
    if not done and not as_json:
        click.echo("nothing is due", err=True)


def _became(one: Ticked) -> str:
    match one.driven:
        case Ended(state):
            return state.ended.ending if state.ended else "ended"
        case Parked(waiting_for=waiting_for):
            return f"waits for {waiting_for}"
        case None:
            return f"{one.error.code}: {one.error.message}" if one.error else ""
        case _:
            return "interrupted"
