"""A real server that speaks S3's protocol, on loopback: moto's, which keeps objects in memory."""

from __future__ import annotations

from collections.abc import Callable

from mlrespond.lab.stack.environment import environment
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.web import LOOPBACK


def launch(tell: Callable[[str], None]) -> Launch:
    """Return how the server is started; it takes any credentials, but not none."""
    found, port = environment("moto", tell), free_port()
    return Launch(
        name="moto",
        command=(found.command("moto_server"), "-H", LOOPBACK, "-p", str(port)),
        port=port,
        ready="/moto-api/",
        environ={"PATH": found.path},
    )
