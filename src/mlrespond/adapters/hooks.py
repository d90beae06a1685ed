"""What a team's own commands do to a replica, and when its process started."""

from __future__ import annotations

from datetime import UTC, datetime

from mlrespond.adapters.exposition_text import value_of
from mlrespond.adapters.hook import check_hook, run_hook
from mlrespond.adapters.replicas import Replicas
from mlrespond.adapters.site import Site
from mlrespond.errors import NotThereError, UnsupportedError
from mlrespond.model.service import Serving
from mlrespond.ports.service import Commands, Hooks

_STARTED = "process_start_time_seconds"


def build(config: Serving, site: Site, commands: Commands) -> Hooks:
    """Return the hooks of a service; a template that cannot be filled is an error here."""
    check_hook(config.hooks.restart)
    return TeamHooks(config, Replicas(config, site), commands)


class TeamHooks:
    """Commands as argument lists; `{{ replica }}` is the replica's name."""

    def __init__(self, config: Serving, replicas: Replicas, commands: Commands) -> None:
        self._restart = config.hooks.restart
        self._replicas = replicas
        self._commands = commands

    def restart(self, replica: str) -> None:
        """See Hooks.restart."""
        self._replicas.http(replica)
        if not self._restart:
            raise UnsupportedError(
                f"nobody said how `{replica}` is restarted",
                hint="set `serving.hooks.restart` to a command",
            )
        run_hook(self._commands, self._restart, replica)

    def started_at(self, replica: str) -> datetime | None:
        """See Hooks.started_at."""
        try:
            page = self._replicas.http(replica).text("/metrics")
        except NotThereError:
            return None
        seconds = value_of(page, _STARTED)
        try:
            return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return None
