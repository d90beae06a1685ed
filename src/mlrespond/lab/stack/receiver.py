"""What Alertmanager posts to (`python -m mlrespond.lab.stack.receiver`); it keeps the alerts."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mlrespond.adapters.durable import append_line, replace_file
from mlrespond.lab.child import Leash, parser, tell_port
from mlrespond.lab.folder import Folder
from mlrespond.lab.json_file import parse_json
from mlrespond.lab.web import Answer, Call, LoopbackServer, as_json, unknown
from mlrespond.model.json import dump, record

FIRING = "firing"


class Receiver:
    """Keeps each body as a line, and the latest one that fires as `alert.json`."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def answer(self, call: Call) -> Answer:
        """Answer a call (see LoopbackServer)."""
        match (call.method, *call.path):
            case ("POST", "alert"):
                body = record(parse_json(call.body, "the alert"))
                append_line(self._folder.stack / "alerts.jsonl", dump(body))
                if body.get("status") == FIRING:
                    replace_file(self._folder.alert, call.body)
                return as_json({})
            case ("GET", "v2", "health", "live"):
                return as_json({})
        raise unknown(call)


def main(argv: Sequence[str] | None = None) -> int:
    """Receive until told to end."""
    asked = parser("stack.receiver").parse_args(argv)
    leash = Leash(asked.folder, asked.name)
    server = LoopbackServer(Receiver(asked.folder).answer, asked.port)
    server.start()
    tell_port(asked.folder, asked.name, server.port)
    leash.hold()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
