"""The calls that nobody can leave out when a rollback on MLflow and Triton is to be proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from urllib.parse import urlencode, urlsplit

import yaml
from tests.stack.incident import Stack

from mlrespond.adapters.golden import read_cases
from mlrespond.adapters.inference_protocol import declared, tensors, without_nulls
from mlrespond.adapters.row_batches import batches
from mlrespond.lab.client import ask
from mlrespond.lab.folder import MODEL, REPLICAS
from mlrespond.lab.stack.place import MLFLOW, PROMETHEUS
from mlrespond.model.json import Json, Record, dump, record

CONSECUTIVE = 3
EVERY_S = 0.5
WINDOW = "20s"

_MODEL_PATH = f"/v2/models/{MODEL}"
_REGISTRY = "/api/2.0/mlflow/registered-models"


class Rollback:
    """From a bad version to a good one, on a lab that is up: each method yields calls in order."""

    def __init__(self, stack: Stack, bad: str, good: str) -> None:
        self._stack = stack
        self._bad, self._good = bad, good
        settings = record(yaml.safe_load(stack.lab.folder.settings.read_text()))
        service = record(record(settings["services"])[MODEL])
        self._objective = record(record(service["objectives"])["error_ratio"])
        self._probe = record(record(service["serving"])["probe"])
        self._metadata = declared(ask(stack.lab.port(REPLICAS[0]), "GET", _MODEL_PATH))

    def calls(self) -> list[Json]:
        """Return them all: read, check the target, move the alias, serve, and compare once."""
        return [
            *self._wanted(),
            *(call for name in REPLICAS for call in self._served(name)),
            *self._load(REPLICAS[0], [self._good, self._bad]),
            *self._golden(REPLICAS[0]),
            *self._move(),
            *(call for name in REPLICAS for call in self._activate(name)),
            *self._compare(),
        ]

    def _wanted(self, pause_s: float = 0.0) -> Iterator[Json]:
        yield self._call(MLFLOW, "GET", f"{_REGISTRY}/get?name={MODEL}", pause_s=pause_s)

    def _served(self, replica: str, pause_s: float = 0.0) -> Iterator[Json]:
        yield self._call(replica, "GET", _MODEL_PATH, pause_s=pause_s)
        yield self._infer(replica, f"{_MODEL_PATH}/infer", [self._probe])

    def _load(self, replica: str, versions: Sequence[str]) -> Iterator[Json]:
        path = f"{_MODEL_PATH}/config"
        known = record(ask(self._stack.lab.port(replica), "GET", path))
        policy: Json = {"specific": {"versions": sorted(int(one) for one in versions)}}
        config = dump({**known, "version_policy": policy})
        body: Json = {"parameters": {"config": config}}
        yield self._call(replica, "GET", path)
        yield self._call(replica, "POST", f"/v2/repository/models/{MODEL}/load", body)

    def _golden(self, replica: str) -> Iterator[Json]:
        cases, _ = read_cases(self._stack.lab.folder.golden.read_bytes())
        rows = (without_nulls(case.row) for case in cases)
        for _, alike in groupby(rows, key=frozenset):
            for part in batches(list(alike)):
                yield self._infer(replica, f"{_MODEL_PATH}/versions/{self._good}/infer", part)

    def _move(self) -> Iterator[Json]:
        body: Json = {"name": MODEL, "alias": "champion", "version": self._good}
        yield self._call(MLFLOW, "POST", f"{_REGISTRY}/alias", body)
        for pause_s in _pauses():
            yield from self._wanted(pause_s)

    def _activate(self, replica: str) -> Iterator[Json]:
        yield from self._load(replica, [self._good])
        for pause_s in _pauses():
            yield from self._served(replica, pause_s)

    def _compare(self) -> Iterator[Json]:
        for version in (self._good, self._bad):
            for part in ("total", "bad"):
                query = str(self._objective[part])
                for name, value in (("version", version), ("replica", ".*"), ("window", WINDOW)):
                    query = query.replace(f"{{{{ {name} }}}}", value)
                yield self._call(PROMETHEUS, "GET", f"/api/v1/query?{urlencode({'query': query})}")

    def _infer(self, replica: str, path: str, rows: Sequence[Mapping[str, Json]]) -> Json:
        return self._call(replica, "POST", path, {"inputs": tensors(rows, self._metadata)})

    def _call(
        self, process: str, method: str, path: str, body: Json = None, *, pause_s: float = 0.0
    ) -> Record:
        where = urlsplit(f"http://127.0.0.1:{self._stack.lab.port(process)}")
        return {
            "method": method,
            "host": where.hostname,
            "port": where.port,
            "path": path,
            "body": body,
            "pause_s": pause_s,
        }


def _pauses() -> Iterator[float]:
    """Yield what is waited before each reading: the first is taken at once."""
    yield 0.0
    yield from [EVERY_S] * (CONSECUTIVE - 1)
