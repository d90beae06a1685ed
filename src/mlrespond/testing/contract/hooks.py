"""What every team's hooks must do. Subclass, and define `hooks`, `hookless` and `restarted`.

`hooks` restart the replicas `eu-1` and `us-1`, and fail for `bad-1`; `restarted()` lists the
replicas that were restarted; `hookless` are of a service that has no restart hook.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlrespond.errors import NotThereError, PortError, UnsupportedError
from mlrespond.ports.service import Hooks


class HooksContract:
    """A restart hits the replica that is named, and a failed one is no definite no."""

    def test_a_restart_hits_the_replica_that_is_named(
        self, hooks: Hooks, restarted: Callable[[], list[str]]
    ) -> None:
        hooks.restart("us-1")

        assert restarted() == ["us-1"]

    def test_a_restart_that_fails_may_have_done_something(self, hooks: Hooks) -> None:
        with pytest.raises(PortError) as raised:
            hooks.restart("bad-1")

        assert not raised.value.definite

    def test_a_replica_that_nobody_named_is_not_restarted(
        self, hooks: Hooks, restarted: Callable[[], list[str]]
    ) -> None:
        with pytest.raises(NotThereError):
            hooks.restart("eu-9")

        assert restarted() == []

    def test_without_a_hook_nothing_can_be_restarted(self, hookless: Hooks) -> None:
        with pytest.raises(UnsupportedError) as raised:
            hookless.restart("eu-1")

        assert raised.value.hint

    def test_the_start_of_a_process_is_a_time_or_unknown(self, hooks: Hooks) -> None:
        started = hooks.started_at("eu-1")

        assert started is None or started.tzinfo is not None
