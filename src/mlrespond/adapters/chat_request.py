"""What is asked of a chat model, and what its answers are called and cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pydantic import Field

from mlrespond.adapters.chat_model import Chatted
from mlrespond.model.authored import Authored
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.json import Json, Record

_PROBE = "ping"
_LENGTHS = ("max_tokens", "max_completion_tokens")
_MILLION = 1_000_000


class Deployment(Authored):
    """What a version is behind the endpoint."""

    answers_as: str = Field(description="What answers call it: x-litellm-model-id, or `model`")
    route: str | None = Field(
        default=None, description="The `model` that asks for it alone, before it serves"
    )


class Price(Authored):
    """What a million tokens cost, in your currency."""

    input: float = Field(description="Of the prompt", ge=0)
    output: float = Field(description="Of the answer", ge=0)


class Asking(Protocol):
    """What of a configuration makes a request."""

    @property
    def prompt(self) -> str: ...
    @property
    def system(self) -> str | None: ...
    @property
    def max_tokens(self) -> int: ...
    @property
    def parameters(self) -> Mapping[str, Json]: ...
    @property
    def versions(self) -> Mapping[str, Deployment]: ...


class Request:
    """Makes bodies of requests."""

    def __init__(self, config: Asking) -> None:
        self._config = config
        self._names = {one.answers_as: version for version, one in config.versions.items()}

    def row(self, model: str, row: Mapping[str, Json]) -> Record:
        """Return the body that asks for the answer to a row."""
        prompt = shown(fill(self._config.prompt, {"row": row}))
        said: list[Json] = [{"role": "user", "content": prompt}]
        if self._config.system is not None:
            said.insert(0, {"role": "system", "content": self._config.system})
        return {**self._defaults(), "model": model, "messages": said}

    def probe(self, model: str) -> Record:
        """Return the body of a request that costs next to nothing: who answers is all it asks."""
        body = {
            key: 1 if key in _LENGTHS else value
            for key, value in self._defaults().items()
            if key != "response_format"
        }
        return {**body, "model": model, "messages": [{"role": "user", "content": _PROBE}]}

    def version(self, deployment: str | None) -> str | None:
        """Return what a deployment is called here."""
        return None if deployment is None else self._names.get(deployment, deployment)

    def _defaults(self) -> Record:
        given = {"temperature": 0, "max_tokens": self._config.max_tokens, **self._config.parameters}
        return {key: value for key, value in given.items() if value is not None}


def cost(prices: Mapping[str, Price], found: Chatted) -> float | None:
    """Return what an answer cost; None where its deployment has no price."""
    price = prices.get(found.deployment or "")
    if price is None:
        return None
    return (found.tokens_in * price.input + found.tokens_out * price.output) / _MILLION
