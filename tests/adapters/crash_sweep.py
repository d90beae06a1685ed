"""Dies at every Nth line of ordering a training, orders it again, and tells what became of it.

`python crash_sweep.py FOLDER FIRST STEP`: one line a crash, `LINE STATE TRAININGS`.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from mlrespond.adapters.command import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import WINDOW, ended

WATCHED = ("command.py", "spawn.py", "training.py", "durable.py")
TRAIN = "import sys; open(sys.argv[1], 'a').write('x'); print('{\"version\": \"7\"}')"


def pipeline(folder: Path) -> Pipeline:
    site = Site(
        folder=folder,
        secrets=EnvSecrets(folder, {}),
        clock=SystemClock(),
        state=folder / "state",
        service="fraud",
    )
    config = Config(kind="command", run=[sys.executable, "-c", TRAIN, "trained-{{ key }}"])
    return build(config, site)


def start_and_die(folder: Path, key: str, line: int) -> None:
    """Order a training, and die at a line of ours; never return."""
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401  # sys.settrace's signature
        nonlocal left
        if not frame.f_code.co_filename.endswith(WATCHED):
            return None
        left -= event == "line"
        if left < 0:
            os._exit(9)
        return trace

    made = pipeline(folder)
    sys.settrace(trace)
    made.start(key, "snap-1", WINDOW)
    os._exit(0)


def main() -> None:
    folder, line, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    died = True
    while died:
        key = f"k{line}"
        child = os.fork()
        if child == 0:
            start_and_die(folder, key, line)
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        made = pipeline(folder)
        made.start(key, "snap-1", WINDOW)
        state = ended(made, key).state
        time.sleep(0.05)  # for a second training to show itself
        trained = len((folder / f"trained-{key}").read_text())
        sys.stdout.write(f"{line} {state} {trained}\n")
        sys.stdout.flush()
        line += step


if __name__ == "__main__":
    main()
