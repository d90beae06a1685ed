"""Endpoints and gateways of LLMs that speak OpenAI's chat completions: vLLM, LiteLLM and others.

Which deployment answers is told by a tiny request. Nothing in the protocol changes it: the route
map is the gateway's own configuration, so a switch goes through the router before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters import answer_format, reply_cache
from mlrespond.adapters.answer_format import Answer as AnswerFormat
from mlrespond.adapters.chat_model import ChatModel, Chatted
from mlrespond.adapters.chat_request import Deployment, Price, Request, cost
from mlrespond.adapters.http import Http
from mlrespond.adapters.http_error import Answer
from mlrespond.adapters.replicas import Replicas
from mlrespond.adapters.row_batches import GIVE_UP, meant
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    NotThereError,
    PortError,
    RejectedError,
    UnsupportedError,
)
from mlrespond.model.authored import Duration, TplText, VersionName, no_entries
from mlrespond.model.evaluate import fill
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, Record
from mlrespond.model.reading import Predicted, Served, Usage
from mlrespond.model.service import Serving as ServingPart
from mlrespond.ports.service import Serving


class Config(ServingPart):
    """Endpoints or gateways of LLMs; `model` is what requests ask for."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["openai"] = Field(description="OpenAI's chat completions, or what speaks them")
    prompt: TplText = Field(
        description="What a row is asked as; `{{ row.text }}` is its feature `text`"
    )
    system: str | None = Field(default=None, description="The system message")
    answer: AnswerFormat = Field(
        default_factory=AnswerFormat, description="What an answer should look like"
    )
    max_tokens: int = Field(default=256, description="How long an answer may be", gt=0)
    parameters: dict[str, Json] = Field(
        default_factory=no_entries,
        description="More of the request's body, such as `seed`; null leaves a default out",
    )
    versions: dict[VersionName, Deployment] = Field(
        default_factory=no_entries,
        description="Which deployment is which version; else a deployment's name is the version",
    )
    prices: dict[str, Price] = Field(
        default_factory=no_entries, description="What tokens cost, by deployment"
    )
    path: str = Field(
        default="/v1/chat/completions", description="The path below the address", pattern="^/"
    )
    timeout: Duration = Field(
        default="60s", description="How long an answer may take, with the pauses it asks for"
    )
    at_once: int = Field(default=4, description="How many calls may be under way", ge=1, le=8)
    cache: Duration | None = Field(
        default=None,
        description="How long answers to golden rows are remembered on this machine; default: "
        "not at all",
    )


def build(config: Config, site: Site) -> Serving:
    """Return the endpoints as the port."""
    fill(config.prompt, {"row": {}})
    return OpenAI(config, Replicas(config, site, at_once=config.at_once), site)


def through(config: Config, http: Http) -> Callable[[], str | None]:
    """Return what tells which version answers at the router's address."""
    model = ChatModel(http, config.path, parse_duration(config.timeout), None)
    request = Request(config)
    return lambda: request.version(model.ask(request.probe(config.model)).deployment)


class OpenAI:
    """Endpoints that each answer for one model name, whatever deployment stands behind it."""

    def __init__(self, config: Config, replicas: Replicas, site: Site) -> None:
        self._config = config
        self._replicas = replicas
        self._request = Request(config)
        self._cache = reply_cache.build(config.cache, site, config.auth)

    def served(self, replica: str) -> Served:
        """See Serving.served: the deployment that answers a tiny request now, a fallback's too."""
        model = self._model(replica)
        try:
            found = model.ask(self._request.probe(self._config.model))
        except AccessRefusedError:
            raise
        except PortError as failed:
            told = f"{failed.message} ({failed.hint})" if failed.hint else failed.message
            return Served(replica=replica, version=None, ready=False, error=told)
        version = self._request.version(found.deployment)
        return Served(replica=replica, version=version, ready=True, error=self._doubt(found))

    def load(self, replica: str, version: str) -> None:
        """See Serving.load: the version's own route is asked, and it must be that one that answers.

        UnsupportedError for a version without a route of its own.
        """
        model = self._model(replica)
        found = model.ask(self._request.probe(self._route(version)))
        answered = self._request.version(found.deployment)
        if answered != version:
            raise RejectedError(f"{replica}: {answered} answers on the route of {version}")

    def activate(self, replica: str, version: str) -> None:
        """See Serving.activate; always UnsupportedError."""
        self._replicas.http(replica)
        raise UnsupportedError(
            f"{replica} cannot be told to serve {version}: which deployment answers for "
            f"`{self._config.model}` is its own configuration",
            hint="`switch` to a fallback's route (`serving.routes_through`), or change the "
            "gateway's configuration and restart it",
        )

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        """See Serving.predict: one chat completion a row, at temperature 0.

        A row that is refused, or whose answer is not in the format, is null; ten refused in a row
        are an error.
        """
        model = self._model(replica)
        route = self._config.model if version is None else self._route(version)
        if not rows:
            return Predicted(version=None, outputs=())
        deployment = self._deployment(model, route)
        bodies = [self._request.row(route, row) for row in rows]
        found = list(self._asked(model, bodies, deployment))
        answered = {self._request.version(one.deployment) for one in found if one is not None}
        if version is not None and answered - {version}:
            others = ", ".join(sorted(str(one) for one in answered - {version}))
            raise BadReplyError(f"{replica}: {others} answered where {version} was asked for")
        outputs = tuple(self._output(one) for one in found)
        return Predicted(
            version=answered.pop() if len(answered) == 1 else None,
            outputs=outputs,
            failed=sum(one is None for one in outputs),
            usage=reduce(Usage.plus, map(self._usage, found)),
        )

    def _model(self, replica: str) -> ChatModel:
        http = self._replicas.http(replica)
        timeout_s = parse_duration(self._config.timeout)
        return ChatModel(http, self._config.path, timeout_s, self._cache)

    def _route(self, version: str) -> str:
        known = self._config.versions.get(version)
        if known is None and version not in self._config.versions:
            raise NotThereError(
                f"no deployment is known as version `{version}`", hint="add it to `versions`"
            )
        if known is None or known.route is None:
            raise UnsupportedError(
                f"version {version} has no route of its own to be asked on before it serves",
                hint=f"set `versions: {{{version}: {{route: …}}}}`",
            )
        return known.route

    def _deployment(self, model: ChatModel, route: str) -> str | None:
        """Return which deployment answers now: only its remembered answers count."""
        if self._cache is None:
            return None
        return model.ask(self._request.probe(route)).deployment

    def _asked(
        self, model: ChatModel, bodies: Sequence[Record], deployment: str | None
    ) -> Iterator[Chatted | None]:
        failures, at_once = 0, self._config.at_once
        with ThreadPoolExecutor(at_once) as pool:
            for start in range(0, len(bodies), at_once):
                part = bodies[start : start + at_once]
                for found in pool.map(lambda body: model.row(body, deployment), part):
                    failures = failures + 1 if isinstance(found, Answer) else 0
                    if isinstance(found, Answer) and failures == GIVE_UP:
                        raise meant(found, f"{failures} rows in a row at {model.address}")
                    yield None if isinstance(found, Answer) else found

    def _output(self, found: Chatted | None) -> Json:
        return None if found is None else answer_format.read(self._config.answer, found.content)

    def _usage(self, found: Chatted | None) -> Usage:
        if found is None:
            return Usage()
        if found.remembered:
            return Usage(remembered=1, malformed=int(self._output(found) is None))
        return Usage(
            tokens_in=found.tokens_in,
            tokens_out=found.tokens_out,
            cost=cost(self._config.prices, found),
            fallbacks=int(found.fallbacks > 0),
            malformed=int(self._output(found) is None),
        )

    def _doubt(self, found: Chatted) -> str | None:
        if found.deployment is None:
            return "the answer names no model"
        if found.fallbacks:
            tried = f"{found.fallbacks} fallback{'s' if found.fallbacks > 1 else ''}"
            return f"{found.deployment} answers for `{self._config.model}` after {tried}"
        return None
