"""The JSON Schema of events, from the kinds themselves: the timeline outlives the program."""

from __future__ import annotations

import dataclasses

from mlrespond.model.json import Json, Record
from mlrespond.model.kind import Body
from mlrespond.model.kinds import KINDS
from mlrespond.model.meaning import meaning

_EVIDENCE: Json = {
    "description": "SHA-256 of what was seen, by role",
    "type": "object",
    "additionalProperties": {"type": "string"},
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema() -> Record:
    """Return the schema of an event as `--json` prints it, one variant a kind."""
    return {
        "$schema": _DIALECT,
        "title": "mlrespond event",
        "oneOf": [_kind(name, cls) for name, cls in KINDS.items()],
    }


def _kind(name: str, cls: type[Body]) -> Json:
    fields = dataclasses.fields(cls)
    required: list[Json] = [
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    properties: dict[str, Json] = {
        "evidence": _EVIDENCE,
        **{
            field.name: {"description": meaning(name, field.name), "$comment": str(field.type)}
            for field in fields
        },
    }
    return {
        "title": name,
        "description": (cls.__doc__ or "").strip(),
        "type": "object",
        "properties": {
            "kind": {"const": name},
            "version": {"type": "integer", "maximum": cls.schema},
            "data": {"type": "object", "properties": properties, "required": required},
        },
        "required": ["kind", "data"],
    }
