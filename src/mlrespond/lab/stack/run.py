"""Starting and restarting the servers of a lab on a stack; how each was started is kept."""

from __future__ import annotations

from collections.abc import Sequence

from mlrespond.lab.folder import Folder
from mlrespond.lab.json_file import read_json, write_json
from mlrespond.lab.process import stop
from mlrespond.lab.stack.place import StackPlace
from mlrespond.lab.stack.server import Launch, await_ready, start
from mlrespond.lab.state import known, save
from mlrespond.model.codec import decode, encode


def start_servers(folder: Folder, launches: Sequence[Launch]) -> None:
    """Start servers together, and return when all of them are ready."""
    for one in launches:
        write_json(StackPlace(folder).launch(one.name), encode(one))
        _start(folder, one)
    for one in launches:
        await_ready(known(folder).process(one.name), one, folder.output(one.name))


def restart_server(folder: Folder, name: str) -> None:
    """End a server, if it runs, and start it as it was started before."""
    launch = decode(Launch, read_json(StackPlace(folder).launch(name)))
    stop([known(folder).process(name)])
    _start(folder, launch)
    await_ready(known(folder).process(name), launch, folder.output(name))


def _start(folder: Folder, launch: Launch) -> None:
    process = start(launch, folder.output(launch.name))
    save(folder, known(folder).with_process(process))
