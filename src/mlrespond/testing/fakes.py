"""The ports of a service on a World: fakes that keep the laws of the real adapters.

They pass the same contract suites. `broken` names a port (or a replica) that does not answer.
"""

from __future__ import annotations

from mlrespond.ports.clock import Clock
from mlrespond.ports.service import ServicePorts
from mlrespond.testing.fake_fleet import FakeHooks, FakeRegistry, FakeRouting, FakeServing
from mlrespond.testing.fake_outside import FakeCommands, FakePager, FakePipeline, FakeWeb
from mlrespond.testing.fake_signals import (
    FakeCases,
    FakeMetrics,
    FakeMonitor,
    FakePredictions,
    FakeProbe,
    FakeProfiles,
    Signals,
)
from mlrespond.testing.world import WorldHolder


def fake_ports(holder: WorldHolder, signals: Signals, clock: Clock) -> ServicePorts:
    """Return all ports of a service, on one world."""
    serving = FakeServing(holder, signals)
    pager = FakePager(holder, clock)
    return ServicePorts(
        registry=FakeRegistry(holder),
        serving=serving,
        routing=FakeRouting(holder),
        hooks=FakeHooks(holder),
        metrics=FakeMetrics(holder, signals),
        monitor=FakeMonitor(holder, clock),
        predictions=FakePredictions(holder, signals),
        profiles=FakeProfiles(holder),
        cases=FakeCases(holder, signals),
        probe=FakeProbe(serving),
        pipeline=FakePipeline(holder),
        pager=pager,
        chat=pager,
        commands=FakeCommands(holder),
        web=FakeWeb(holder),
    )
