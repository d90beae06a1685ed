"""What the runs did: steps as they went, how they ended, and who decided what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mlrespond.model.event import Event
from mlrespond.model.json import Record, items, record, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step as it went; `attempts_failed` counts what had to be tried again."""

    run: str
    id: str
    title: str
    effect: str
    outcome: str
    verdict: str | None
    said: str
    started_at: datetime | None
    finished_at: datetime
    attempts_failed: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run: its runbook with the digest of what was run, and how it ended."""

    run: str
    runbook: str
    digest: str
    ending: str | None
    reason: str
    seq: int
    ended_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A question and what came of it: an answer, an expiry, or nothing yet."""

    asked_at: datetime
    asked_seq: int
    question: str
    answer: str
    actor: str
    via: str
    because: str
    waited_s: float | None
    seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Where what was done is not what was planned: failed, unknown, passed over, late, refused."""

    said: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """A failure mode that the diagnosis held for likely, and what would be the right move."""

    mode: str
    title: str
    move: str
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    seq: int


def steps(events: Sequence[Event]) -> tuple[Step, ...]:
    """Return the steps in the order in which they ended."""
    began: dict[tuple[str, str], Event] = {}
    failed: dict[tuple[str, str], int] = {}
    found: list[Step] = []
    for event in events:
        key = (str(event.run), str(event.step))
        if event.kind == "step_started":
            began[key] = event
            failed[key] = 0
        elif event.kind == "attempt_failed":
            failed[key] = failed.get(key, 0) + 1
        elif event.kind == "step_finished" and not event.erased and not event.late:
            found.append(_step(event, key, began.get(key), failed.get(key, 0)))
    return tuple(found)


def _step(event: Event, key: tuple[str, str], began: Event | None, failed: int) -> Step:
    skipped = event.data.get("outcome") == "skipped"
    start = None if skipped else began
    return Step(
        run=key[0],
        id=key[1],
        title=text(event.data.get("title")) or key[1],
        effect=text(start.data.get("effect")) or "" if start else "",
        outcome=text(event.data.get("outcome")) or "",
        verdict=text(event.data.get("verdict")),
        said=text(event.data.get("said")) or text(event.data.get("reason")) or "",
        started_at=start.occurred_at if start else None,
        finished_at=event.occurred_at,
        attempts_failed=failed,
        seq=event.seq,
    )


def ran(events: Sequence[Event]) -> tuple[Ran, ...]:
    """Return the runs, oldest first."""
    ended = {event.run: event for event in events if event.kind == "run_ended"}
    return tuple(
        _ran(event, ended.get(event.run)) for event in events if event.kind == "run_requested"
    )


def _ran(event: Event, ended: Event | None) -> Ran:
    runbook = record(event.data.get("runbook"))
    return Ran(
        run=str(event.run),
        runbook=text(runbook.get("name")) or "(erased)",
        digest=text(runbook.get("digest")) or "",
        ending=text(ended.data.get("ending")) if ended else None,
        reason=text(ended.data.get("reason")) or "" if ended else "",
        seq=event.seq,
        ended_seq=ended.seq if ended else None,
    )


def decisions(events: Sequence[Event]) -> tuple[Decision, ...]:
    """Return what people were asked, and what they said."""
    settled: dict[str, Event] = {}
    for event in events:
        if event.kind in {"question_answered", "question_expired"}:
            settled.setdefault(str(event.data.get("question")), event)
    return tuple(
        _decision(event, settled.get(str(event.data.get("question"))))
        for event in events
        if event.kind == "question_asked" and not event.erased
    )


def _decision(asked: Event, settled: Event | None) -> Decision:
    data: Mapping[str, object] = settled.data if settled else {}
    expired = settled is not None and settled.kind == "question_expired"
    answer = f"nobody: {data.get('otherwise', '')}" if expired else str(data.get("choice", "open"))
    return Decision(
        asked_at=asked.occurred_at,
        asked_seq=asked.seq,
        question=text(asked.data.get("text")) or "",
        answer=answer,
        actor="" if settled is None or expired else settled.actor.handle,
        via=str(data.get("via", "")),
        because=str(data.get("because", "")),
        waited_s=(settled.occurred_at - asked.occurred_at).total_seconds() if settled else None,
        seq=settled.seq if settled else None,
    )


def deviations(events: Sequence[Event]) -> tuple[Deviation, ...]:
    """Return what did not go as planned, oldest first."""
    found: list[Deviation] = []
    for event in events:
        outcome = event.data.get("outcome")
        said = f"{event.step}: {event.summary}" if event.step else event.summary
        odd = (
            event.late
            or event.kind in {"attempt_failed", "question_expired", "answer_refused"}
            or (event.kind == "action_settled" and outcome not in {"ok", "reconciled"})
            or (event.kind == "step_finished" and outcome in {"failed", "unknown"})
            or (event.kind == "action_intended" and event.data.get("unfenced") is True)
        )
        if odd:
            found.append(Deviation(said=f"late: {said}" if event.late else said, seq=event.seq))
    return tuple(found)


def suspects(events: Sequence[Event]) -> tuple[Suspected, ...]:
    """Return the likely suspects of the first diagnosis that found any."""
    for event in events:
        if event.kind == "step_finished" and not event.erased:
            told = items(record(event.data.get("yields")).get("suspects"))
            likely = [record(one) for one in told if record(one).get("likely")]
            if likely:
                return tuple(_suspected(one, event.seq) for one in likely)
    return ()


def _suspected(told: Record, seq: int) -> Suspected:
    return Suspected(
        mode=text(told.get("mode")) or "",
        title=text(told.get("title")) or "",
        move=text(told.get("move")) or "",
        evidence=tuple(str(one) for one in items(told.get("evidence"))),
        against=tuple(str(one) for one in items(told.get("against"))),
        seq=seq,
    )
