"""What one process of `mlflow models serve` answers: `POST /invocations`, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from mlrespond.adapters.http import Http
from mlrespond.adapters.http_error import Answer
from mlrespond.adapters.reply_cache import ReplyCache
from mlrespond.adapters.row_batches import ROW_FAULTS, Rows, batches, predicted
from mlrespond.errors import BadReplyError
from mlrespond.model.json import Json, Record, record
from mlrespond.model.reading import Predicted

_PATH = "/invocations"


class ScoringModel:
    """A model behind an address; `output` is the column that counts, else the first."""

    def __init__(self, http: Http, output: str, timeout_s: float, cache: ReplyCache | None) -> None:
        self._http = http
        self._output = output
        self._timeout_s = timeout_s
        self._cache = cache

    def fresh(self, rows: Rows) -> tuple[Json, ...]:
        """Return the outputs of rows, asked over new connections and never remembered."""
        return self._predicted(rows, None, fresh=True).outputs

    def predict(self, rows: Rows, version: str | None) -> Predicted:
        """Return the outputs of rows; a known version's may be remembered ones."""
        return self._predicted(rows, version, fresh=False)

    def _predicted(self, rows: Rows, version: str | None, *, fresh: bool) -> Predicted:
        return predicted(
            batches(rows),
            lambda part: self._asked(part, version, fresh=fresh),
            self._http.base_url,
        )

    def _asked(self, rows: Rows, version: str | None, *, fresh: bool) -> Predicted | Answer:
        body = _body(rows)
        reply = self._remembered(body, version)
        found = reply if reply is not None else self._reply(body, fresh=fresh)
        if isinstance(found, Answer):
            return found
        outputs = self._outputs(found, len(rows))
        if reply is None and self._cache is not None and version is not None:
            self._cache.put(self._http.base_url, version, body, found)
        failed = sum(one is None for one in outputs)
        return Predicted(version=version, outputs=outputs, failed=failed)

    def _reply(self, body: Record, *, fresh: bool) -> Record | Answer:
        answer = self._http.answer(
            "POST", _PATH, json=body, idempotent=True, fresh=fresh, deadline_s=self._timeout_s
        )
        if answer.status in ROW_FAULTS:
            return answer
        return record(self._http.checked(answer, self._http.what("POST", _PATH)).body)

    def _remembered(self, body: Record, version: str | None) -> Record | None:
        if self._cache is None or version is None:
            return None
        return self._cache.get(self._http.base_url, version, body)

    def _outputs(self, reply: Record, count: int) -> tuple[Json, ...]:
        found = reply.get("predictions")
        if not isinstance(found, list) or len(found) != count:
            raise BadReplyError(f"{self._http.base_url} gave no list of {count} `predictions`")
        return tuple(self._output_of(one) for one in found)

    def _output_of(self, one: Json) -> Json:
        if isinstance(one, Mapping):
            return one.get(self._output) if self._output else next(iter(one.values()), None)
        return one[0] if isinstance(one, list) and len(one) == 1 else one


def _body(rows: Rows) -> Record:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    data: Sequence[Json] = [[_cell(row.get(name)) for name in columns] for row in rows]
    return {"dataframe_split": {"columns": columns, "data": data}}


def _cell(value: Json) -> Json:
    return None if isinstance(value, float) and not isfinite(value) else value
