"""One model at one address of the Open Inference Protocol: what it answers, and which version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from mlrespond.adapters import inference_protocol as protocol
from mlrespond.adapters.address import segment
from mlrespond.adapters.http import Http
from mlrespond.adapters.http_error import Answer, refusal
from mlrespond.adapters.row_batches import ROW_FAULTS, Rows, batches, meant, predicted
from mlrespond.errors import AccessRefusedError, PortError
from mlrespond.model.json import Json, Record, items, record, text
from mlrespond.model.reading import Predicted


@dataclass(frozen=True, slots=True)
class _Asked:
    path: str
    version: str | None
    declared: Mapping[str, protocol.Declared]
    fresh: bool = False


class InferenceModel:
    """A model behind an address; `output` is the one that counts, else the first.

    Without `nulls`, a missing value is an input left out: rows that lack the same go together.
    """

    def __init__(
        self, http: Http, model: str, output: str, timeout_s: float, *, nulls: bool = True
    ) -> None:
        self._http = http
        self._path = f"/v2/models/{segment(model)}"
        self._output = output
        self._timeout_s = timeout_s
        self._nulls = nulls

    def versions(self) -> list[str]:
        """Return the versions that the server lists as loaded."""
        reply = self._http.request("GET", self._path, idempotent=True, deadline_s=self._timeout_s)
        found = (text(one) for one in items(record(reply.body).get("versions")))
        return [one for one in found if one]

    def ready(self, version: str | None = None) -> bool:
        """Return whether the server says that the model, or a version of it, is ready."""
        path = f"{self._of(version)}/ready"
        answer = self._http.answer("GET", path, deadline_s=self._timeout_s)
        error = refusal(answer, self._http.what("GET", path))
        if isinstance(error, AccessRefusedError):
            raise error
        return answer.ok

    def answers(self, row: Mapping[str, Json]) -> str | None:
        """Return which version answers a row now; None if the reply does not say."""
        (sent,) = next(self._batches([row]))
        found = self._infer(replace(self._asked(None), fresh=True), [sent])
        if isinstance(found, Answer):
            raise meant(found, f"the probe at {self._http.base_url}")
        return found.version

    def predict(self, rows: Rows, version: str | None) -> Predicted:
        """Return the outputs; a row that fails alone is null, ten in a row are an error."""
        if not rows:
            return Predicted(version=None, outputs=())
        asked = self._asked(version)
        return predicted(
            self._batches(rows), lambda part: self._infer(asked, part), self._http.base_url
        )

    def _batches(self, rows: Rows) -> Iterator[Rows]:
        """Yield the rows in order, in parts that one request can hold."""
        if self._nulls:
            alike: list[Rows] = [rows]
        else:
            sent = [protocol.without_nulls(row) for row in rows]
            alike = [list(part) for _, part in groupby(sent, key=frozenset)]
        for part in alike:
            yield from batches(part)

    def _infer(self, asked: _Asked, rows: Rows) -> Predicted | Answer:
        """Return the outputs, or the answer when the rows themselves may be at fault."""
        body: Record = {"inputs": protocol.tensors(rows, asked.declared)}
        answer = self._http.answer(
            "POST",
            asked.path,
            json=body,
            idempotent=True,
            fresh=asked.fresh,
            deadline_s=self._timeout_s,
        )
        if answer.status in ROW_FAULTS:
            return answer
        what = self._http.what("POST", asked.path)
        reply = self._http.checked(answer, what).body
        outputs = protocol.outputs(reply, self._output, len(rows), what)
        failed = sum(one is None for one in outputs)
        answered = protocol.version(reply, asked.version, what)
        return Predicted(version=answered, outputs=outputs, failed=failed)

    def _asked(self, version: str | None) -> _Asked:
        return _Asked(f"{self._of(version)}/infer", version, self._declared())

    def _declared(self) -> Mapping[str, protocol.Declared]:
        """Ask which inputs the model declares: `12` may be meant as FP64. Unknown is fine."""
        try:
            reply = self._http.request("GET", self._path, deadline_s=self._timeout_s)
        except PortError:
            return {}
        return protocol.declared(reply.body)

    def _of(self, version: str | None) -> str:
        return self._path if version is None else f"{self._path}/versions/{segment(version)}"
