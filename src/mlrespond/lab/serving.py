"""What a replica answers: the Open Inference Protocol v2 with its repository extension."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from mlrespond import __version__
from mlrespond.errors import InvalidInputError, NotThereError, RejectedError
from mlrespond.lab.exposition import MEDIA, Exposition
from mlrespond.lab.folder import MODEL
from mlrespond.lab.injected import InjectedFault, read_fault
from mlrespond.lab.json_file import parse_json
from mlrespond.lab.model import Scored
from mlrespond.lab.prediction_log import PredictionLog
from mlrespond.lab.shelf import Scorer, Shelf
from mlrespond.lab.tensor import DATATYPES, OUTPUTS, Inference, metadata, read_request, reply
from mlrespond.lab.web import Answer, Call, as_json, unknown
from mlrespond.model.json import Json, Record, record, text

_PLATFORM = "mlrespond-lab"


class Serving:
    """The endpoints of one replica."""

    def __init__(
        self, shelf: Shelf, metrics: Exposition, log: PredictionLog, chance: random.Random
    ) -> None:
        self._shelf = shelf
        self._metrics = metrics
        self._log = log
        self._chance = chance
        self._fault = InjectedFault()

    def answer(self, call: Call) -> Answer:
        """Answer a call (see LoopbackServer)."""
        match (call.method, *call.path):
            case ("POST", "v2", "models", model, "infer"):
                return self._infer(model, None, call.body)
            case ("POST", "v2", "models", model, "versions", version, "infer"):
                return self._infer(model, version, call.body)
            case ("POST", "v2", "repository", *rest):
                return self._repository(call, rest)
            case ("GET", "metrics"):
                return Answer(self._metrics.render().encode(), media=MEDIA)
            case ("POST", "lab", "fault"):
                self._fault = read_fault(call.body)
                return as_json({})
            case ("GET", "v2", *rest):
                return self._describe(call, rest)
        raise unknown(call)

    def load(self, version: str, *, default: bool) -> None:
        """Load a version, as the repository extension does."""
        self._shelf.load(version, default=default)
        self._metrics.register(version)

    def _describe(self, call: Call, path: Sequence[str]) -> Answer:
        match path:
            case []:
                extensions = ["model_repository"]
                about = {"name": _PLATFORM, "version": __version__, "extensions": extensions}
                return as_json(about)
            case ["health", "live"]:
                return as_json({})
            case ["health", "ready"]:
                self._shelf.pick(None)
                return as_json({})
            case ["models", model, *rest]:
                _must_be_ours(model)
                return self._describe_model(call, rest)
        raise unknown(call)

    def _describe_model(self, call: Call, path: Sequence[str]) -> Answer:
        match path:
            case []:
                return as_json(self._metadata())
            case ["ready"]:
                return self._ready(self._shelf.default)
            case ["versions", version, "ready"]:
                return self._ready(version)
        raise unknown(call)

    def _metadata(self) -> Json:
        return {
            "name": MODEL,
            "versions": self._shelf.loaded,
            "platform": _PLATFORM,
            "inputs": metadata(DATATYPES),
            "outputs": metadata(OUTPUTS),
        }

    def _ready(self, version: str | None) -> Answer:
        if version not in self._shelf.loaded:
            raise NotThereError(f"version `{version}` is not loaded")
        return as_json({})

    def _repository(self, call: Call, path: Sequence[str]) -> Answer:
        match path:
            case ["index"]:
                return as_json([_state(version) for version in self._shelf.loaded])
            case ["models", model, "load"]:
                _must_be_ours(model)
                return self._load(record(_body(call).get("parameters")))
        raise unknown(call)

    def _load(self, parameters: Record) -> Answer:
        version = text(parameters.get("version"))
        if version is None:
            raise InvalidInputError("`parameters.version` names no version")
        default = parameters.get("default", False)
        if not isinstance(default, bool):
            raise InvalidInputError(f"`parameters.default` is {default!r}, not true or false")
        self.load(version, default=default)
        return as_json({})

    def _infer(self, model: str, version: str | None, body: bytes) -> Answer:
        started = time.perf_counter()
        _must_be_ours(model)
        name, scorer = self._shelf.pick(version)
        asked = read_request(body)
        scored: list[Scored] = []
        try:
            scored = self._score(asked, scorer)
        except RejectedError:
            self._log.failed(asked, name)
            raise
        finally:
            self._metrics.counted(name, time.perf_counter() - started, asked.rows, scored)
        self._log.answered(asked, name, scored)
        return as_json(reply(MODEL, name, asked.id, scored))

    def _score(self, asked: Inference, scorer: Scorer) -> list[Scored]:
        fault = self._fault
        time.sleep(fault.delay_s + scorer.delay_ms / 1000)
        if self._chance.random() < fault.errors:
            raise RejectedError("the scorer ran out of memory (a fault of the lab)")
        return [scorer.score(row) for row in asked.rows]


def _must_be_ours(model: str) -> None:
    if model != MODEL:
        raise NotThereError(f"there is no model `{model}`")


def _state(version: str) -> Json:
    return {"name": MODEL, "version": version, "state": "READY", "reason": ""}


def _body(call: Call) -> Record:
    return record(parse_json(call.body or b"{}", "the request"))
