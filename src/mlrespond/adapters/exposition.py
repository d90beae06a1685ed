"""Metrics read from `/metrics` pages themselves, with a memory of earlier scrapes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote

from pydantic import ConfigDict, Field

from mlrespond.adapters import promql
from mlrespond.adapters.exposition_text import samples_only
from mlrespond.adapters.http import Http
from mlrespond.adapters.promql_series import joined, times
from mlrespond.adapters.promql_value import LATE_S, evaluate, reach_s
from mlrespond.adapters.scrape_log import Scrape, ScrapeLog
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, BadReplyError, PortError, UnreachableError
from mlrespond.model.authored import Authored, Duration, Handle
from mlrespond.model.instant import parse_duration
from mlrespond.model.reading import Sample, Series, Window
from mlrespond.model.service import Auth, Component
from mlrespond.ports.clock import Clock
from mlrespond.ports.service import Metrics

_AT_ONCE = 8
_LATE = timedelta(seconds=LATE_S)


class Target(Authored):
    """A page in Prometheus' text format."""

    name: Handle = Field(description="The label `replica` of all its samples")
    url: str = Field(description="The address of the page")
    auth: Auth | None = Field(default=None, description="How to log in")


class Config(Component):
    """Pages in Prometheus' text format, where no Prometheus is."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["exposition"] = Field(description="Pages in Prometheus' text format")
    targets: list[Target] = Field(description="The pages, one a replica", min_length=1)
    keep: Duration = Field(default="6h", description="How long scrapes are remembered")
    timeout: Duration = Field(default="5s", description="How long an answer may take")


def build(config: Config, site: Site) -> Metrics:
    """Return the metrics of a service."""
    return Exposition.of(config, site)


class Exposition:
    """A metrics store of pages: each question scrapes them, and looks at earlier scrapes."""

    def __init__(self, targets: dict[str, Http], log: ScrapeLog, clock: Clock) -> None:
        self._targets = targets
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._looked: datetime | None = None

    @classmethod
    def of(cls, config: Config, site: Site) -> Exposition:
        """Return the store that a configuration names; its memory lies in the site's state."""
        targets = {
            one.name: Http(
                one.url,
                clock=site.clock,
                auth=one.auth,
                secrets=site.secrets,
                deadline_s=parse_duration(config.timeout),
            )
            for one in config.targets
        }
        path = site.state / "metrics" / f"{quote(site.service, safe='')}.jsonl"
        return cls(targets, ScrapeLog(path, parse_duration(config.keep)), site.clock)

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        """See Metrics.instant; a time that is past is answered from memory alone.

        Questions that name the same time share one scrape, so that their counts agree.
        """
        asked = promql.parse(query)
        if self._clock.now() - at <= _LATE:
            self._look(at)
        since = at - timedelta(seconds=reach_s(asked))
        return evaluate(asked, self._log.between(since, at + _LATE), at)

    def range(self, query: str, window: Window, step_s: float) -> tuple[Series, ...]:
        """See Metrics.range; it is answered from what was scraped, by whoever asked then."""
        asked = promql.parse(query)
        if self._clock.now() - window.until <= _LATE:
            self._look(window.until)
        reach = timedelta(seconds=reach_s(asked))
        scrapes = self._log.between(window.since - reach, window.until + _LATE)
        return joined(lambda at: evaluate(asked, scrapes, at), times(window, step_s))

    def scrape(self) -> tuple[Scrape, ...]:
        """Scrape all targets once and remember it; UnreachableError if none answers."""
        with ThreadPoolExecutor(min(_AT_ONCE, len(self._targets))) as pool:
            found = list(pool.map(self._scraped, self._targets))
        scrapes = tuple(scrape for scrape, _ in found)
        self._log.add(scrapes, self._clock.now())
        errors = [error for _, error in found if error]
        if len(errors) == len(found):
            if isinstance(errors[0], AccessRefusedError):
                raise errors[0]
            raise UnreachableError(f"no target answered: {errors[0].message}") from errors[0]
        return scrapes

    def _look(self, at: datetime) -> None:
        with self._lock:
            if self._looked != at:
                self.scrape()
                self._looked = at

    def _scraped(self, target: str) -> tuple[Scrape, PortError | None]:
        try:
            page = self._page(self._targets[target])
        except PortError as error:
            return Scrape(at=self._clock.now(), target=target, page=None), error
        return Scrape(at=self._clock.now(), target=target, page=page), None

    def _page(self, http: Http) -> str:
        page = http.text("")
        samples = samples_only(page)
        if page.strip() and not samples and not page.lstrip().startswith("#"):
            raise BadReplyError(f"{http.what('GET', '')}: not Prometheus' text format")
        return samples
