"""The places at an address: never more calls than allowed, and none waits beyond its deadline."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.adapters.loopback import Loopback, Page, Seen

from mlrespond.adapters.gate import under_way
from mlrespond.adapters.http import Http
from mlrespond.adapters.network import Call
from mlrespond.adapters.system import SystemClock
from mlrespond.errors import UnreachableError


def call(seconds: float) -> Call:
    return Call(time.monotonic() + seconds)


def test_a_place_that_stays_taken_leaves_nothing_sent() -> None:
    with under_way("http://a:1", 1, call(5)):
        busy = pytest.raises(UnreachableError, match="http://a:1 was busy with 1 calls")
        with busy, under_way("http://a:1", 1, call(0.02)):
            pytest.fail("there was no place")
        with under_way("http://a:2", 1, call(0.02)):
            pass


def test_a_place_is_given_back_whatever_happened() -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"), under_way("http://b:1", 1, call(0.02)):
            raise ValueError("inside")


def test_clients_of_one_address_share_its_places(server: Loopback) -> None:
    inside, most, lock, both = 0, 0, threading.Lock(), threading.Barrier(2)

    def answer(_: Seen) -> Page:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        both.wait(30)  # the calls do come in twos
        with lock:
            inside -= 1
        return Page(b"{}")

    server.answers(answer)
    clients = [Http(server.url, clock=SystemClock(), at_once=2) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda one: one.request("GET", "/x"), clients))

    assert len(found) == 6
    assert most == 2
