"""Putting together the listener that takes MLflow's webhooks while `mlir watch` polls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from threading import Event

from mlrespond.adapters.listener import Listener, Message
from mlrespond.adapters.local_server import Address
from mlrespond.adapters.mlflow import Config
from mlrespond.adapters.mlflow_webhook import read
from mlrespond.bootstrap.app import Composed
from mlrespond.bootstrap.place import open_database
from mlrespond.errors import TimelineError, UsageError
from mlrespond.model.service import Project
from mlrespond.usecases.telling import AliasMove, record_move

_TELLER = "mlflow"


def listener(
    composed: Composed,
    where: Address,
    secret: str,
    services: Sequence[str],
    woken: Event,
    tell: Callable[[str], None],
) -> Listener:
    """Return a listener for the services' registries; `woken` is set when one of them moved.

    Raises UsageError if no service has a registry that sends such messages, AccessRefusedError if
    the secret cannot be had.
    """
    followed = _followed(composed.app.project, services)
    if not followed:
        raise UsageError("no service that is watched has a registry of kind `mlflow`")
    key = composed.secrets.get(secret)

    def take(message: Message) -> int:
        move = read(message.headers, message.body, key, composed.app.clock.now())
        names = followed.get((move.model, move.alias), []) if move else []
        if move is None or not names:
            return HTTPStatus.NO_CONTENT
        try:
            fresh = _recorded(composed, names, move)
        except TimelineError as error:
            tell(f"webhook not recorded, the sender is asked to try again: {error.message}")
            return HTTPStatus.SERVICE_UNAVAILABLE
        if fresh:
            woken.set()
        return HTTPStatus.OK

    return Listener(where, take, tell)


def _recorded(composed: Composed, names: Sequence[str], move: AliasMove) -> bool:
    """Record in a connection of this thread's own: without a spool, for whoever sends can wait."""
    timeline = open_database(composed.where, composed.redact)
    try:
        return record_move(timeline, names, move, _TELLER)
    finally:
        timeline.close()


def _followed(project: Project, services: Sequence[str]) -> Mapping[tuple[str, str], list[str]]:
    """Return which services follow which alias of which model."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, service in project.services.items():
        registry = service.registry
        if (services and name not in services) or not registry or registry.kind != "mlflow":
            continue
        known = Config.model_validate(registry.model_dump(mode="json", exclude_none=True))
        found.setdefault((known.model, known.alias), []).append(name)
    return found
