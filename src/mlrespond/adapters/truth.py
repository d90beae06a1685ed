"""What predictions are held against: the labels of a log, and the column that they speak of."""

from __future__ import annotations

from mlrespond.errors import UnsupportedError
from mlrespond.model.service import Labels, Predictions


def truth_of(config: Predictions, service: str) -> tuple[Labels, str]:
    """Return the labels and the column of decisions; UnsupportedError where one is not named."""
    if config.labels is None:
        raise UnsupportedError(f"{service} has no labels", hint="set `predictions.labels`")
    if config.decision is None:
        raise UnsupportedError(
            f"{service} does not say which column its labels speak of",
            hint="set `predictions.decision`",
        )
    return config.labels, config.decision
