"""What Triton's Python backend loads: the lab's model, beside its artefact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import triton_python_backend_utils as pb_utils

from mlrespond.lab.json_file import read_json
from mlrespond.lab.model import Model
from mlrespond.lab.tensor import DATATYPES
from mlrespond.lab.world import Row
from mlrespond.model.codec import decode

_NO_SCORE = -1.0  # Triton writes no null into JSON


class TritonPythonModel:
    """One version of the model, as the backend wants it."""

    def initialize(self, args: dict[str, str]) -> None:
        """Read the artefact of this version."""
        home = Path(args["model_repository"]) / args["model_version"]
        self._model = decode(Model, read_json(home / "model.json"))

    def execute(self, requests: list) -> list:  # type: ignore[type-arg]  # the backend's own types
        """Score every request."""
        return [self._answer(one) for one in requests]

    def _answer(self, request: object) -> object:
        scored = [self._model.score(row) for row in _rows(request)]
        p = np.array([_NO_SCORE if one.p is None else one.p for one in scored])
        decision = np.array([one.decision.encode() for one in scored], dtype=np.object_)
        tensors = [pb_utils.Tensor("p", p), pb_utils.Tensor("decision", decision)]
        return pb_utils.InferenceResponse(output_tensors=tensors)


def _rows(request: object) -> list[Row]:
    columns = {name: _column(request, name) for name in DATATYPES}
    count = max((len(one) for one in columns.values() if one is not None), default=0)
    return [
        {name: None if one is None else one[at] for name, one in columns.items()}
        for at in range(count)
    ]


def _column(request: object, name: str) -> list | None:  # type: ignore[type-arg]  # numbers or texts
    tensor = pb_utils.get_input_tensor_by_name(request, name)
    if tensor is None:
        return None
    values = tensor.as_numpy().reshape(-1).tolist()
    return [one.decode() if isinstance(one, bytes) else one for one in values]
