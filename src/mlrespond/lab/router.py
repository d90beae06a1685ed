"""The lab's router (`python -m mlrespond.lab.router`): one address for all that can answer."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from mlrespond.lab.child import Leash, parser, tell_port
from mlrespond.lab.client import Pool
from mlrespond.lab.folder import MODEL
from mlrespond.lab.json_file import parse_json
from mlrespond.lab.route import Switchboard
from mlrespond.lab.web import Answer, Call, LoopbackServer, as_json, unknown
from mlrespond.model.codec import encode


class Router:
    """Forwards each request once; what a target says, errors too, is what the client gets."""

    def __init__(self, replicas: Mapping[str, int], fallbacks: Mapping[str, int]) -> None:
        self._switchboard = Switchboard(tuple(replicas), tuple(fallbacks))
        self._pools = {name: Pool(port) for name, port in {**replicas, **fallbacks}.items()}

    def answer(self, call: Call) -> Answer:
        """Answer a call (see LoopbackServer)."""
        match (call.method, *call.path):
            case ("POST", "v2", "models", model, "infer") if model == MODEL:
                return self._forward(call)
            case ("POST", "v1", "chat", "completions") | ("POST", "invocations"):
                return self._forward(call)
            case ("GET", "routes"):
                return as_json(encode(self._switchboard.routes))
            case ("PUT", "routes"):
                self._switchboard.set(parse_json(call.body, "the routes"))
                return as_json(encode(self._switchboard.routes))
            case ("GET", "v2", "health", "live" | "ready"):
                return as_json({})
        raise unknown(call)

    def close(self) -> None:
        """Close the connections that lie idle."""
        for pool in self._pools.values():
            pool.close()

    def _forward(self, call: Call) -> Answer:
        pool = self._pools[self._switchboard.target()]
        status, body = pool.call(call.method, "/" + "/".join(call.path), call.body)
        return Answer(body, status)


def main(argv: Sequence[str] | None = None) -> int:
    """Route until told to end."""
    arguments = parser("router")
    arguments.add_argument("--replica", action="append", default=[], help="NAME=PORT")
    arguments.add_argument("--fallback", action="append", default=[], help="ROUTE=PORT")
    asked = arguments.parse_args(argv)
    leash = Leash(asked.folder, asked.name)
    router = Router(_ports(asked.replica), _ports(asked.fallback))
    server = LoopbackServer(router.answer, asked.port)
    server.start()
    tell_port(asked.folder, asked.name, server.port)
    leash.hold()
    server.stop()
    router.close()
    return 0


def _ports(told: Sequence[str]) -> dict[str, int]:
    pairs = (one.partition("=") for one in told)
    return {name: int(port) for name, _, port in pairs}


if __name__ == "__main__":
    sys.exit(main())
