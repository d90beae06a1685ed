"""The versions that a serving process has loaded, and which of them is the default."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from mlrespond.errors import InvalidInputError, NotThereError, UnreachableError
from mlrespond.lab.model import Scored
from mlrespond.lab.world import Row


class Scorer(Protocol):
    """Anything that answers for a row."""

    @property
    def delay_ms(self) -> float:
        """Return how long it takes on top of its arithmetic."""
        ...

    def score(self, row: Row) -> Scored:
        """Return the score and the decision for one row."""
        ...


class Shelf:
    """Loaded versions; `fetch` brings a version that is not loaded yet."""

    def __init__(
        self,
        fetch: Callable[[str], Scorer],
        changed: Callable[[tuple[str, ...], str | None], None],
    ) -> None:
        self._fetch = fetch
        self._changed = changed
        self._loaded: Mapping[str, Scorer] = {}
        self._default: str | None = None
        self._lock = threading.Lock()

    @property
    def loaded(self) -> tuple[str, ...]:
        """Return the names of the loaded versions."""
        return tuple(self._loaded)

    @property
    def default(self) -> str | None:
        """Return the version that unversioned requests get."""
        return self._default

    def load(self, version: str, *, default: bool) -> None:
        """Load a version, and make it the default if asked to; nothing changes if that fails.

        Raises NotThereError for an unknown version, InvalidInputError if it cannot be loaded.
        """
        with self._lock:
            if version not in self._loaded:
                self._loaded = {**self._loaded, version: self._fetched(version)}
            if default:
                self._default = version
            self._changed(self.loaded, self._default)

    def pick(self, version: str | None) -> tuple[str, Scorer]:
        """Return the version that answers: the one asked for, or the default."""
        chosen = version or self._default
        if chosen is None:
            raise UnreachableError("no version is served")
        if chosen not in self._loaded:
            raise NotThereError(f"version `{chosen}` is not loaded")
        return chosen, self._loaded[chosen]

    def _fetched(self, version: str) -> Scorer:
        try:
            return self._fetch(version)
        except UnreachableError as cause:
            raise InvalidInputError(f"`{version}` cannot be loaded: {cause}") from cause
