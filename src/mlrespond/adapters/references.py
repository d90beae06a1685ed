"""Secrets in a step's variables and headers: references are followed just before they are used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlrespond.model.json import Json
from mlrespond.model.reading import Finished, Reply
from mlrespond.ports.person import Secrets
from mlrespond.ports.service import Commands, Web

_SCHEMES = ("env:", "file:")


class ReferringCommands:
    """Commands whose variables may be secrets."""

    def __init__(self, inner: Commands, secrets: Secrets) -> None:
        self._inner = inner
        self._secrets = secrets

    def run(self, args: Sequence[str], env: Mapping[str, str], timeout_s: float) -> Finished:
        """See Commands.run."""
        return self._inner.run(args, followed(env, self._secrets), timeout_s)


class ReferringWeb:
    """Calls whose headers may be secrets; they go to the call's own host only."""

    def __init__(self, inner: Web, secrets: Secrets) -> None:
        self._inner = inner
        self._secrets = secrets

    def call(
        self, method: str, url: str, body: Json, headers: Mapping[str, str], timeout_s: float
    ) -> Reply:
        """See Web.call."""
        return self._inner.call(method, url, body, followed(headers, self._secrets), timeout_s)


def followed(values: Mapping[str, str], secrets: Secrets) -> dict[str, str]:
    """Return the values, each secret in place of its reference."""
    return {
        name: secrets.get(value) if value.startswith(_SCHEMES) else value
        for name, value in values.items()
    }
