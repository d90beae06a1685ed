"""What pipelines in other systems have in common: names, what is told, and how data is frozen."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from pydantic import ConfigDict, Field

from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.freezer import Freezer, names_of
from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.model.authored import Duration, TplText, no_entries, no_items
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import Json, record, text
from mlrespond.model.reading import Window
from mlrespond.model.service import Auth, Component

_NAME_LENGTH = 160
_KNOWN = "`{{ key }}`, `{{ snapshot }}`, `{{ window.from }}` and `{{ window.to }}` are known"


class RemoteConfig(Component):
    """Where a pipeline is, and how the data that it trains on is frozen."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="Its address")
    auth: Auth | None = Field(default=None, description="How to log in")
    parameters: dict[str, TplText] = Field(
        default_factory=no_entries, description=f"What the training is told; {_KNOWN}"
    )
    freeze: list[TplText] = Field(
        default_factory=no_items,
        description="The command, run here, that freezes the data; its last line is the "
        "snapshot's name",
    )
    env: dict[str, str] = Field(
        default_factory=no_entries,
        description="Variables of that command: values, or env:NAME and file:PATH",
    )
    freeze_timeout: Duration = Field(default="1h", description="How long freezing may take")


def freezer_of(config: RemoteConfig, site: Site) -> Freezer:
    """Return what freezes; a template that cannot be filled is an error here."""
    for template in [*config.freeze, *config.parameters.values()]:
        fill(template, {})
    timeout_s = parse_duration(config.freeze_timeout)
    return Freezer(config.freeze, config.env, timeout_s, site, SystemCommands(site.folder))


def http_of(config: RemoteConfig, site: Site) -> Http:
    """Return how to speak to the pipeline."""
    return Http(config.url, clock=site.clock, auth=config.auth, secrets=site.secrets)


def name_of(key: str, unsafe: re.Pattern[str]) -> str:
    """Return the name that a key has elsewhere; two keys never share one.

    What `unsafe` matches is replaced, and what is long is cut; then a digest tells keys apart.
    """
    safe = unsafe.sub("_", key)
    if safe == key and len(key) <= _NAME_LENGTH:
        return f"mlir__{key}"
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]
    return f"mlir__{safe[:_NAME_LENGTH]}__{digest}"


def told(config: RemoteConfig, key: str, snapshot: str, window: Window) -> Mapping[str, Json]:
    """Return the parameters of a training; without any, all that is known."""
    names = {**names_of(key, window), "snapshot": snapshot}
    if not config.parameters:
        known: dict[str, Json] = {
            "key": key,
            "snapshot": snapshot,
            "window": record(names["window"]),
        }
        return known
    return {name: shown(fill(one, names)) for name, one in config.parameters.items()}


def version_said(line: str) -> str | None:
    """Return the version that a line tells as JSON, `{"version": "7"}`; other lines tell none."""
    try:
        said: Json = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return version_in(said) if isinstance(said, dict) else None


def version_in(value: Json) -> str | None:
    """Return the version that a training's result names: `{"version": "7"}`, or it alone."""
    found = record(value).get("version") if isinstance(value, Mapping) else value
    if isinstance(found, bool):
        return None
    return str(found) if isinstance(found, int) else text(found)
