"""The ports of a service, built from its definition by the adapter tables."""

from __future__ import annotations

from functools import partial
from typing import Any

from mlrespond.adapters import drain_hooks, hooks, router
from mlrespond.adapters.case_book import CaseBook
from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.directory import Directory
from mlrespond.adapters.missing import Missing
from mlrespond.adapters.open_loop import OpenLoop
from mlrespond.adapters.profile_store import ProfileStore
from mlrespond.adapters.references import ReferringCommands, ReferringWeb
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.adapters.table import build, config_class
from mlrespond.adapters.web import HttpCalls
from mlrespond.bootstrap.place import Place
from mlrespond.model.json import Record, dump, record
from mlrespond.model.service import Component, Project, Service, Serving
from mlrespond.ports.service import (
    Chat,
    Metrics,
    Monitor,
    Pager,
    Pipeline,
    Predictions,
    Registry,
    Routing,
    ServicePorts,
)
from mlrespond.ports.service import Serving as ServingPort


class PortsBuilder:
    """Builds the ports of services, once a definition."""

    def __init__(self, where: Place, secrets: EnvSecrets, project: Project) -> None:
        self._where = where
        self._secrets = secrets
        self._project = project
        self._built: dict[tuple[str, str], ServicePorts] = {}

    def of(self, service: str, definition: Record) -> ServicePorts:
        """Return the ports that a definition names."""
        key = (service, dump(definition))
        if key not in self._built:
            self._built[key] = self._build(service, definition)
        return self._built[key]

    def _build(self, service: str, definition: Record) -> ServicePorts:
        known = Service.model_validate(definition)
        site = self._site(service)
        commands = SystemCommands(self._where.folder)
        serving = record(definition.get("serving"))
        config = config_class("serving", known.serving.kind).model_validate(dict(serving))
        assert isinstance(config, Serving)
        part = _Parts(definition, site)
        directory = self._directory(site)
        served: ServingPort = build("serving", serving, site)
        return ServicePorts(
            registry=part.registry(),
            serving=served,
            routing=_routing(config, site, commands),
            hooks=hooks.build(config, site, commands),
            metrics=part.metrics(),
            monitor=part.monitor(),
            predictions=part.predictions(),
            profiles=ProfileStore(site),
            cases=CaseBook(known.golden, known.predictions, site),
            probe=OpenLoop(served),
            pipeline=part.pipeline(),
            pager=directory,
            chat=directory,
            commands=ReferringCommands(commands, self._secrets),
            web=ReferringWeb(HttpCalls(site.clock), self._secrets),
        )

    def _directory(self, site: Site) -> Directory:
        """Return whom to reach how; a team without a way of its own has its first member's."""
        ways = {name: one.page for name, one in self._project.people.items() if one.page}
        for name, team in self._project.teams.items():
            first = next((ways[one] for one in team.members if one in ways), None)
            way = team.page or first
            if way:
                ways[name] = way
        pagers = {name: partial(_pager, way, site) for name, way in ways.items()}
        chats = {name: partial(_chat, way, site) for name, way in self._project.chats.items()}
        return Directory(pagers, chats)

    def _site(self, service: str) -> Site:
        return Site(
            folder=self._where.folder,
            secrets=self._secrets,
            clock=SystemClock(),
            state=self._where.state,
            service=service,
        )


class _Parts:
    """The parts that a definition may lack."""

    def __init__(self, definition: Record, site: Site) -> None:
        self._definition = definition
        self._site = site

    def registry(self) -> Registry:
        written = self._written("registry")
        return build("registry", written, self._site) if written else self._lacks("registry")

    def metrics(self) -> Metrics:
        written = self._written("metrics")
        return build("metrics", written, self._site) if written else self._lacks("metrics")

    def monitor(self) -> Monitor:
        written = self._written("monitor")
        return build("monitor", written, self._site) if written else self._lacks("monitor")

    def predictions(self) -> Predictions:
        written = self._written("predictions")
        return build("predictions", written, self._site) if written else self._lacks("predictions")

    def pipeline(self) -> Pipeline:
        written = self._written("retrain")
        return build("pipeline", written, self._site) if written else self._lacks("retrain")

    def _written(self, key: str) -> Record:
        return record(self._definition.get(key))

    def _lacks(self, part: str) -> Any:  # noqa: ANN401  # stands for any port
        return Missing(self._site.service, part)


def _routing(config: Serving, site: Site, commands: SystemCommands) -> Routing:
    """Return what stands before the replicas: the team's hooks, or a router."""
    return drain_hooks.build(config, commands) if config.hooks.drain else router.build(config, site)


def _pager(way: Component, site: Site) -> Pager:
    return build("pager", way.model_dump(mode="json", by_alias=True, exclude_none=True), site)


def _chat(way: Component, site: Site) -> Chat:
    return build("chat", way.model_dump(mode="json", by_alias=True, exclude_none=True), site)
