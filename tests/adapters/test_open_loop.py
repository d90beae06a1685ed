"""Requests are sent on time, whatever becomes of them; none is left out of the count."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

import pytest

from mlrespond.adapters.open_loop import OpenLoop
from mlrespond.errors import AccessRefusedError, UnreachableError
from mlrespond.model.json import Json
from mlrespond.model.reading import Predicted, Served, Usage
from mlrespond.testing.clock import FixedClock

ROWS = [{"case": at} for at in range(20)]


class Slow:
    """Serving whose answers are made by a function; it counts how many are under way."""

    def __init__(self, answer: Callable[[int], Json]) -> None:
        self._answer = answer
        self.began: dict[int, float] = {}
        self.most = 0
        self._inside = 0
        self._lock = threading.Lock()

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        assert replica == "a"
        (row,) = rows
        at = row["case"]
        assert isinstance(at, int)
        with self._lock:
            self.began[at] = time.monotonic()
            self._inside += 1
            self.most = max(self.most, self._inside)
        try:
            output = self._answer(at)
        finally:
            with self._lock:
                self._inside -= 1
        return Predicted(version=version or "2", outputs=(output,), usage=Usage(tokens_in=1))

    def served(self, replica: str) -> Served:
        raise NotImplementedError

    def load(self, replica: str, version: str) -> None:
        raise NotImplementedError

    def activate(self, replica: str, version: str) -> None:
        raise NotImplementedError


def test_answers_come_in_the_order_of_the_rows_with_their_version_and_usage() -> None:
    sent = OpenLoop(Slow(lambda at: at)).send("a", ROWS, "3", 1000.0, 30.0)

    assert [one.output for one in sent.answers] == list(range(20))
    assert sent.version == "3"
    assert sent.usage == Usage(tokens_in=20)


def test_a_stall_counts_for_every_request_that_was_due_while_it_lasted() -> None:
    clock = FixedClock()

    def answer(at: int) -> Json:
        if at == 0:
            clock.advance(0.125)
        return at

    loop = OpenLoop(Slow(answer), 1, lambda: clock.now().timestamp(), clock.sleep)
    sent = loop.send("a", ROWS, None, 100.0, 30.0)

    # the second was due 10 ms after the first, and waited for it: closed loops hide just that
    late = [max(0.0, 0.125 - 0.01 * at) for at in range(20)]
    assert [one.latency_s for one in sent.answers] == pytest.approx(late, abs=1e-5)


def test_a_request_is_never_sent_before_it_is_due() -> None:
    serving = Slow(lambda at: at)

    began = time.monotonic()
    OpenLoop(serving).send("a", ROWS, None, 100.0, 30.0)

    assert all(serving.began[at] - began >= 0.01 * at for at in range(20))


def test_no_more_are_under_way_than_may_be() -> None:
    together = threading.Barrier(3)

    def answer(at: int) -> Json:
        if at < 18:
            together.wait(30.0)
        return at

    serving = Slow(answer)

    OpenLoop(serving, at_once=3).send("a", ROWS, None, 10_000.0, 60.0)

    assert serving.most == 3


def test_one_that_fails_is_null_and_the_others_count() -> None:
    def answer(at: int) -> Json:
        if at % 2:
            raise UnreachableError("it is gone")
        return at

    sent = OpenLoop(Slow(answer)).send("a", ROWS, None, 1000.0, 30.0)

    assert [one.output is None for one in sent.answers] == [bool(at % 2) for at in range(20)]
    assert {one.error for one in sent.answers} == {None, "it is gone"}


def test_where_none_is_answered_the_reason_is_raised() -> None:
    def answer(at: int) -> Json:
        raise UnreachableError(f"{at} is gone")

    with pytest.raises(UnreachableError, match="is gone"):
        OpenLoop(Slow(answer)).send("a", ROWS, None, 1000.0, 30.0)


def test_credentials_that_are_refused_end_it_at_once() -> None:
    serving = Slow(lambda _: None)

    def refuse(at: int) -> Json:
        raise AccessRefusedError(f"no {at}")

    serving._answer = refuse
    with pytest.raises(AccessRefusedError):
        OpenLoop(serving, at_once=1).send("a", ROWS, None, 1000.0, 30.0)
    assert len(serving.began) == 1


def test_what_is_not_answered_in_time_has_failed_and_took_until_then() -> None:
    forever = threading.Event()

    def answer(at: int) -> Json:
        if at >= 10:
            forever.wait(60.0)
        return at

    sent = OpenLoop(Slow(answer)).send("a", ROWS, None, 1000.0, 1.0)
    forever.set()

    late = sent.answers[10:]
    assert {one.error for one in late} == {"no answer in time"}
    assert all(one.latency_s > 0.9 for one in late)


def test_nothing_to_send_is_nothing_sent() -> None:
    assert OpenLoop(Slow(lambda at: at)).send("a", [], None, 10.0, 1.0).answers == ()
