"""The loop that drives a run: decide, do, record, again. It alone writes the run's events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from mlrespond.engine.ask import settled_once, unfenced_question
from mlrespond.engine.decide import decide
from mlrespond.engine.evolve import evolve, fold
from mlrespond.engine.intent import (
    Act,
    Await,
    Intent,
    Look,
    MakePlan,
    Over,
    ReadAction,
    Reread,
    Said,
    Sleep,
    Write,
)
from mlrespond.engine.lease import LEASE_S
from mlrespond.engine.state import RunState
from mlrespond.errors import (
    AlreadySettledError,
    ConflictError,
    FencedError,
    HeldError,
    InterruptedRunError,
    NotRecordedError,
    UnwritableError,
    UsageError,
)
from mlrespond.model.event import Draft, Event, Evidence
from mlrespond.model.instant import iso
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft, incident_kind, service_kind
from mlrespond.model.lease_kind import Process
from mlrespond.model.run_kind import (
    ActionIntended,
    QuestionExpired,
    QuestionReminded,
    RunClaimed,
    RunEnded,
    RunInterrupted,
    RunParked,
    RunRenewed,
)
from mlrespond.usecases.answering import answer_at_hand
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, service_stream
from mlrespond.usecases.custody import must_be_here
from mlrespond.usecases.leases import Leases
from mlrespond.usecases.signals import Interrupts
from mlrespond.usecases.trace import send_trace
from mlrespond.usecases.work import Told, Worker


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over."""

    state: RunState


@dataclass(frozen=True, slots=True)
class Parked:
    """The run waits, and no process drives it."""

    state: RunState
    waiting_for: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A signal stopped us; the run goes on with `resume`."""

    state: RunState


Driven = Ended | Parked | Interrupted


class _BrokenOffError(Exception):
    """Somebody wants us to stop while we only read."""


class Runner:
    """One process driving one run."""

    def __init__(self, app: App, incident: str, run: str, *, interactive: bool = False) -> None:
        self._app = app
        self._incident = incident
        self._run = run
        self._interactive = interactive
        self._leases = Leases(app)
        self._interrupts = Interrupts()
        self._seen: set[str] = set()
        self._stopping: str | None = None
        self._unfenced: set[str] = set()
        self.state = self._load()

    def drive(self) -> Driven:
        """Claim the run and go on until it ends, parks, or is interrupted.

        Raises HeldError when another process drives it, or holds what it needs.
        """
        if self.state.ended is not None:
            return Ended(self.state)
        self._claim()
        try:
            with self._interrupts:
                driven = self._loop()
        except FencedError as error:
            raise HeldError(
                f"a newer process drives run {self._run}; this one stops",
                hint=f"look: mlir timeline {self._incident} --follow",
            ) from error
        except HeldError as error:
            self._park(error.message, None)
            raise
        except InterruptedRunError:
            return self._interrupted()
        if isinstance(driven, Ended):
            send_trace(self._app, self._incident, self._run)
        return driven

    def must_be_free(self) -> None:
        """Raise UsageError or HeldError where this process cannot drive the run now."""
        if self.state.ended is not None:
            raise UsageError(f"run {self._run} has ended", hint=f"mlir timeline {self._incident}")
        must_be_here(self._app.store, self._incident)
        self._refuse_if_driven(self._app.clock.now())

    def _load(self) -> RunState:
        events = self._app.store.read(incident_stream(self._incident))
        state = fold(events, self._run)
        if state is None:
            raise NotRecordedError(f"{self._incident} has no run `{self._run}`")
        self._seen = {event.id for event in events}
        return state

    def _loop(self) -> Driven:
        while True:
            self._catch_up()
            if self._interrupts.asked and self.state.ended is None:
                return self._interrupted()
            intent = decide(self.state, self._app.vocabulary.verbs, self._app.clock.now())
            driven = self._do(intent)
            if driven is not None:
                return driven

    def _do(self, intent: Intent) -> Driven | None:
        match intent:
            case Over():
                return Ended(self.state)
            case Write(said):
                self._write(said)
            case Await():
                return self._await(intent)
            case Sleep():
                return self._sleep(intent)
            case Act():
                self._act(intent)
            case Look() | MakePlan() | Reread() | ReadAction():
                self._work(intent)
            case _:
                assert_never(intent)
        return None

    def _work(self, intent: Look | MakePlan | Reread | ReadAction) -> None:
        worker = Worker(self._app, self.state)
        try:
            told = worker.do(intent, self._meanwhile)
        except _BrokenOffError:
            return  # what only reads can be broken off, and done again
        self._tell(intent.step, told)

    def _act(self, intent: Act) -> None:
        """Commit the intent, act, and record what came of it; the fence is checked last."""
        worker = Worker(self._app, self.state)
        standing = self._held(worker, intent)
        intended = worker.intended(intent, self._app.clock.now())
        if not self._commit(intended, intent.step, standing):
            return
        self._catch_up()
        left_s = (intended.act_by - self._app.clock.now()).total_seconds()
        if left_s <= 0:
            return
        worker = Worker(self._app, self.state)
        told = worker.act(intent, left_s, self._meanwhile_acting)
        try:
            self._tell(intent.step, told)
        except FencedError:
            self._tell_late(intent.step, told)
            raise

    def _held(self, worker: Worker, intent: Act) -> Mapping[str, int] | None:
        """Hold what the action changes; None where a person goes on although that is impossible."""
        try:
            return self._leases.take(self.state, worker.leases_of(intent))
        except UnwritableError:
            if not self._goes_on_unfenced(intent.step):
                raise
            return None

    def _commit(
        self, intended: ActionIntended, step: str, standing: Mapping[str, int] | None
    ) -> bool:
        """Commit an intent, or spool it where nobody can check it; False if a lease was lost."""
        if standing is not None:
            try:
                self._write((Said(intended, step),), expect=standing)
            except ConflictError:
                return False  # at the last moment: nothing was begun
            except UnwritableError:
                pass  # the leases are held: go on
            else:
                return True
        self._write((Said(replace(intended, unfenced=True), step),))
        return True

    def _goes_on_unfenced(self, step_id: str) -> bool:
        """Return whether a person here types that a change is made without a lease; asked once."""
        if not self._interactive or step_id in self._unfenced:
            return step_id in self._unfenced
        question = unfenced_question(self.state, self.state.steps[step_id], self._app.clock.now())
        self._write((Said(question, step_id),))
        waits = Await(question, question.expires_at)
        said = answer_at_hand(self._app, self.state, waits, self._is_settled)
        if said is not None:
            self._fold(self._app.store.append([said]))
        known = self.state.questions[question.question]
        if known.pending:  # nobody typed anything that counts
            expired = QuestionExpired(question=question.question, otherwise=question.otherwise)
            self._write((Said(expired, step_id, settled_once(question.question)),))
        elif known.answer is not None and known.answer.choice == "approve":
            self._unfenced.add(step_id)
        return step_id in self._unfenced

    def _tell(self, step: str, told: Told) -> None:
        said = tuple(Said(one, step) for one in told.bodies)
        self._write(said, evidence=told.evidence, facts=told.facts, service=told.service)

    def _tell_late(self, step: str, told: Told) -> None:
        """Record what was done under an epoch that is over: shown, never folded into control."""
        now = self._app.clock.now()
        late = [
            replace(self._draft(Said(one, step), now, told.evidence), late=True)
            for one in told.bodies
        ]
        self._app.store.append(late)

    def _write(
        self,
        said: Sequence[Said],
        *,
        evidence: dict[str, Evidence] | None = None,
        facts: Sequence[Body] = (),
        service: str = "",
        expect: Mapping[str, int] | None = None,
    ) -> None:
        now = self._app.clock.now()
        drafts = [
            self._draft(one, now, evidence if at == 0 else None) for at, one in enumerate(said)
        ]
        drafts += [self._fact(one, service, now) for one in facts]
        drafts += [self._fact(one, name, now) for name, one in self._ledger_facts(said)]
        if any(isinstance(one.body, RunEnded) for one in said):
            drafts += self._leases.releases(self.state, now)
        try:
            events = self._app.store.append(drafts, expect)
        except AlreadySettledError:
            self._catch_up()  # somebody settled it first: fold that, and decide again
            return
        self._fold(events)
        for one in said:
            self._app.progress.tell(one.body)

    def _ledger_facts(self, said: Sequence[Said]) -> Iterator[tuple[str, Body]]:
        """Yield what the ledgers must learn of what the run decided, each with its service."""
        for one in said:
            yield from Worker(self._app, self.state).ledger_facts(one)

    def _draft(
        self, said: Said, now: datetime, evidence: dict[str, Evidence] | None = None
    ) -> Draft:
        step = self.state.steps.get(said.step or "")
        return draft(
            incident_stream(self._incident),
            said.body,
            now,
            incident=self._incident,
            run=self._run,
            epoch=self.state.epoch,
            step=said.step,
            attempt=step.round if step else None,
            once=said.once,
            evidence=evidence or {},
        )

    def _fact(self, what: Body, service: str, now: datetime) -> Draft:
        of_service = type(what).__module__ == service_kind.__name__
        assert of_service or type(what).__module__ == incident_kind.__name__
        name = service or self.state.requested.service
        return draft(
            service_stream(name) if of_service else incident_stream(self._incident),
            what,
            now,
            incident=self._incident,
            run=self._run,
            epoch=self.state.epoch,
        )

    def _fold(self, events: Sequence[Event]) -> None:
        for event in events:
            self._seen.add(event.id)
            if event.stream == incident_stream(self._incident):
                self.state = evolve(self.state, event)

    def _catch_up(self) -> None:
        """Fold what others said meanwhile; FencedError when a newer process claimed the run."""
        epoch = self.state.epoch
        events = self._app.store.read(incident_stream(self._incident), self.state.seq)
        self._fold([event for event in events if event.id not in self._seen])
        if self.state.epoch != epoch:
            raise FencedError("a newer process drives this run")

    def _claim(self) -> None:
        while True:
            now = self._app.clock.now()
            must_be_here(self._app.store, self._incident)
            self._refuse_if_driven(now)
            claimed = RunClaimed(
                process=self._app.processes.this(),
                until=now + timedelta(seconds=LEASE_S),
                previous_dead=self._nothing_is_under_way(),
                interactive=self._interactive,
            )
            epoch = self.state.epoch + 1
            drafts = [self._draft(Said(claimed), now), *self._inherited(now)]
            drafts = [replace(one, epoch=epoch) for one in drafts]
            try:
                self._fold(self._app.store.append(drafts, expect=self._expected()))
            except (ConflictError, FencedError):
                self.state = self._load()
                if self.state.ended is None:
                    continue  # else it was driven to its end meanwhile
            return

    def _expected(self) -> dict[str, int]:
        return {incident_stream(self._incident): self.state.seq}

    def _inherited(self, now: datetime) -> list[Draft]:
        plans = [step.plan for step in self.state.steps.values() if step.plan]
        resources = {one for plan in plans for one in plan.leases}
        return self._leases.inherited(self.state, sorted(resources), now)

    def _previous_is_gone(self) -> bool:
        if self.state.claim is None or self.state.released:
            return True
        return self._app.processes.provably_dead(self.state.claim.process)

    def _nothing_is_under_way(self) -> bool:
        """Return whether no earlier process can still be acting; one stopped at once may be."""
        if self.state.claim is None or (self.state.released and not self.state.acting):
            return True
        return self._app.processes.provably_dead(self.state.claim.process)

    def _refuse_if_driven(self, now: datetime) -> None:
        until = self.state.claim_until
        if until is None or until <= now or self._previous_is_gone():
            return
        assert self.state.claim is not None
        raise HeldError(
            f"run {self._run} is driven by {_who(self.state.claim.process)}"
            f" until {iso(until)[:19]}Z",
            hint=f"follow it: mlir timeline {self._incident} --follow",
        )

    def _renew(self) -> None:
        """Say that we are still here, when half of the claim's time is over."""
        now = self._app.clock.now()
        until = self.state.claim_until
        if until is not None and (until - now).total_seconds() > LEASE_S / 2:
            return
        renewed = RunRenewed(until=now + timedelta(seconds=LEASE_S))
        drafts = [self._draft(Said(renewed), now), *self._leases.renewals(self.state, now)]
        self._fold(self._app.store.append(drafts))

    def _meanwhile(self) -> None:
        self._renew()
        if self._interrupts.asked:
            raise _BrokenOffError

    def _meanwhile_acting(self) -> None:
        """While an action is under way nothing may stop us from recording what comes of it."""
        if self._interrupts.urgent:
            raise InterruptedRunError("stopped at once, while an action was under way")
        try:
            self._renew()
        except (FencedError, UnwritableError):
            return

    def _await(self, intent: Await) -> Driven | None:
        self._stopping = self.state.stop_asked
        said = answer_at_hand(self._app, self.state, intent, self._is_settled)
        if said is None:
            if self._interrupts.asked:
                return self._interrupted()
            if self._moved_on(intent):
                return None
            return self._park(f"an answer: {intent.question.text}", intent.until)
        try:
            self._fold(self._app.store.append([said]))
        except AlreadySettledError:
            self._catch_up()
        return None

    def _moved_on(self, intent: Await) -> bool:
        """Return whether there is something to decide, though nobody answered here."""
        self._catch_up()
        question = self.state.questions.get(intent.question.question)
        if question is not None and not question.pending:
            return True  # answered from elsewhere
        if self.state.stop_asked != self._stopping:
            return True
        return intent.until is not None and intent.until <= self._app.clock.now()

    def _is_settled(self, question: str) -> bool:
        """Keep the claim alive while a person thinks, and see whether somebody else answered."""
        self._renew()
        self._catch_up()
        self._remind()
        known = self.state.questions.get(question)
        if known is None or not known.pending or self._interrupts.asked:
            return True
        return self.state.stop_asked != self._stopping

    def _remind(self) -> None:
        """Record a reminder that is due, without taking the question away from who is asked."""
        intent = decide(self.state, self._app.vocabulary.verbs, self._app.clock.now())
        if isinstance(intent, Write) and isinstance(intent.said[0].body, QuestionReminded):
            self._write(intent.said)

    def _sleep(self, intent: Sleep) -> Driven | None:
        until, why = intent.until, intent.why
        longest = max(until, intent.horizon or until) - self._app.clock.now()
        if longest.total_seconds() > self._app.pace.park_after_s:
            return self._park(why, until)
        self._app.progress.waiting(f"{why} (until {iso(until)[11:19]}Z)")
        while (left := (until - self._app.clock.now()).total_seconds()) > 0:
            self._app.clock.sleep(min(left, self._app.pace.slice_s))
            self._renew()
            if self._interrupts.asked or self._somebody_spoke():
                return None
        return None

    def _somebody_spoke(self) -> bool:
        seq = self.state.seq
        self._catch_up()
        return self.state.seq != seq

    def _park(self, waiting_for: str, until: datetime | None) -> Driven:
        now = self._app.clock.now()
        parked = RunParked(waiting_for=waiting_for, until=until)
        drafts = [*self._let_go(now), self._draft(Said(parked), now)]
        self._fold(self._app.store.append(drafts))
        return Parked(self.state, waiting_for, until)

    def _interrupted(self) -> Driven:
        now = self._app.clock.now()
        what = RunInterrupted(signal=self._interrupts.name)
        drafts = [*self._let_go(now), self._draft(Said(what), now)]
        self._fold(self._app.store.append(drafts))
        return Interrupted(self.state)

    def _let_go(self, now: datetime) -> list[Draft]:
        """Release what is held, unless an action may be under way: then its time must run out."""
        return [] if self.state.acting else self._leases.releases(self.state, now)


def _who(process: Process) -> str:
    user = f" of {process.user}" if process.user else ""
    return f"process {process.pid} on {process.host}{user}"
