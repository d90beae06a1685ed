"""What the models of objectives cannot tell by themselves: keys that go together, and columns."""

from __future__ import annotations

from mlrespond.authoring.diagnostic import suggestion
from mlrespond.authoring.written import Path, Source
from mlrespond.model.amount import TEXT_LENGTH
from mlrespond.model.json import Json, Record, items, number, record


def check_objective(source: Source, place: Path, objective: Record, service: Record) -> None:
    """Note what is wrong with an objective of a service."""
    match objective.get("kind"):
        case "ratio":
            _ratio(source, place, objective)
        case "value" if not {"min", "max"} & set(objective):
            source.report(place, "missing-key", "a value needs `min` or `max`")
        case "latency":
            if bool(objective.get("column")) == bool(objective.get("histogram")):
                message = "a latency needs a `histogram` or a `column`, one of them"
                source.report(place, "missing-key", message)
            _column(source, place, objective, service)
        case "cost":
            quantile, margin = number(objective.get("quantile")), number(objective.get("margin"))
            if quantile is not None and margin is not None and margin >= 1:
                message = "with a `quantile` the margin is a share of requests, below 1"
                source.report((*place, "margin"), "invalid-value", message)
            _column(source, place, objective, service)
        case "judge" if not record(service.get("predictions")).get("judge"):
            message = "a judge's verdicts need `predictions.judge`"
            source.report(place, "missing-key", message)
        case "length":
            _column(source, place, {"column": TEXT_LENGTH, **objective}, service)
        case _:
            pass


def _ratio(source: Source, place: Path, objective: Record) -> None:
    given = [key for key in ("bad", "good") if objective.get(key)]
    if len(given) != 1:
        message = "a ratio counts `bad` or `good`, one of them"
        source.report(place, "invalid-value", message)
    if objective.get("from", "metrics") == "metrics" and not objective.get("total"):
        message = "`total` is missing: a ratio needs all events"
        source.report(place, "missing-key", message)


def _column(source: Source, place: Path, objective: Record, service: Record) -> None:
    """Check that a column is one of the amounts that predictions are counted by."""
    column: Json = objective.get("column")
    if not isinstance(column, str):
        return
    predictions = record(service.get("predictions"))
    known = [one for one in items(predictions.get("amounts")) if isinstance(one, str)]
    if predictions.get("text"):
        known.append(TEXT_LENGTH)
    if column not in known:
        message = f"no amount `{column}` in `predictions.amounts`"
        hint = suggestion(column, known) or "add the column to `predictions.amounts`"
        source.report((*place, "column"), "unknown-name", message, hint=hint)
