"""What MLServer loads: the lab's model, from the artefact that the settings point to."""

from __future__ import annotations

from pathlib import Path

from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, RequestInput, ResponseOutput

from mlrespond.lab.json_file import read_json
from mlrespond.lab.model import Model
from mlrespond.lab.tensor import DATATYPES
from mlrespond.lab.world import Row
from mlrespond.model.codec import decode


class FraudScorer(MLModel):  # type: ignore[misc]  # MLServer lives in another environment
    """One version of the model, as MLServer wants it."""

    async def load(self) -> bool:
        """Read the artefact."""
        self._model = decode(Model, read_json(Path(self.settings.parameters.uri)))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Score every row."""
        scored = [self._model.score(row) for row in _rows(payload)]
        return InferenceResponse(
            model_name=self.name,
            model_version=self.version,
            outputs=[
                _output("p", "FP64", [-1.0 if one.p is None else one.p for one in scored]),
                _output("decision", "BYTES", [one.decision for one in scored]),
            ],
        )


def _rows(payload: InferenceRequest) -> list[Row]:
    given: dict[str, RequestInput] = {one.name: one for one in payload.inputs}
    columns = {name: _values(given[name]) for name in DATATYPES if name in given}
    count = max((len(one) for one in columns.values()), default=0)
    return [
        {name: columns[name][at] if name in columns else None for name in DATATYPES}
        for at in range(count)
    ]


def _values(tensor: RequestInput) -> list:  # type: ignore[type-arg]  # numbers, texts or nulls
    data = getattr(tensor.data, "root", tensor.data)
    return [one.decode() if isinstance(one, bytes) else one for one in data]


def _output(name: str, datatype: str, data: list) -> ResponseOutput:  # type: ignore[type-arg]  # see above
    return ResponseOutput(name=name, datatype=datatype, shape=[len(data)], data=data)
