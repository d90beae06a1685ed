"""A real Ray: one head that takes jobs, in a network of its own.

Ray turns 127.0.0.1 into the machine's own address and listens there and everywhere, so it is let
nowhere near the machine's network. `ray stop` is not used: it ends every Ray of the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mlrespond.lab.stack.environment import environment
from mlrespond.lab.stack.secluded import command
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.web import LOOPBACK

_JOBS = 8265
_MEMORY = str(100 << 20)


def launch(home: Path, tell: Callable[[str], None]) -> Launch:
    """Return how Ray is started; its sockets lie in the folder, whose path is to be short."""
    home.mkdir(parents=True, exist_ok=True)
    found, port = environment("ray", tell), free_port()
    server = (
        *(found.command("ray"), "start", "--head", "--block", "--disable-usage-stats"),
        *("--node-ip-address", LOOPBACK, "--temp-dir", str(home / "t")),
        *("--dashboard-host", LOOPBACK, "--dashboard-port", str(_JOBS)),
        *("--min-worker-port", "26000", "--max-worker-port", "26999"),  # apart from all others
        *("--num-cpus", "2", "--object-store-memory", _MEMORY),
    )
    return Launch(
        name="ray",
        command=command(port, _JOBS, server),
        port=port,
        ready="/api/version",
        environ={"PATH": found.path, "RAY_USAGE_STATS_ENABLED": "0"},
    )
