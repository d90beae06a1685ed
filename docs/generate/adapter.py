"""The adapters' configuration: from the table of adapters and their models."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docs.generate.markdown import anchor, code, codes, table
from docs.generate.model import inner, keys, section

from mlrespond.adapters.table import ADAPTERS, config_class
from mlrespond.model.authored import Authored
from mlrespond.model.service import Auth, Feature, Labels, Replica, ServingHooks

# what the services file describes for every kind stands on that page
_ELSEWHERE: tuple[type[Authored], ...] = (Auth, Feature, Labels, Replica, ServingHooks)


def index() -> Iterator[str]:
    """Yield the table of kinds by port."""
    rows = [(code(port), codes(kinds)) for port, kinds in ADAPTERS.items()]
    yield from table(("Port", "Kinds"), rows)


def keys_of(port: str, kind: str) -> Iterator[str]:
    """Yield the table of an adapter's keys, and of what stands inside them."""
    config = config_class(port, kind)
    yield from _led_elsewhere(keys(config))
    for model in inner(config):
        if model not in _ELSEWHERE:
            yield from _led_elsewhere(section(model, "####"))


def _led_elsewhere(lines: Iterator[str]) -> Iterator[str]:
    names = "|".join(anchor(model.__name__) for model in _ELSEWHERE)
    for line in lines:
        yield re.sub(rf"\(#({names})\)", r"(services.md#\1)", line)
