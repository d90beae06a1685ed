"""What an LLM's answer should look like: text, or JSON with fields of a kind."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from mlrespond.adapters import strict_json
from mlrespond.errors import BadReplyError
from mlrespond.model.authored import Authored, no_entries
from mlrespond.model.json import Json, number, record

Kind: TypeAlias = Literal["text", "number", "boolean", "list", "record"]


class Answer(Authored):
    """How an answer is read. One that does not fit is a failed row, and counted as malformed."""

    format: Literal["text", "json"] = Field(default="text", description="What an answer is")
    field: str | None = Field(
        default=None, description="Which field of the JSON is the output; else all of it"
    )
    fields: dict[str, Kind | list[str]] = Field(
        default_factory=no_entries,
        description="What the JSON must hold, by field: text, number, boolean, list, record, or "
        "the texts that are allowed",
    )


def read(form: Answer, content: str | None) -> Json:
    """Return the output that an answer holds; None if it is not in the format."""
    if content is None:
        return None
    if form.format == "text":
        return content.strip() or None
    try:
        value = strict_json.parse(content, "an answer")
    except BadReplyError:
        return None
    if not all(_fits(record(value).get(name), kind) for name, kind in form.fields.items()):
        return None
    return value if form.field is None else record(value).get(form.field)


def _fits(value: Json, kind: Kind | list[str]) -> bool:
    match kind:
        case list():
            return isinstance(value, str) and value in kind
        case "text":
            return isinstance(value, str)
        case "number":
            return number(value) is not None
        case "boolean":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "record":
            return isinstance(value, dict)
