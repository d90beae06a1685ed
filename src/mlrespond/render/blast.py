"""A blast radius as lines of text: two denominators, what is left to do, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator

from mlrespond.engine.blast import Blast, Contamination, Trained
from mlrespond.model.codec import encode
from mlrespond.model.instant import iso
from mlrespond.model.json import Record
from mlrespond.model.reading import Window
from mlrespond.usecases.blast import Measured
from mlrespond.usecases.settle import Settled

_BAR = 24


def lines(found: Measured) -> Iterator[str]:
    """Yield the screen of a measurement."""
    said = found.said
    versions = f"version {', '.join(said.versions)}" if said.versions else "every version"
    yield f"{found.incident}  blast radius of {versions} of {found.service}"
    yield f"window       {_span(Window(since=said.since, until=said.until))}"
    yield f"             {said.why}"
    yield f"predictions  {_share(said.affected, said.logged)} in the log"
    if said.entities is None or said.entities_affected is None:
        yield "entities     not known"
    else:
        met = _share(said.entities_affected, said.entities)
        yield f"entities     {met} met it at least once"
    for name, count in sorted(found.reach.by_decision.items(), key=lambda one: -one[1]):
        yield f"decided      {count:,} {name or '(no decision)'}"
    yield from _hours(found)
    yield f"to reverse   {_progress(found.blast)}"
    if found.training is not None:
        yield from _training(found.training)
    yield from (f"not known    {one}" for one in said.unknown)


def told(found: Measured) -> Record:
    """Return a measurement as JSON: what is recorded, every count, and how far the worklist is."""
    return {
        "incident": found.incident,
        "service": found.service,
        "measured": encode(found.said),
        "counts": encode(found.reach),
        "decisions": progress(found.blast),
        "training": encode(found.training),
        "recorded": found.recorded.id if found.recorded else None,
        "saved": encode(found.saved),
    }


def progress(blast: Blast) -> Record:
    """Return how far a worklist is, as JSON."""
    return {
        "to_reverse": blast.measured.to_reverse,
        "reversed": blast.reversed_,
        "kept": blast.kept,
        "left": blast.left,
    }


def settled_lines(incident: str, found: Settled) -> Iterator[str]:
    """Yield what settling some decisions came to."""
    for event in found.events:
        yield f"{incident}: {event.summary}"
    if found.before:
        yield f"{incident}: {found.before:,} were settled before, and stay as they were"
    yield f"to reverse   {_progress(found.blast)}"


def _progress(blast: Blast) -> str:
    of = f" with decision {', '.join(blast.measured.decisions)}" if blast.measured.decisions else ""
    return (
        f"{blast.measured.to_reverse:,} decisions{of}: {blast.reversed_:,} reversed, "
        f"{blast.kept:,} kept, {blast.left:,} left"
    )


def _hours(found: Measured) -> Iterator[str]:
    most = max((affected for affected, _ in found.reach.by_hour.values()), default=0)
    for name, (affected, logged) in found.reach.by_hour.items():
        if most and affected:
            bar = "#" * max(1, round(_BAR * affected / most))
            yield f"{name}  {bar:<{_BAR}} {_share(affected, logged)}"


def _training(found: Contamination) -> Iterator[str]:
    yield f"training     leave out {_span(found.window)}: its outcomes follow from bad predictions"
    for one in found.trained:
        yield f"             version {one.version} {_learned(one)}"
    for window in found.held:
        yield f"             a hold of training covers {_span(window)}"
    if not found.trained:
        yield "             no version is known to have been trained since"


def _learned(one: Trained) -> str:
    if one.window is None:
        return "was trained since; the timeline does not say on what"
    word = "was trained on some of it" if one.overlaps else "was trained on other times"
    return f"{word}: {_span(one.window)}"


def _span(window: Window) -> str:
    return f"{iso(window.since)[:19]}Z to {iso(window.until)[:19]}Z"


def _share(part: int, whole: int) -> str:
    share = f" ({part / whole:.1%})" if whole else ""
    return f"{part:,} of {whole:,}{share}"
