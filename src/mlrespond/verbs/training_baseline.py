"""What a version was when it was trained: its metrics in the registry, and a kept profile."""

from __future__ import annotations

from mlrespond.errors import PortError
from mlrespond.model.reading import Version
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData

PROFILE_TAG = "mlir.profile"
"""The tag that names the kept profile of the data a version was trained on."""


def trained(ctx: StepContext, version: str | None) -> Version | NoData:
    """Return what the registry tells of a version, or why it tells nothing."""
    if version is None:
        return NoData("no single version is served, so there is no training to compare with")
    try:
        known = ctx.ports.registry.versions()
    except PortError as error:
        return NoData(f"the registry: {error.message}")
    found = next((one for one in known if one.name == version), None)
    return found or NoData(f"the registry has no version {version}")


def metric_of(ctx: StepContext, version: str | None, name: str) -> float | NoData:
    """Return the metric of an objective's name that a version's training told."""
    found = trained(ctx, version)
    if isinstance(found, NoData):
        return found
    if name not in found.metrics:
        told = ", ".join(sorted(found.metrics)) or "none"
        return NoData(f"the training of {version} told no metric `{name}` (it told {told})")
    return found.metrics[name]


def profile_name(ctx: StepContext, against: str, version: str | None) -> str | NoData | None:
    """Return the name of the kept profile that a baseline means; None if it means a window."""
    kind, _, name = against.partition(":")
    if kind == "profile" and name:
        return name
    if against != "training":
        return None
    found = trained(ctx, version)
    if isinstance(found, NoData):
        return found
    tagged = found.tags.get(PROFILE_TAG)
    return tagged or NoData(f"version {version} has no tag {PROFILE_TAG} that names a profile")
