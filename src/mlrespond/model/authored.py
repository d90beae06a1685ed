"""What all authored files share: strict models, and text types with a grammar of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import parse_duration, parse_iso


class Authored(BaseModel):
    """A part of an authored file: unknown keys and wrong types are errors, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def no_items() -> list[Any]:
    """Return an empty list; pydantic learns this signature much sooner than that of `list`."""
    return []


def no_entries() -> dict[str, Any]:
    """Return an empty record; see `no_items`."""
    return {}


class Expr:
    """Marks a field that holds a bare expression."""


class Tpl:
    """Marks a field that may hold `{{ }}`."""


_LONGEST_S = 10 * 365 * 86400.0  # beyond that, adding it to a time overflows sooner or later

_NEAR = 0.8  # of difflib's ratio: one letter wrong, or two in a long word


def _duration(value: Any) -> str:  # noqa: ANN401  # pydantic hands over whatever was written
    if not isinstance(value, str):
        given = f"`{value}`" if isinstance(value, int | float) else "this"
        raise ValueError(f"{given} is no duration; write 250ms, 30s, 5m, 2h or 7d")  # noqa: TRY004  # pydantic gathers ValueErrors
    _checked(value, parse_duration)
    if parse_duration(value) > _LONGEST_S:
        raise ValueError(f"`{value}` is longer than ten years")
    return value


def _time(text: str) -> str:
    return _checked(text, parse_iso)


def _checked(text: str, parse: Callable[[str], object]) -> str:
    try:
        parse(text)
    except InvalidInputError as cause:  # pydantic gathers ValueErrors
        raise ValueError(
            f"{cause.message}; {cause.hint}" if cause.hint else cause.message
        ) from cause
    return text


def _version(value: Any) -> Any:  # noqa: ANN401  # pydantic hands over whatever was written
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return str(value)


def spelled(*words: str) -> AfterValidator:
    """Return what refuses a text that is nearly one of these words: it would count as a version.

    Versions have digits, and those are let through; so is a word that is like none of these.
    """

    def known(given: str) -> str:
        from difflib import get_close_matches

        if given in words or any(one.isdigit() for one in given):
            return given
        written = given.strip().lower().replace("-", "_").replace(" ", "_")
        near = get_close_matches(written, words, n=1, cutoff=_NEAR)
        if near:
            raise ValueError(f"`{given}` looks like a misspelt word; did you mean `{near[0]}`?")
        return given

    return AfterValidator(known)


def _secret(reference: str) -> str:
    scheme, _, name = reference.partition(":")
    if scheme not in {"env", "file"} or not name:
        raise ValueError("a secret is named, never written: env:NAME or file:PATH")
    return reference


def _expression(value: Any) -> Any:  # noqa: ANN401  # pydantic hands over whatever was written
    if value is None:
        raise ValueError("an expression is missing")
    return value


NAME = r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*$"
KEBAB = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
STEP_ID = r"^[a-z][a-z0-9_]*$"
SPELLED: Mapping[str, str] = {
    NAME: "small letters and digits, joined by `-`, `_` or `.`",
    KEBAB: "small letters and digits, joined by `-`",
    STEP_ID: "a small letter, then small letters, digits and `_`",
}

Duration: TypeAlias = Annotated[
    str,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d|w)$"}),
]
Instant: TypeAlias = Annotated[str, AfterValidator(_time)]
VersionName: TypeAlias = Annotated[
    str, BeforeValidator(_version), WithJsonSchema({"type": ["string", "integer"]})
]
Secret: TypeAlias = Annotated[
    str,
    AfterValidator(_secret),
    WithJsonSchema({"type": "string", "pattern": r"^(env|file):."}),
]
ExprText: TypeAlias = Annotated[str, Expr()]
# an expression that may be left out; its key without an expression would mean "always"
MaybeExpr: TypeAlias = Annotated[
    ExprText | None, BeforeValidator(_expression), WithJsonSchema({"type": "string"})
]
TplText: TypeAlias = Annotated[str, Tpl()]
Handle: TypeAlias = Annotated[str, Field(pattern=NAME)]


class Stretch(Authored):
    """A stretch of time."""

    from_: Instant = Field(alias="from", description="Where it begins")
    to: Instant = Field(description="Where it ends")


@cache
def expressions_of(model: type[Authored]) -> frozenset[str]:
    """Return the keys of a model that hold bare expressions."""
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if any(isinstance(one, Expr) for one in _marks(field.annotation, *field.metadata))
    )


def _marks(*parts: object) -> list[object]:
    """Return the marks of an annotation, those inside of optional ones too."""
    return [found for part in parts for found in (part, *_marks(*get_args(part)))]
