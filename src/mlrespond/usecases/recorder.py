"""The one wrapper round the ports: everything a verb sees is written down, so it can be replayed.

A transcript holds the time, how much of the ledger and the incident was known, the open incidents
of what the service depends on, and each call's reply under port, method and the digest of its
arguments. Curves that a verb made of what it read stand beside the calls, for pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from datetime import datetime
from threading import Lock
from typing import Any, cast, get_type_hints

from mlrespond import errors
from mlrespond.errors import AccessRefusedError, Error, PortError
from mlrespond.model.codec import decode_as, encode
from mlrespond.model.curve import Curve
from mlrespond.model.event import Evidence
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, dump, items, record, text
from mlrespond.ports import service as ports_module
from mlrespond.ports.service import ServicePorts

scope: ContextVar[str] = ContextVar("scope", default="")
"""Which of several readings at the same time makes a call."""

MEDIA = "application/vnd.mlrespond.transcript+json"
_PROTOCOLS: dict[str, type] = {
    one.name: getattr(ports_module, str(one.type)) for one in fields(ServicePorts)
}


@dataclass(slots=True)
class Transcript:
    """What one attempt saw."""

    now: datetime
    ledger_seq: int
    incident_seq: int
    dependencies: Mapping[str, str] = field(default_factory=dict)
    calls: list[Record] = field(default_factory=list)
    curves: list[tuple[str, Curve]] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def add(self, entry: Record) -> None:
        """Write a call down, unless it is of a reading that nobody waits for any more."""
        with self.lock:
            if entry.get("scope") not in self.late:
                self.calls.append(entry)

    def keep(self, curve: Curve) -> None:
        """Write a curve down, once, unless it is of a reading that nobody waits for any more."""
        name = scope.get()
        with self.lock:
            if name not in self.late:
                self.curves.append((name, curve))

    def drop(self, name: str) -> None:
        """Take out what a late reading called and made, and write nothing more of it down."""
        with self.lock:
            self.late.add(name)
            self.calls = [one for one in self.calls if one.get("scope") != name]
            self.curves = [one for one in self.curves if one[0] != name]

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return what each system said that did not let us in, once each."""
        errors = (record(one.get("error")) for one in self.calls)
        said = (one.get("message") for one in errors if one.get("code") == AccessRefusedError.code)
        return tuple(dict.fromkeys(str(one) for one in said))

    def evidence(self) -> Evidence:
        """Return the transcript as evidence of the event that tells what came of the attempt."""
        content: Json = {
            "now": iso(self.now),
            "ledger_seq": self.ledger_seq,
            "incident_seq": self.incident_seq,
            "dependencies": dict(self.dependencies),
            "calls": self.calls,
            **({"curves": [encode(one) for one in self._curves()]} if self.curves else {}),
        }
        return Evidence(MEDIA, "reading", dump(content).encode())

    def _curves(self) -> Sequence[Curve]:
        """Return the curves, each once, in an order that does not depend on who was first."""
        known = dict.fromkeys(one for _, one in self.curves)
        return sorted(known, key=lambda one: (one.name, one.side, one.since, one.until, one.step_s))


def recorded(ports: ServicePorts, transcript: Transcript) -> ServicePorts:
    """Return the ports, each call of which is written into the transcript."""
    wrapped = {
        one.name: _Recorded(one.name, getattr(ports, one.name), transcript)
        for one in fields(ServicePorts)
    }
    return ServicePorts(**cast("dict[str, Any]", wrapped))


class _Recorded:
    """A port that writes down what it answers."""

    def __init__(self, name: str, port: object, transcript: Transcript) -> None:
        self._name = name
        self._port = port
        self._transcript = transcript

    def __getattr__(self, method: str) -> Callable[..., object]:
        call = getattr(self._port, method)

        def recording(*args: object) -> object:
            entry = _entry(self._name, method, args)
            try:
                reply = call(*args)
            except Error as error:
                self._transcript.add({**entry, "error": _error(error)})
                raise
            self._transcript.add({**entry, "reply": encode(reply)})
            return reply

        return recording


def replayed(calls: Sequence[Json]) -> ServicePorts:
    """Return ports that answer as a transcript says, and refuse any other call."""
    known = [record(one) for one in calls]
    wrapped = {one.name: _Replayed(one.name, known) for one in fields(ServicePorts)}
    return ServicePorts(**cast("dict[str, Any]", wrapped))


class UnrecordedCallError(Error):
    """A replay made a call that the recorded run did not make."""

    code = "unrecorded-call"


class _Replayed:
    """A port that answers from a transcript; the same call twice answers in the recorded order."""

    def __init__(self, name: str, calls: Sequence[Record]) -> None:
        self._name = name
        self._left = list(calls)

    def __getattr__(self, method: str) -> Callable[..., object]:
        annotation = get_type_hints(getattr(_PROTOCOLS[self._name], method))["return"]

        def replaying(*args: object) -> object:
            wanted = {"scope": None, **_entry(self._name, method, args)}
            for at, call in enumerate(self._left):
                if all(call.get(key) == value for key, value in wanted.items()):
                    self._left.pop(at)
                    return _answer(call, annotation)
            raise UnrecordedCallError(f"{self._name}.{method} was not called like this")

        return replaying


def _entry(name: str, method: str, args: tuple[object, ...]) -> Record:
    given = dump([encode(one) for one in args])
    return {
        "port": name,
        "method": method,
        "args": hashlib.sha256(given.encode("utf-8", "replace")).hexdigest(),
        **({"scope": name_} if (name_ := scope.get()) else {}),
    }


def _error(error: Error) -> Record:
    return {"code": error.code, "message": error.message, "hint": error.hint}


def _answer(call: Record, annotation: object) -> object:
    told = record(call.get("error"))
    if told:
        raise _error_class(text(told.get("code")) or "")(
            text(told.get("message")) or "", hint=text(told.get("hint")) or ""
        )
    return decode_as(annotation, call.get("reply"))


def _error_class(code: str) -> type[Error]:
    classes = [one for one in vars(errors).values() if isinstance(one, type)]
    named = {one.code: one for one in classes if issubclass(one, Error)}
    return named.get(code, PortError)


def calls_of(content: Record) -> Sequence[Json]:
    """Return the calls of a transcript that was read back."""
    return items(content.get("calls"))
