"""Rows asked in batches; when one is refused its rows are asked alone: a few bad ones are null."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from mlrespond.adapters.http_error import Answer, refusal
from mlrespond.errors import BadReplyError, PortError
from mlrespond.model.json import Json
from mlrespond.model.reading import Predicted

Rows: TypeAlias = Sequence[Mapping[str, Json]]
Ask: TypeAlias = Callable[[Rows], Predicted | Answer]
"""Returns the outputs, or the answer when the rows themselves may be at fault."""

BATCH = 100
GIVE_UP = 10
ROW_FAULTS = frozenset({400, 422, 500})

_FAILED = Predicted(version=None, outputs=(None,), failed=1)


def batches(rows: Rows) -> Iterator[Rows]:
    """Yield the rows in order, in parts that one request can hold."""
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def predicted(parts: Iterable[Rows], ask: Ask, where: str) -> Predicted:
    """Return the outputs of all parts; ten rows in a row that fail alone are an error."""
    found = [one for part in parts for one in _asked(part, ask, where)]
    versions = {one.version for one in found if one.version is not None}
    return Predicted(
        version=versions.pop() if len(versions) == 1 else None,
        outputs=tuple(output for one in found for output in one.outputs),
        failed=sum(one.failed for one in found),
    )


def meant(answer: Answer, what: str) -> PortError:
    """Return the error that an answer is, when it is not a row's fault."""
    return refusal(answer, what) or BadReplyError(what)


def _asked(rows: Rows, ask: Ask, where: str) -> Iterator[Predicted]:
    found = ask(rows)
    if isinstance(found, Predicted):
        yield found
    elif len(rows) == 1:
        yield _FAILED
    else:
        yield from _one_by_one(rows, ask, where)


def _one_by_one(rows: Rows, ask: Ask, where: str) -> Iterator[Predicted]:
    failures = 0
    for row in rows:
        found = ask([row])
        failures = failures + 1 if isinstance(found, Answer) else 0
        if failures == GIVE_UP and isinstance(found, Answer):
            raise meant(found, f"{failures} rows in a row at {where}")
        yield _FAILED if isinstance(found, Answer) else found
