"""What the checks of a diagnosis look at: the present, the time before, and what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mlrespond.engine.ledger import Ledger, LookAt, changes
from mlrespond.model.finding import Change, Finding, FindingKind
from mlrespond.model.reading import Window
from mlrespond.model.verdict import Baseline, MetricVerdict
from mlrespond.model.word import VerdictWord
from mlrespond.verbs.baseline import before_incident, before_release
from mlrespond.verbs.comparison import Sides
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData, Selection
from mlrespond.verbs.serving import ServiceView
from mlrespond.verbs.unwatched import remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What every check may look at. `pinned` means that the present begins where it was told to."""

    ctx: StepContext
    seen: ServiceView
    changes: tuple[Change, ...]
    release: Change | None
    window: Window
    baseline: Baseline | None
    before: Baseline | None
    why_not: str
    alpha: float
    lookback: timedelta
    pinned: bool

    @property
    def part(self) -> Selection:
        """Return the traffic of the version that is served, where all replicas serve one."""
        return Selection(version=self.seen.version)

    @property
    def other(self) -> Selection:
        """Return the traffic of the baseline's version."""
        return Selection(version=self.baseline.version if self.baseline else None)

    @property
    def sides(self) -> Sides:
        """Return the present and the baseline."""
        return Sides(
            window=self.window,
            version=None,
            baseline=self.baseline,
            why_not=self.why_not,
            alpha=self.alpha,
            part=self.part,
            other=self.other,
        )


Check = Callable[[Scene], list[Finding]]


def scene_of(
    ctx: StepContext,
    seen: ServiceView,
    lookback_s: float,
    alpha: float,
    present_since: datetime | None = None,
) -> Scene:
    """Return what the checks look at: the time since the onset, and the time before it."""
    looked_back = remembered(ctx)
    ledger = with_look(looked_back.ledger, ctx.now, seen)
    since = ctx.incident.onset - timedelta(seconds=lookback_s)
    found = changes(ledger, since, ctx.now)
    released = _release(found, ctx.incident.onset)
    known = replace(looked_back, ledger=ledger)
    baseline = before_release(known)
    before = before_incident(known)
    return Scene(
        ctx=known,
        seen=seen,
        changes=found,
        release=released,
        window=(
            Window(since=min(present_since, ctx.now), until=ctx.now)
            if present_since
            else _present(ctx, released, lookback_s)
        ),
        baseline=None if isinstance(baseline, NoData) else baseline,
        before=None if isinstance(before, NoData) else before,
        why_not=baseline.reason if isinstance(baseline, NoData) else "",
        alpha=alpha,
        lookback=timedelta(seconds=lookback_s),
        pinned=present_since is not None,
    )


def _release(found: tuple[Change, ...], onset: datetime) -> Change | None:
    releases = [one for one in found if one.what == "version" and (one.after or one.at) <= onset]
    return releases[-1] if releases else None


def _present(ctx: StepContext, released: Change | None, lookback_s: float) -> Window:
    onset = ctx.incident.onset
    began = max(onset, released.at) if released and released.at <= ctx.now else onset
    oldest = ctx.now - timedelta(seconds=lookback_s)
    return Window(since=min(max(began, oldest), ctx.now), until=ctx.now)


def with_look(ledger: Ledger, now: datetime, seen: ServiceView) -> Ledger:
    """Return the ledger with one more look at its end."""
    last = ledger.last
    look = LookAt(
        at=now,
        wanted=seen.wanted,
        served=seen.served(),
        previous_at=last.began if last else None,
        route=seen.route,
        drained=tuple(sorted(seen.drained)),
    )
    return replace(ledger, looks=(*ledger.looks, look))


def finding(
    kind: FindingKind,
    verdict: VerdictWord,
    said: str,
    *,
    replica: str | None = None,
    version: str | None = None,
) -> Finding:
    """Return a finding."""
    return Finding(kind=kind, verdict=verdict, said=said, replica=replica, version=version)


def judged(kind: FindingKind, verdict: MetricVerdict, *, replica: str | None = None) -> Finding:
    """Return the finding that a metric's verdict is."""
    return Finding(
        kind=kind,
        verdict=verdict.verdict,
        said=verdict.said or verdict.name,
        feature=verdict.feature,
        replica=replica,
        value=verdict.effect,
    )
