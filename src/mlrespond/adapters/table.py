"""Which adapter speaks to which kind of system; plugins are looked for only where this ends."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Literal, Protocol, TypeAlias, overload

from pydantic import ValidationError

from mlrespond.adapters.site import Site
from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Record
from mlrespond.model.service import Component
from mlrespond.ports.service import (
    Chat,
    Metrics,
    Monitor,
    Pager,
    Pipeline,
    Predictions,
    Registry,
    Serving,
)

ADAPTERS: dict[str, dict[str, str]] = {
    "registry": {
        "local": "mlrespond.adapters.local",
        "mlflow": "mlrespond.adapters.mlflow",
    },
    "serving": {
        "open_inference": "mlrespond.adapters.open_inference",
        "triton": "mlrespond.adapters.triton",
        "mlserver": "mlrespond.adapters.mlserver",
        "mlflow_scoring": "mlrespond.adapters.mlflow_scoring",
        "openai": "mlrespond.adapters.openai",
    },
    "metrics": {
        "exposition": "mlrespond.adapters.exposition",
        "prometheus": "mlrespond.adapters.prometheus",
    },
    "monitor": {"alertmanager": "mlrespond.adapters.alertmanager"},
    "predictions": {
        "files": "mlrespond.adapters.files",
        "warehouse": "mlrespond.adapters.warehouse",
    },
    "pipeline": {
        "command": "mlrespond.adapters.command",
        "airflow": "mlrespond.adapters.airflow",
        "prefect": "mlrespond.adapters.prefect",
        "ray": "mlrespond.adapters.ray",
        "webhook": "mlrespond.adapters.webhook",
    },
    "pager": {
        "file": "mlrespond.adapters.file_pager",
        "pagerduty": "mlrespond.adapters.pagerduty",
        "apprise": "mlrespond.adapters.apprise",
    },
    "chat": {
        "file": "mlrespond.adapters.file_pager",
        "slack": "mlrespond.adapters.slack",
        "pagerduty": "mlrespond.adapters.pagerduty",
        "apprise": "mlrespond.adapters.apprise",
    },
}
PLUGINS = "mlrespond.adapters"

Built: TypeAlias = Registry | Serving | Metrics | Monitor | Predictions | Pipeline | Pager | Chat


class Adapter(Protocol):
    """What an adapter's module offers."""

    Config: type[Component]

    def build(self, config: Component, site: Site) -> Built:
        """Return the adapter."""
        ...


def config_class(port: str, kind: str) -> type[Component]:
    """Return the model that a component of a kind is checked against.

    Raises InvalidInputError, with the nearest kind there is, for an unknown one.
    """
    return _adapter(port, kind).Config


@overload
def build(port: Literal["registry"], written: Record, site: Site) -> Registry: ...
@overload
def build(port: Literal["serving"], written: Record, site: Site) -> Serving: ...
@overload
def build(port: Literal["metrics"], written: Record, site: Site) -> Metrics: ...
@overload
def build(port: Literal["monitor"], written: Record, site: Site) -> Monitor: ...
@overload
def build(port: Literal["predictions"], written: Record, site: Site) -> Predictions: ...
@overload
def build(port: Literal["pipeline"], written: Record, site: Site) -> Pipeline: ...
@overload
def build(port: Literal["pager"], written: Record, site: Site) -> Pager: ...
@overload
def build(port: Literal["chat"], written: Record, site: Site) -> Chat: ...
def build(port: str, written: Record, site: Site) -> Built:
    """Return the adapter that a component asks for by its `kind`.

    Raises InvalidInputError for an unknown kind, and for what its configuration does not allow.
    """
    kind = written.get("kind")
    if not isinstance(kind, str):
        raise InvalidInputError(f"the {port} of {site.service} has no `kind`")
    adapter = _adapter(port, kind)
    try:
        config = adapter.Config.model_validate(dict(written))
    except ValidationError as cause:
        told = "; ".join(_told(one["loc"], one["msg"]) for one in cause.errors())
        raise InvalidInputError(f"the {port} of {site.service}: {told}") from None
    return adapter.build(config, site)


def _told(place: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, place))}: {message}"


def _adapter(port: str, kind: str) -> Adapter:
    known = ADAPTERS.get(port, {})
    if kind in known:
        return import_module(known[kind])
    plugin = _plugin(f"{port}.{kind}")
    if plugin is not None:
        return plugin
    near = get_close_matches(kind, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(known)}"
    raise InvalidInputError(f"no adapter for a {port} of kind `{kind}`", hint=hint)


def _plugin(name: str) -> Adapter | None:
    found = entry_points(group=PLUGINS, name=name)
    for entry in found:
        try:
            adapter: Adapter = entry.load()
            if isinstance(adapter.Config, type) and callable(adapter.build):
                return adapter
        except Exception as cause:  # third-party code may raise anything
            raise InvalidInputError(
                f"the plugin {entry.value} for `{name}` cannot be loaded: {cause}",
                hint="repair or uninstall it",
            ) from cause
        raise InvalidInputError(f"the plugin {entry.value} for `{name}` has no Config and build")
    return None
