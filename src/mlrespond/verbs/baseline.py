"""What the present is compared with: resolved once an incident, from the ledger at the onset."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlrespond.engine.ledger import Spell, changes, spells
from mlrespond.errors import Error
from mlrespond.model.codec import encode
from mlrespond.model.finding import Change
from mlrespond.model.incident_kind import BaselineResolved
from mlrespond.model.instant import iso
from mlrespond.model.json import dump
from mlrespond.model.verdict import Baseline
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData
from mlrespond.verbs.training_baseline import trained
from mlrespond.verbs.unwatched import remembered, told

LONGEST = timedelta(hours=1)
LOOKBACK = timedelta(hours=24)
GUARD = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A baseline, and the event to record if it was resolved just now."""

    baseline: Baseline
    fact: BaselineResolved | None = None


def resolve(ctx: StepContext, against: str, current: str | None) -> Resolved | NoData:
    """Return the baseline that `against` names in this incident, or why there is none."""
    known = ctx.incident.baselines.get(against)
    if known is not None:
        return Resolved(
            baseline=Baseline(
                against=against,
                version=known.version,
                since=known.since,
                until=known.until,
                why=known.why,
            )
        )
    found = _fresh(remembered(ctx), against, current)
    if isinstance(found, NoData):
        return found
    return Resolved(baseline=found, fact=_fact(found))


def _fact(found: Baseline) -> BaselineResolved:
    return BaselineResolved(
        against=found.against,
        version=found.version,
        since=found.since,
        until=found.until,
        digest=hashlib.sha256(dump(encode(found)).encode()).hexdigest(),
        why=found.why,
    )


def _fresh(ctx: StepContext, against: str, current: str | None) -> Baseline | NoData:
    match against:
        case "before_release":
            return before_release(ctx)
        case "before_incident":
            return before_incident(ctx)
        case "same_hour_last_week":
            week = timedelta(days=7)
            since, until = ctx.incident.onset - week, ctx.now - week
            other = _other_incident(ctx, since, until)
            if other:
                return NoData(f"not comparable: {other} was worked on a week before")
            return _window(against, None, since, until, "a week before")
        case "others":
            since = ctx.incident.onset
            return _window(against, None, since, ctx.now, "the other replicas at the same time")
        case "served":
            spell = _spell(ctx, current)
            since = spell.since if spell else ctx.incident.onset - LONGEST
            return _window(against, current, since, ctx.now, f"version {current}, as served now")
        case "training":
            return _training(ctx, current)
        case _ if against.startswith("profile:"):
            return _kept(ctx, against)
        case _:
            return _named(ctx, against, current)


def before_release(ctx: StepContext) -> Baseline | NoData:
    """Return the time of the version before the last release, or, without one, before the onset."""
    release = last_release(ctx)
    if release is None:
        found = before_incident(ctx)
        if isinstance(found, NoData):
            return found
        why = (
            "no release before the onset, so the time before it"
            if told(ctx)
            else "the time before the onset; nobody looked then, so a release is not ruled out"
        )
        return _window("before_release", None, found.since, found.until, why)
    spell = _before(ctx, release)
    if spell is None:
        return NoData("no version was seen serving before the release")
    reason = _unusable(ctx, spell.version)
    if reason:
        return NoData(reason)
    since = max(spell.since, spell.until - LONGEST, _untroubled_since(ctx, spell.until))
    why = f"version {spell.version}, as served before the release"
    return _window("before_release", spell.version, since, spell.until, why)


def before_incident(ctx: StepContext) -> Baseline | NoData:
    """Return the time before the onset, less a guard: onsets are noticed late.

    What was seen while another incident was worked on is not what is usual.
    """
    first = ctx.ledger.looks[0].at if ctx.ledger.looks else None
    if first is None or first >= ctx.incident.onset:
        return NoData("the service was not looked at before the onset")
    onset = ctx.incident.onset
    since = max(first, onset - LONGEST, _untroubled_since(ctx, onset))
    latest = onset - (onset - since) / GUARD
    until = _before_suspects(ctx, latest)
    if until < latest:
        since = max(first, until - LONGEST, _untroubled_since(ctx, until))
    return _window("before_incident", None, since, until, "the time before the onset")


def _before_suspects(ctx: StepContext, until: datetime) -> datetime:
    """Return where the time must end, so that no version that was judged bad was served in it.

    Only the last stretch is left out: what was bad long before is not part of the hour anyway.
    """
    for look in reversed([one for one in ctx.ledger.looks if one.at < until]):
        if not ctx.ledger.bad.intersection(look.served.values()):
            break
        until = look.previous_at or look.at
    return until


def _untroubled_since(ctx: StepContext, until: datetime) -> datetime:
    """Return when the last other incident before a time was last worked on."""
    known = {None, ctx.incident.id}
    looks = [one.at for one in ctx.ledger.looks if one.incident not in known and one.at < until]
    return looks[-1] if looks else ctx.ledger.looks[0].at


def last_release(ctx: StepContext) -> Change | None:
    """Return the last release that was first seen before the onset."""
    found = [
        change
        for change in changes(ctx.ledger, ctx.incident.onset - LOOKBACK, ctx.now)
        if change.what == "version" and (change.after or change.at) <= ctx.incident.onset
    ]
    return found[-1] if found else None


def _training(ctx: StepContext, current: str | None) -> Baseline | NoData:
    """Return what the current version was when it was trained: no time, so it has no window."""
    found = trained(ctx, current)
    if isinstance(found, NoData):
        return found
    at = found.created_at or ctx.incident.onset
    return Baseline(
        against="training",
        version=current,
        since=at,
        until=at,
        why=f"version {current} as its training told",
    )


def _kept(ctx: StepContext, against: str) -> Baseline | NoData:
    name = against.partition(":")[2]
    try:
        profile = ctx.ports.profiles.stored(name)
    except Error as error:
        return NoData(error.message)
    window = profile.window
    if window.until > ctx.incident.onset > window.since:
        return NoData(f"not comparable: the profile `{name}` overlaps the incident")
    why = f"the profile `{name}`, of {iso(window.since)[:16]}Z to {iso(window.until)[:16]}Z"
    return _window(against, None, window.since, window.until, why)


def _other_incident(ctx: StepContext, since: datetime, until: datetime) -> str:
    """Return another incident that was worked on in a time, or nothing."""
    known = {None, ctx.incident.id}
    looks = (one for one in ctx.ledger.looks if since <= one.at < until)
    return next((str(one.incident) for one in looks if one.incident not in known), "")


def _named(ctx: StepContext, version: str, current: str | None) -> Baseline | NoData:
    reason = _unusable(ctx, version)
    if reason:
        return NoData(reason)
    spell = _spell(ctx, version)
    if spell is None:
        return NoData(f"version {version} was never seen serving")
    until = spell.until
    if version == current:  # itself, before: what it does in the incident is no baseline
        until = min(until, ctx.incident.onset)
        if until <= spell.since:
            said = f"not comparable: version {version} was served in this incident only"
            return NoData(said)
    since = max(spell.since, until - LONGEST)
    return _window(version, version, since, until, f"version {version}, as served last")


def _spell(ctx: StepContext, version: str | None) -> Spell | None:
    found = [spell for spell in spells(ctx.ledger, ctx.now) if spell.version == version]
    return found[-1] if found else None


def _before(ctx: StepContext, release: Change) -> Spell | None:
    """Return when a version that is no suspect was served last before a release."""
    never = {release.to, *ctx.ledger.suspects, *ctx.ledger.quarantined}
    found = [
        spell
        for spell in spells(ctx.ledger, ctx.now)
        if spell.since < release.at and spell.version not in never
    ]
    return found[-1] if found else None


def _unusable(ctx: StepContext, version: str) -> str:
    for word, known in (("suspect", ctx.ledger.suspects), ("quarantined", ctx.ledger.quarantined)):
        if version in known:
            return f"version {version} is {word}: {known[version]}"
    return ""


def _window(
    against: str, version: str | None, since: datetime, until: datetime, why: str
) -> Baseline | NoData:
    if until <= since:
        return NoData(f"{against}: no time to compare with")
    return Baseline(against=against, version=version, since=since, until=until, why=why)
