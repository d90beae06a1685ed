"""Which part of a service is compared: the replicas that `only` names, or the rest of them."""

from __future__ import annotations

from dataclasses import dataclass

from mlrespond.verbs.compare import Only
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some replicas, and the regions that they are all of; without any, the whole service."""

    replicas: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def selection(self, version: str | None) -> Selection:
        """Return how queries select it."""
        return Selection(
            version=version,
            replica="|".join(self.replicas) or None,
            region="|".join(self.regions) or None,
        )


def part_of(ctx: StepContext, only: Only | None) -> Part | NoData:
    """Return the part that is named, or why there is none."""
    if only is None:
        return Part()
    chosen = _chosen(ctx, only)
    if not chosen:
        there = ", ".join(ctx.replicas)
        return NoData(f"`only` names no replica of {ctx.name} (there are {there})")
    return Part(replicas=chosen, regions=() if only.replica else tuple(only.region))


def rest_of(ctx: StepContext, only: Only | None) -> Part | NoData:
    """Return the replicas that are not of the part, or why there are none."""
    chosen = _chosen(ctx, only) if only else ()
    rest = tuple(name for name in ctx.replicas if name not in chosen)
    if not chosen or not rest:
        return NoData("`others` needs an `only` that leaves others")
    if only is None or only.replica:
        return Part(replicas=rest)
    regions = {region for name in rest if (region := _regions(ctx).get(name)) is not None}
    return Part(replicas=rest, regions=tuple(sorted(regions)))


def _chosen(ctx: StepContext, only: Only) -> tuple[str, ...]:
    regions = _regions(ctx)
    return tuple(
        name
        for name in ctx.replicas
        if (not only.replica or name in only.replica)
        and (not only.region or regions.get(name) in only.region)
    )


def _regions(ctx: StepContext) -> dict[str, str | None]:
    return {one.name: one.region for one in ctx.service.serving.replicas}
