"""What the lab's Prometheus alerts on, as a team would write it; windows of seconds."""

from __future__ import annotations

from mlrespond.lab.folder import MODEL
from mlrespond.model.json import Json

_WINDOW = "[6s]"
_FOR = "2s"


def rules() -> list[Json]:
    """Return the alerting rules."""
    requests = f"sum(rate(inference_requests_total{_WINDOW}))"
    slow = f"sum by (le) (rate(inference_duration_seconds_bucket{_WINDOW}))"
    return [
        _rule(
            "OutputInvalid",
            f"sum(rate(inference_invalid_total{_WINDOW})) / {requests} > 0.03",
            "critical",
            "More than 3 % of the scores are no probabilities",
        ),
        _rule(
            "ErrorRatioHigh",
            f"sum(rate(inference_failures_total{_WINDOW})) / {requests} > 0.02",
            "critical",
            "More than 2 % of the requests fail",
        ),
        _rule(
            "LatencyHigh",
            f"histogram_quantile(0.95, {slow}) > 0.1",
            "warning",
            "The 95th percentile of latency is over 100 ms",
        ),
        _rule(
            "MixedVersions",
            f"count(sum by (version) (rate(inference_requests_total{_WINDOW})) > 0) > 1",
            "warning",
            "The replicas serve different versions",
            hold="6s",
        ),
        _rule(
            "InputDataBroken",
            f"sum(rate(inference_null_rows_total{_WINDOW}))"
            f" / sum(rate(inference_rows_total{_WINDOW})) > 0.15",
            "critical",
            "Inputs do not look as they should",
        ),
    ]


def _rule(name: str, query: str, severity: str, summary: str, hold: str = _FOR) -> Json:
    return {
        "alert": name,
        "expr": query,
        "for": hold,
        "labels": {"service": MODEL, "severity": severity},
        "annotations": {"summary": summary},
    }
