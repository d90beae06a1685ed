"""Carrying out `retrain`: freezing, checking, training, comparing; promoting nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from mlrespond.engine.ledger import Ledger
from mlrespond.errors import PortError
from mlrespond.judgment.inputs import judge_inputs
from mlrespond.judgment.look import ALPHA
from mlrespond.judgment.paired import judge_paired
from mlrespond.model.authored import Stretch
from mlrespond.model.codec import encode
from mlrespond.model.instant import iso, parse_duration, parse_iso
from mlrespond.model.json import Json, record, text
from mlrespond.model.kind import Body
from mlrespond.model.plan import Action, Plan, Reading, Verification
from mlrespond.model.reading import PipelineRun, Version, Window
from mlrespond.model.run_kind import ActionSettled
from mlrespond.model.service_kind import VersionTrained
from mlrespond.model.verdict import MetricVerdict, together
from mlrespond.verbs import golden, measure
from mlrespond.verbs.baseline import before_incident
from mlrespond.verbs.interface import Done, NoTarget, Past, Planned, StepContext
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.retrain import RetrainBody

FREEZE = "freeze"
TRAIN = "train"
KEY_TAG = "mlir.key"
"""The tag under which a training registers its version, for pipelines that cannot tell it."""


def plan(ctx: StepContext, body: RetrainBody) -> Planned | NoTarget:
    """Return the plan: freeze the window, then train on it."""
    if ctx.service.retrain is None:
        return NoTarget(reason=f"{ctx.name} has no pipeline (retrain)")
    held = ctx.ledger.standing_at(ctx.now).get("hold:training")
    if held is not None:
        return NoTarget(reason=f"training is held until {held.until}")
    window = training_window(ctx, body)
    if window.seconds <= 0:
        return NoTarget(reason="no time is left to train on")
    span: Json = {"from": iso(window.since), "to": iso(window.until)}
    freeze = Action(
        kind=FREEZE,
        target="snapshot",
        summary=f"freeze the data from {iso(window.since)[:19]}Z to {iso(window.until)[:19]}Z",
        after=span,
        settle="keyed",
        undoable=False,
        lease=f"training/{ctx.name}",
        verify=Verification(within_s=60.0, every_s=ctx.pace.verify_every_s, consecutive=1),
    )
    train = Action(
        kind=TRAIN,
        target="pipeline",
        summary="train a new version on it",
        after=span,
        settle="keyed",
        undoable=False,
        lease=f"training/{ctx.name}",
        verify=Verification(
            within_s=ctx.pace.timeout_s, every_s=ctx.pace.verify_every_s, consecutive=1
        ),
    )
    return Planned(plan=Plan(actions=(freeze, train), yields={"key": ctx.key}))


def training_window(ctx: StepContext, body: RetrainBody) -> Window:
    """Return the window that may be trained on."""
    if isinstance(body.window, Stretch):
        since, until = parse_iso(body.window.from_), parse_iso(body.window.to)
    else:
        since, until = ctx.now - timedelta(seconds=parse_duration(body.window)), ctx.now
    source = ctx.service.predictions
    if body.mature_only and source is not None and source.labels is not None:
        mature = timedelta(seconds=parse_duration(source.labels.mature_after))
        until = min(until, ctx.now - mature)
    if body.exclude == "incidents":
        since = max([since, *_tainted_until(ctx.ledger, since)])
    return Window(since=since, until=until)


def _tainted_until(ledger: Ledger, since: datetime) -> Iterator[datetime]:
    """Yield when each time that must not be learned from ended: of bad versions, and of holds."""
    for before, after in pairwise(ledger.looks):
        if after.at >= since and set(before.served.values()) & ledger.quarantined.keys():
            yield after.at
    for began, ended in ledger.held:
        if ended >= since and began <= ended:
            yield ended


def act(ctx: StepContext, _: object, action: Action) -> Json:
    """Freeze the data, or start training on what was frozen; both are known by the step's key."""
    window = _window(action)
    snapshot = ctx.ports.pipeline.freeze(ctx.key, window)
    if action.kind == TRAIN:
        ctx.ports.pipeline.start(ctx.key, snapshot, window)
    return {"snapshot": snapshot, "key": ctx.key}


def read(ctx: StepContext, _: object, action: Action) -> Reading:
    """Return whether the frozen inputs are sound, or how the training is getting on."""
    if action.kind == FREEZE:
        return _inputs(ctx, action)
    try:
        run = ctx.ports.pipeline.status(ctx.key)
    except PortError as error:
        return Reading(where="unreadable", detail=error.message)
    match run.state:
        case "succeeded":
            return _came_out(ctx, action, run)
        case "failed" | "cancelled":
            return Reading(where="failed", detail=f"the training {run.state}: {run.detail}")
        case _:
            return Reading(where="pending", detail=run.detail or "training")


def _came_out(ctx: StepContext, action: Action, run: PipelineRun) -> Reading:
    """Return the version that a training told, or the one that the registry has under its key."""
    try:
        version = _registered(ctx, run.version)
    except PortError as error:
        return Reading(where="unreadable", detail=f"the registry: {error.message}")
    if version is None and run.version:
        said = f"it told version {run.version}, which the registry does not have"
        return Reading(where="failed", detail=said)
    if version is None:
        said = f"it ended well, but told no version, and none is tagged {KEY_TAG}={ctx.key}"
        return Reading(where="failed", detail=said)
    snapshot = ctx.ports.pipeline.freeze(ctx.key, _window(action))
    yields: dict[str, Json] = {"version": version, "snapshot": snapshot}
    return Reading(
        where="reached",
        seen=version,
        detail=f"version {version} was registered",
        yields=yields,
    )


def _registered(ctx: StepContext, told: str | None) -> str | None:
    """Return the version that was told, or else is tagged, if the registry has it."""
    if ctx.service.registry is None:
        return told
    known = ctx.ports.registry.versions()
    found = [one.name for one in known if _is_it(one, told, ctx.key)]
    return found[-1] if found else None


def _is_it(version: Version, told: str | None, key: str) -> bool:
    return version.name == told if told else version.tags.get(KEY_TAG) == key


def _inputs(ctx: StepContext, action: Action) -> Reading:
    """Hold the frozen inputs against those before the incident; never learn from broken ones."""
    specs = measure.feature_specs(ctx.service)
    if not specs:
        return Reading(where="reached", detail="no features are declared, so none were checked")
    window = _window(action)
    past = sound_inputs(ctx, window)
    before = past if isinstance(past, NoData) else measure.profile(ctx, past)
    edges = None if isinstance(before, NoData) else before.edges
    current = measure.profile(ctx, window, None, edges)
    for one in (before, current):
        if isinstance(one, NoData):
            return Reading(where="failed", detail=f"the inputs cannot be checked: {one.reason}")
    assert not isinstance(before, NoData)
    assert not isinstance(current, NoData)
    judged = judge_inputs(current, before, specs, ALPHA)
    for word, told in (("fail", "are not sound"), ("inconclusive", "may not be sound")):
        doubted = [one for one in judged if one.verdict == word]
        if doubted:
            return Reading(where="failed", detail=f"the frozen inputs {told}: {doubted[0].said}")
    return Reading(where="reached", detail="the frozen inputs are as before")


def sound_inputs(ctx: StepContext, window: Window) -> Window | NoData:
    """Return the time before the incident that a window to train on is held against.

    It is as long as that window where the ledger goes back so far, so that both have all hours of
    the day and all days of the week, and shorter only where nothing older is known.
    """
    found = before_incident(ctx)
    if isinstance(found, NoData):
        return found
    oldest = max(ctx.ledger.looks[0].at, found.until - timedelta(seconds=window.seconds))
    return Window(since=min(found.since, oldest), until=found.until)


def _window(action: Action) -> Window:
    span = record(action.after)
    return Window(
        since=parse_iso(text(span.get("from")) or ""), until=parse_iso(text(span.get("to")) or "")
    )


def conclude(ctx: StepContext, _: object, past: Past) -> Done:
    """Compare the new version with the served one on the golden cases; promote nothing."""
    version = _trained(past)
    verdict = _against_served(ctx, version)
    comparison = together((verdict,))
    yields: dict[str, Json] = {"metrics": {verdict.name: encode(verdict)}}
    return Done(
        said=f"version {version} was trained; {verdict.said}",
        verdict=comparison.verdict,
        yields=yields,
    )


def _trained(past: Past) -> str:
    for settled in past.actions:
        version = text(settled.yields.get("version"))
        if version:
            return version
    return ""


def _against_served(ctx: StepContext, version: str) -> MetricVerdict:
    fresh, served = golden.ask(ctx, version), golden.ask(ctx)
    for one in (fresh, served):
        if isinstance(one, NoData):
            return MetricVerdict(
                name="golden",
                kind="golden",
                verdict="inconclusive",
                reason="no_data",
                said=f"the golden cases could not be asked: {one.reason}",
            )
    assert not isinstance(fresh, NoData)
    assert not isinstance(served, NoData)
    return judge_paired("golden", golden.pair(fresh, served), alpha=ALPHA)


def facts(ctx: StepContext, action: Action, settled: ActionSettled) -> tuple[Body, ...]:
    """Tell the ledger which version was trained, and on what."""
    version = text(settled.yields.get("version"))
    if action.kind != TRAIN or version is None:
        return ()
    snapshot = text(settled.yields.get("snapshot")) or ""
    return (VersionTrained(version=version, snapshot=snapshot, key=ctx.key),)
