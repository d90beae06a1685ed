"""What every view on processes must do. Subclass, and define `processes` and `dead`.

`dead` is a process of this machine and boot that has ended.
"""

from __future__ import annotations

from dataclasses import replace

from mlrespond.model.lease_kind import Process
from mlrespond.ports.process import Processes


class ProcessesContract:
    """Whoever cannot be proven dead lives."""

    def test_this_process_lives(self, processes: Processes) -> None:
        this = processes.this()

        assert this == processes.this()
        assert not processes.provably_dead(this)

    def test_a_process_that_ended_is_dead(self, processes: Processes, dead: Process) -> None:
        assert processes.provably_dead(dead)

    def test_its_number_given_to_another_is_dead(self, processes: Processes) -> None:
        former = replace(processes.this(), started="another time")

        assert processes.provably_dead(former)

    def test_nothing_is_known_of_another_machine(self, processes: Processes, dead: Process) -> None:
        assert not processes.provably_dead(replace(dead, host="elsewhere"))

    def test_nothing_is_known_of_another_boot(self, processes: Processes, dead: Process) -> None:
        assert not processes.provably_dead(replace(dead, boot="before"))
