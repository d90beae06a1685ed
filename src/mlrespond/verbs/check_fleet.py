"""The checks of the fleet: registry, replicas, releases, dependencies."""

from __future__ import annotations

from datetime import timedelta

from mlrespond.errors import PortError
from mlrespond.model.finding import Finding
from mlrespond.model.instant import iso
from mlrespond.model.service_kind import describe_served
from mlrespond.model.word import VerdictWord
from mlrespond.verbs import check_traffic
from mlrespond.verbs.scene import Scene, finding
from mlrespond.verbs.unwatched import told

WARM_UP = timedelta(minutes=30)


def registry(scene: Scene) -> list[Finding]:
    """Find whether the registry answers, and whether what it wants is served."""
    seen = scene.seen
    if seen.registry_refused:
        said = f"the registry does not let us in: {seen.registry_error}"
        return [finding("registry", "inconclusive", said)]
    if scene.ctx.service.registry is None:
        return [finding("registry", "pass", "the service has no registry")]
    if seen.registry_error is not None:
        return [finding("registry", "fail", f"the registry does not answer: {seen.registry_error}")]
    found = [finding("registry", "pass", f"the registry wants {seen.wanted or 'no version'}")]
    if seen.wanted is None or seen.version is None:
        return found
    same = seen.version == seen.wanted
    who = "every replica that gets requests" if seen.drained else "every replica"
    said = f"the registry wants {seen.wanted}, {who} serves {seen.version}"
    return [
        *found,
        finding("wanted_not_served", "pass" if same else "fail", said),
        _approved(scene, seen.version),
    ]


def _approved(scene: Scene, version: str) -> Finding:
    """Find whether the served version carries the tags that an approved one must have."""
    wanted = scene.ctx.service.approved
    if not wanted:
        return finding("unapproved", "pass", "no tag is asked of a version")
    try:
        known = {one.name: one for one in scene.ctx.ports.registry.versions()}
    except PortError as error:
        return finding("unapproved", "inconclusive", f"tags: {error.message}")
    if version not in known:
        said = f"the registry does not know version {version}"
        return finding("unapproved", "inconclusive", said, version=version)
    tags = known[version].tags
    lacking = [f"{key}={value}" for key, value in wanted.items() if tags.get(key) != value]
    said = f"version {version} lacks {', '.join(lacking)}" if lacking else f"{version} is approved"
    return finding("unapproved", "fail" if lacking else "pass", said, version=version)


def fleet(scene: Scene) -> list[Finding]:
    """Find whether all replicas answer, and with the same version; drained ones get no requests."""
    seen = scene.seen
    mixed = len(seen.versions) > 1
    drained = f"; drained: {', '.join(sorted(seen.drained))}" if seen.drained else ""
    said = f"serving {describe_served(seen.served())}{drained}"
    verdict: VerdictWord = "fail" if mixed else "pass" if seen.versions else "inconclusive"
    found = [finding("mixed_versions", verdict, said)]
    for one in seen.answering:
        silent = one.version is None
        told = f"{one.replica}: {one.error or 'ready'}"
        kind_said = told if silent or one.error else f"{one.replica} answers"
        unknown = one.refused or (silent and one.ready)
        answers: VerdictWord = "inconclusive" if unknown else "fail" if silent else "pass"
        found.append(finding("replica_silent", answers, kind_said, replica=one.replica))
        if seen.wanted is not None and not silent and one.version != seen.wanted:
            behind = f"{one.replica} serves {one.version}, and {seen.wanted} is wanted"
            found.append(finding("replica_behind", "fail", behind, replica=one.replica))
    return [*found, *_started(scene)]


def _started(scene: Scene) -> list[Finding]:
    """Find the replicas that were started since a little before the onset."""
    found: list[Finding] = []
    for name in scene.ctx.replicas:
        try:
            at = scene.ctx.ports.hooks.started_at(name)
        except PortError as error:
            found.append(finding("started", "inconclusive", error.message, replica=name))
            continue
        if at is not None:
            lately = at >= scene.ctx.incident.onset - WARM_UP
            said = f"{name} was started at {iso(at)}"
            found.append(finding("started", "fail" if lately else "pass", said, replica=name))
    return found


def release(scene: Scene) -> list[Finding]:
    """Find whether a version was released before the onset, and whether it did well at first."""
    if scene.release is not None:
        said = f"version {scene.release.before} → {scene.release.to} before the onset"
        shown = finding("release", "fail", said, version=scene.release.to)
        return [shown, check_traffic.at_first(scene, scene.release)]
    if not told(scene.ctx):
        said = "nobody looked at the service before the onset, so a release is not ruled out"
        return [finding("release", "inconclusive", said)]
    return [finding("release", "pass", "no release before the onset")]


def dependencies(scene: Scene) -> list[Finding]:
    """Find the services that this one depends on and that have an open incident."""
    return [
        finding("dependency", "fail", f"{name} has an open incident, {incident}")
        for name, incident in scene.ctx.dependencies.items()
    ] or [finding("dependency", "pass", "nothing that it depends on has an open incident")]
