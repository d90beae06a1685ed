"""The process before one replica (`python -m mlrespond.lab.stack.front`), as a sidecar would be.

It forwards each request to the real server, logs what was answered, and measures: servers like
Triton log no predictions and have no histogram of latencies. It can also fail on purpose.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping, Sequence

from mlrespond.errors import Error, RejectedError
from mlrespond.lab.child import Leash, parser, tell_port
from mlrespond.lab.client import Pool
from mlrespond.lab.exposition import MEDIA, Exposition
from mlrespond.lab.folder import MODEL
from mlrespond.lab.injected import InjectedFault, read_fault
from mlrespond.lab.json_file import parse_json
from mlrespond.lab.model import Scored
from mlrespond.lab.prediction_log import PredictionLog
from mlrespond.lab.tensor import DATATYPES, Inference, read_request, reply
from mlrespond.lab.web import Answer, Call, LoopbackServer, as_json, unknown
from mlrespond.lab.world import Row
from mlrespond.model.json import Json, Record, dump, items, number, record, text

_OK = 200
_PATH = f"/v2/models/{MODEL}/infer"
_UNKNOWN = "unknown"  # until the first answer: a failure is counted for what answered last


class Front:
    """The endpoints before one replica."""

    def __init__(self, server: Pool, log: PredictionLog, chance: random.Random) -> None:
        self._server = server
        self._log = log
        self._chance = chance
        self._metrics = Exposition(MODEL)
        self._fault = InjectedFault()
        self._last = _UNKNOWN

    def answer(self, call: Call) -> Answer:
        """Answer a call (see LoopbackServer)."""
        match (call.method, *call.path):
            case ("POST", "v2", "models", model, "infer") if model == MODEL:
                return self._infer(call.body)
            case ("GET", "metrics"):
                return Answer(self._metrics.render().encode(), media=MEDIA)
            case ("POST", "lab", "fault"):
                self._fault = read_fault(call.body)
                return as_json({})
            case ("GET", "v2", "health", "live"):
                return as_json({})
        raise unknown(call)

    def _infer(self, body: bytes) -> Answer:
        asked = read_request(body)
        started = time.perf_counter()
        version, scored = self._asked(asked)
        seconds = time.perf_counter() - started
        self._metrics.counted(version, seconds, asked.rows, scored)
        if not scored:
            self._log.failed(asked, version)
            raise RejectedError("the server behind this front failed")
        self._log.answered(asked, version, scored)
        return as_json(reply(MODEL, version, asked.id, scored))

    def _asked(self, asked: Inference) -> tuple[str, list[Scored]]:
        """Return which version answered, and its answers; none if it failed."""
        time.sleep(self._fault.delay_s)
        if self._chance.random() < self._fault.errors:
            return self._last, []
        answers = [self._row(row) for row in asked.rows]
        version = self._last = next((one for one, _ in answers if one), self._last)
        scored = [one for _, one in answers if one is not None]
        return version, scored if len(scored) == len(asked.rows) else []

    def _row(self, row: Row) -> tuple[str | None, Scored | None]:
        try:
            status, content = self._server.call("POST", _PATH, dump(_request(row)).encode())
            told = record(parse_json(content, "the server's answer"))
        except Error:
            return None, None
        version = text(told.get("model_version"))
        return version, _scored(told) if status == _OK else None


def _request(row: Row) -> Record:
    """Return a request about one row; a missing value is an input left out."""
    inputs: list[Json] = [
        {"name": name, "shape": [1], "datatype": datatype, "data": [row[name]]}
        for name, datatype in DATATYPES.items()
        if row[name] is not None
    ]
    return {"inputs": inputs}


def _scored(told: Record) -> Scored | None:
    found: Mapping[str | None, Json] = {
        text(record(one).get("name")): _first(record(one).get("data"))
        for one in items(told.get("outputs"))
    }
    decision, p = found.get("decision"), number(found.get("p"))
    if decision not in {"allow", "block"}:
        return None
    return Scored(
        p if p is not None and p >= 0 else None, "block" if decision == "block" else "allow"
    )


def _first(data: Json) -> Json:
    return items(data)[0] if items(data) else None


def main(argv: Sequence[str] | None = None) -> int:
    """Stand before a replica until told to end."""
    arguments = parser("stack.front")
    arguments.add_argument("--server", type=int, required=True, help="the real server's port")
    arguments.add_argument("--replica", required=True, help="the replica's name in the log")
    asked = arguments.parse_args(argv)
    leash = Leash(asked.folder, asked.name)
    log = PredictionLog(asked.folder.predictions(asked.replica), asked.replica)
    pool = Pool(asked.server)
    chance = random.Random(asked.replica)  # noqa: S311  # which requests fail, no secret
    server = LoopbackServer(Front(pool, log, chance).answer, asked.port)
    server.start()
    tell_port(asked.folder, asked.name, server.port)
    leash.hold()
    server.stop()
    pool.close()
    log.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
