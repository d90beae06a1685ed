"""The parts that `by` judges one by one: each replica, region, or version that is served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlrespond.model.verdict import MetricVerdict
from mlrespond.verbs.compare import CompareBody, Only
from mlrespond.verbs.comparison import Sides
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.serving import ServiceView


def segments(ctx: StepContext, body: CompareBody, seen: ServiceView) -> tuple[str, ...]:
    """Return the names of the parts, in order; none without `by`."""
    match body.by:
        case None:
            return ()
        case "replica":
            return ctx.replicas
        case "region":
            regions = {one.region for one in ctx.service.serving.replicas if one.region}
            return tuple(sorted(regions))
        case "version":
            return tuple(sorted({one for one in seen.served().values() if one}))


def narrowed(body: CompareBody, name: str) -> CompareBody:
    """Return what is compared of one part."""
    match body.by:
        case "replica":
            return body.model_copy(update={"only": Only(replica=[name])})
        case "region":
            return body.model_copy(update={"only": Only(region=[name])})
        case _:
            return body


def shared(sides: Sides, body: CompareBody, name: str, parts: int) -> Sides:
    """Return the sides of one part, which has its share of the error rate."""
    end = f"[{name}]"
    kept = {one.removesuffix(end): at for one, at in sides.watches.items() if one.endswith(end)}
    own = replace(sides, alpha=sides.alpha / parts, watches=kept)
    if body.by != "version":
        return own
    return replace(own, version=name, part=replace(sides.part, version=name), inputs_of=name)


def named(found: tuple[MetricVerdict, ...], name: str) -> Iterator[MetricVerdict]:
    """Yield the verdicts under names that tell the part."""
    for one in found:
        yield replace(one, name=f"{one.name}[{name}]", said=f"{name}: {one.said}")
