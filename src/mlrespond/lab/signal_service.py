"""How a team would define the simulated service in `mlir.yaml`: what fits its signals.

It is written without a look at what the signals do when something breaks.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlrespond.lab.signal_input import AMOUNT_MAX
from mlrespond.lab.signal_label import MATURE_S
from mlrespond.lab.world import COUNTRIES
from mlrespond.model.json import Json

_OF = "{{ version }}|{{ replica }}|{{ window }}"

OBJECTIVES: Mapping[str, Json] = {
    "error_ratio": {
        "kind": "ratio",
        "bad": f"errors|{_OF}",
        "total": f"requests|{_OF}",
        "max": 0.02,
        "margin": 0.01,
    },
    "latency_p95": {
        "kind": "latency",
        "histogram": f"latency|{_OF}",
        "quantile": 0.95,
        "max": "100ms",
    },
    "golden": {"kind": "golden", "min": 0.9},
    "validity": {"kind": "ratio", "from": "predictions", "good": "valid", "min": 0.97},
}

PREDICTIONS: Mapping[str, Json] = {
    "kind": "fake",
    "score": "p",
    "decision": "decision",
    "features": {
        "amount": {"type": "number", "min": 0.0, "max": AMOUNT_MAX, "nulls": 0.001},
        "country": {"type": "category", "nulls": 0.02, "categories": list(COUNTRIES)},
        "hour": {"type": "number", "min": 0.0, "max": 23.0, "nulls": 0.0},
        "prior_orders": {"type": "number", "min": 0.0, "nulls": 0.01},
        "account_age_days": {"type": "number", "min": 0.0, "nulls": 0.005},
    },
    "labels": {
        "path": "labels/*.jsonl",
        "on": "request_id",
        "column": "y",
        "mature_after": f"{MATURE_S:.0f}s",
    },
}
