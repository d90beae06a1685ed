"""Plain data against a pydantic model: every error at its place, with did-you-mean.

Where a value of a body holds a template, its type is only known when it is rendered, so type
errors there are passed over; they are found again when the step starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from pydantic import ValidationError

from mlrespond.authoring.diagnostic import nearest, suggestion
from mlrespond.authoring.written import Path, Source
from mlrespond.model.authored import SPELLED, Authored
from mlrespond.model.evaluate import shown
from mlrespond.model.json import Json, Record, items, record, text

A = TypeVar("A", bound=Authored)

_QUOTED = re.compile(r"'([^']*)'")
_WANTED: Mapping[str, str] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "too_short": "at least {min_length}",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "greater_than": "more than {gt:g}",
    "less_than": "less than {lt:g}",
}
_ALTERNATIVE = frozenset({"literal_error", "value_error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mistake:
    """What pydantic found: `where` as far as the data goes, `rest` beyond (a union's tags)."""

    where: Path
    rest: Path
    sort: str
    message: str
    context: Mapping[str, object]

    @property
    def depth(self) -> int:
        return len(self.where) + (self.sort == "missing")


def validate(
    source: Source, cls: type[A], value: Json, where: Path = (), *, templates: bool = False
) -> A | None:
    """Return the model, or None with the mistakes noted in the source.

    With `templates`, a template may stand for anything.
    """
    found = _mistakes(cls, value)
    for place in dict.fromkeys(one.where for one in found):
        here = [one for one in found if one.where == place]
        if templates and _is_template(_at(value, place)):
            here = [one for one in here if one.sort == "extra_forbidden"]
        if here:
            _note(source, cls, value, where, here)
    return None if found else cls.model_validate(value)


def fitting(cls: type[A], value: Json) -> A | None:
    """Return the model, or None; nothing is noted."""
    try:
        return cls.model_validate(value)
    except ValidationError:
        return None


def salvage(cls: type[A], value: Json, **instead: Json) -> A:
    """Return the model of what is right in a broken value, so that the rest can be checked."""
    wrong = {one.where[0] for one in _mistakes(cls, value) if one.where}
    right = {key: item for key, item in record(value).items() if key not in wrong}
    return cls.model_construct(**{**instead, **right})  # type: ignore[arg-type]  # its fields


def _mistakes(cls: type[Authored], value: Json) -> list[_Mistake]:
    try:
        cls.model_validate(value)
    except ValidationError as error:
        found = [
            _mistake(value, tuple(one["loc"]), one["type"], one["msg"], one.get("ctx", {}))
            for one in error.errors(include_url=False, include_input=False)
        ]
        return list(_meant(found))
    return []


def _mistake(
    value: Json, loc: Path, sort: str, message: str, context: Mapping[str, object]
) -> _Mistake:
    where, rest = _reach(value, loc)
    return _Mistake(where=where, rest=rest, sort=sort, message=message, context=context)


def _reach(value: Json, loc: Path) -> tuple[Path, Path]:
    """Split a pydantic location at where the data ends: union tags are skipped over."""
    inner: list[str | int] = []
    rest: list[str | int] = []
    for part in loc:
        if isinstance(value, Mapping) and part in value:
            value = value[str(part)]
            inner.append(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
            inner.append(part)
        else:
            rest.append(part)
    return tuple(inner), tuple(rest)


def _meant(found: list[_Mistake]) -> Iterable[_Mistake]:
    """Leave out the members of a union that fit worse: one that fits further was meant."""
    deepest: dict[Path, int] = {}
    for one in found:
        if one.rest:
            for length in range(len(one.where) + 1):
                place = one.where[:length]
                deepest[place] = max(deepest.get(place, 0), one.depth)
    for one in found:
        alternative = one.rest and (one.sort in _WANTED or one.sort in _ALTERNATIVE)
        if not alternative or deepest[one.where] <= one.depth:
            yield one


def _note(
    source: Source, cls: type[Authored], value: Json, where: Path, found: list[_Mistake]
) -> None:
    """Note what is wrong at one place; what the members of a union want is said as one."""
    given = _at(value, found[0].where)
    place = (*where, *found[0].where)
    plain = [one for one in found if one.sort not in _WANTED and one.sort != "literal_error"]
    for one in plain:
        _note_one(source, cls, place, given, one)
    words = [word for one in found if one not in plain for word in _wanted(one)]
    if words and not any(one.sort == "value_error" for one in plain):
        _note_wanted(source, place, given, list(dict.fromkeys(words)))


def _note_one(source: Source, cls: type[Authored], place: Path, given: Json, one: _Mistake) -> None:
    match one.sort:
        case "extra_forbidden":
            name = str(place[-1])
            hint = suggestion(name, _fields_at(cls, one.where[:-1]))
            source.report_key(place, "unknown-key", f"`{name}` is no key here", hint=hint)
        case "missing":
            name = str(one.rest[-1]) if one.rest else ""
            source.report(place, "missing-key", f"`{name}` is missing")
        case "union_tag_not_found":
            source.report(place, "missing-key", "`kind` is missing")
        case "union_tag_invalid":
            _note_kind(source, place, one)
        case "string_pattern_mismatch":
            _note_name(source, place, given, one)
        case _:
            source.report(place, "invalid-value", one.message.removeprefix("Value error, "))


def _note_kind(source: Source, place: Path, one: _Mistake) -> None:
    known = _QUOTED.findall(str(one.context["expected_tags"]))
    tag = str(one.context["tag"])
    source.report(
        (*place, "kind"), "invalid-value", f"`{tag}` is no kind", hint=suggestion(tag, known)
    )


def _note_name(source: Source, place: Path, given: Json, one: _Mistake) -> None:
    told = SPELLED.get(str(one.context["pattern"]), f"it must fit {one.context['pattern']}")
    if one.rest and one.rest[-1] == "[key]":
        source.report_key(place, "invalid-value", f"`{place[-1]}` is no name: {told}")
    else:
        source.report(place, "invalid-value", f"`{shown(given)}` is no name: {told}")


def _wanted(one: _Mistake) -> list[str]:
    if one.sort == "literal_error":
        return [f"`{word}`" for word in _QUOTED.findall(str(one.context["expected"]))]
    return [_WANTED[one.sort].format(**one.context)]


def _note_wanted(source: Source, place: Path, given: Json, words: list[str]) -> None:
    either = " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
    message = f"{either} is wanted, not {_said(given)}"
    source.report(place, "invalid-value", message, hint=_wanted_hint(given, words))


def _said(given: Json) -> str:
    match given:
        case None:
            return "nothing"
        case str() | bool() | int() | float():
            return f"`{shown(given)}`"
        case Mapping():
            return "a mapping"
        case _:
            return f"a list of {len(items(given))}"


def _wanted_hint(given: Json, words: list[str]) -> str:
    if isinstance(given, bool | int | float) and "a text" in words:
        return "put it in quotes"
    choices = [word.strip("`") for word in words if word.startswith("`")]
    return nearest(given, choices) if isinstance(given, str) else ""


def _is_template(value: Json) -> bool:
    return isinstance(value, str) and "{{" in value


def _at(value: Json, inner: Path) -> Json:
    for part in inner:
        value = record(value).get(part) if isinstance(part, str) else items(value)[part]
    return value


@cache
def _schema(cls: type[Authored]) -> Record:
    return cls.model_json_schema()


def _fields_at(cls: type[Authored], inner: Path) -> set[str]:
    schema = _schema(cls)
    places: list[Record] = [schema]
    for part in inner:
        places = [found for one in places for found in _step(schema, one, part)]
    flat = [one for place in places for one in _flat(schema, place)]
    return {name for one in flat for name in record(one.get("properties"))}


def _flat(schema: Record, one: Record) -> list[Record]:
    """Return a schema's alternatives, references followed."""
    reference = text(one.get("$ref"))
    if reference:
        definitions = record(schema["$defs"])
        return _flat(schema, record(definitions[reference.rsplit("/", 1)[1]]))
    found = [one]
    for key in ("anyOf", "oneOf", "allOf"):
        for inner in items(one.get(key)):
            found += _flat(schema, record(inner))
    return found


def _step(schema: Record, one: Record, part: str | int) -> list[Record]:
    found: list[Record] = []
    for flat in _flat(schema, one):
        if isinstance(part, int):
            found.append(record(flat.get("items")))
        else:
            properties = record(flat.get("properties"))
            found.append(record(properties.get(part, flat.get("additionalProperties"))))
            found += [record(one) for one in record(flat.get("patternProperties")).values()]
    return found
