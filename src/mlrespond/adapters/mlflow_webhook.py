"""MLflow's registry webhooks: whether a message is its own, and which alias it tells of.

The signature is `v1,` and the base64 of HMAC-SHA256 over `delivery-id.timestamp.body`; retries
carry the same three (measured with MLflow 3.17, mlflow/webhooks/delivery.py). The message has
neither an actor nor the version before. Source: mlflow.org/docs/latest/ml/webhooks.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from mlrespond.adapters.listener import RefusedError
from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json, Record, parse, record, text
from mlrespond.usecases.telling import AliasMove

FRESH = timedelta(minutes=5)  # MLflow's own retries take three minutes at most

_ENTITY = "model_version_alias"
_DELIVERY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_STAMP = re.compile(r"[0-9]{1,12}")
_LONGEST = 512


def read(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> AliasMove | None:
    """Return the move that a message tells of; None if it is a good one about something else.

    Header names are in lower case. Raises RefusedError with the status that is to be answered.
    """
    delivery = _matching(_DELIVERY, headers, "x-mlflow-delivery-id")
    stamp = _matching(_STAMP, headers, "x-mlflow-timestamp")
    due = signature(secret, delivery, stamp, body)
    if not hmac.compare_digest(due.encode(), headers.get("x-mlflow-signature", "").encode()):
        raise RefusedError(401, "bad signature")
    if abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
        raise RefusedError(400, "old timestamp")
    try:
        return _move(record(parse(body)), delivery)
    except InvalidInputError as cause:
        raise RefusedError(400, "odd body") from cause


def signature(secret: str, delivery: str, stamp: str, body: bytes) -> str:
    """Return the signature that a message must carry."""
    signed = hmac.digest(secret.encode(), f"{delivery}.{stamp}.".encode() + body, sha256)
    return f"v1,{b64encode(signed).decode()}"


def _matching(shape: re.Pattern[str], headers: Mapping[str, str], name: str) -> str:
    found = headers.get(name, "")
    if not shape.fullmatch(found):
        raise RefusedError(400, f"no {name.removeprefix('x-mlflow-')}")
    return found


def _move(told: Record, delivery: str) -> AliasMove | None:
    if _word(told.get("entity")) != _ENTITY:
        return None
    data = record(told.get("data"))
    return AliasMove(
        delivery=delivery,
        model=_word(data.get("name")),
        alias=_word(data.get("alias")),
        version=_version(told.get("action"), data),
        at=parse_iso(_word(told.get("timestamp"))),
    )


def _version(action: Json, data: Record) -> str | None:
    match action:
        case "created":
            return _word(data.get("version"))
        case "deleted":
            return None
        case _:
            raise InvalidInputError("an alias is created or deleted")


def _word(value: Json) -> str:
    found = text(value)
    if not found or len(found) > _LONGEST:
        raise InvalidInputError("no text")
    return found
