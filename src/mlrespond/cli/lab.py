"""`mlir lab`: a small real service on loopback, to break and to mend."""

from __future__ import annotations

from pathlib import Path

import click

from mlrespond.cli.options import json_option
from mlrespond.lab.faults import MODES
from mlrespond.model.codec import encode
from mlrespond.model.json import record
from mlrespond.render.document import document

_FOLDER = click.option("--dir", "folder", default="lab", metavar="DIR", help="The lab's folder.")


@click.group("lab")
def command() -> None:
    """Start, break, mend and stop a lab: registry, replicas, router, traffic, labels, pager.

    Example: mlir lab up && mlir lab break bad-release && mlir -C lab respond --alert lab/alert.json
    """


@command.command("up")
@_FOLDER
@click.option("--seed", default=7, help="Of the model, the world and the traffic.")
@click.option("--rate", default=120.0, help="Requests a second.")
@click.option(
    "--stack",
    metavar="SERVERS",
    help="Real servers to stand on, installed if need be: mlflow+triton+prometheus or "
    "mlflow+mlserver+prometheus; default: none, the lab serves by itself.",
)
def up(folder: str, *, seed: int, rate: float, stack: str | None) -> int:
    """Train the model, start everything, and watch it.

    Example: mlir lab up --dir lab --rate 60
    """
    from mlrespond.lab.watcher import start_watcher

    if stack is None:
        from mlrespond.lab.up import up as start

        start(Path(folder), seed=seed, rate=rate)
    else:
        from mlrespond.lab.stack.up import up_on_stack

        up_on_stack(Path(folder), stack, _tell, seed=seed, rate=rate)
    start_watcher(Path(folder))
    click.echo(f"the lab is up in {folder}; its service is fraud-scorer")
    click.echo(f"next: mlir lab break bad-release --dir {folder}", err=True)
    return 0


@command.command("break")
@click.argument("mode", metavar="MODE", type=click.Choice(list(MODES)))
@_FOLDER
@click.option("--seed", default=1, help="Of how bad it is, and where.")
def break_(mode: str, folder: str, *, seed: int) -> int:
    """Inject a fault, and write the alert that it would raise.

    \b
    MODE is one of
      bad-release     a version that answers worse
      slow-release    a version that answers late
      null-surge      two columns of the inputs go missing
      unit-change     a column of the inputs comes in another unit
      stuck-replica   a replica goes on serving the version before
      serving-errors  a replica answers with errors
      registry-down   the registry is away
      concept-drift   fraudsters change their habits, and the model does not know
      nothing         an alert, and nothing that is wrong

    Example: mlir lab break null-surge --dir lab --seed 3
    """  # noqa: D301  # to click a backspace means: keep these lines as they are
    from mlrespond.lab.faults import break_ as inject

    broken = inject(Path(folder), mode, seed)
    click.echo(f"{mode}: {broken.did}")
    click.echo(f"next: mlir -C {folder} respond --alert {folder}/alert.json", err=True)
    return 0


@command.command("mend")
@_FOLDER
def mend(folder: str) -> int:
    """Take every injected fault back.

    Example: mlir lab mend --dir lab
    """
    from mlrespond.lab.mend import mend as repair

    mended = repair(Path(folder))
    click.echo(f"mended {', '.join(one.mode for one in mended) or 'nothing: nothing was broken'}")
    return 0


@command.command("status")
@_FOLDER
@json_option
def status(folder: str, *, as_json: bool) -> int:
    """Show what runs, and what is broken.

    Example: mlir lab status --dir lab --json
    """
    from mlrespond.lab.status import status as look

    found = look(Path(folder))
    if as_json:
        click.echo(document("lab", **record(encode(found))))
        return 0
    click.echo(f"{found.folder}: {found.phase}, {found.rate:g} requests a second")
    for one in found.processes:
        serves = f" serves {one.serves}" if one.serves else ""
        word = "runs" if one.alive else "is dead"
        click.echo(f"  {one.name:<10} {word} (pid {one.pid}) {one.url or ''}{serves}")
    click.echo(f"  registry wants {found.wanted or 'nothing that can be read'}")
    for fault in found.faults:
        click.echo(f"  broken: {fault.mode} (seed {fault.seed})")
    return 0


@command.command("down")
@_FOLDER
def down(folder: str) -> int:
    """Stop everything that was started, and nothing else.

    Example: mlir lab down --dir lab
    """
    from mlrespond.lab.down import down as stop

    stopped = stop(Path(folder))
    click.echo(f"stopped {', '.join(stopped) or 'nothing: nothing ran'}")
    return 0


def _tell(line: str) -> None:
    click.echo(line, err=True)
