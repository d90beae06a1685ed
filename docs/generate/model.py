"""Authored models as tables: each key with its type, default and description."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from docs.generate.markdown import anchor, code, sentence, table

from mlrespond.model import authored
from mlrespond.model.authored import Authored
from mlrespond.model.json import dump

_WORDS: tuple[tuple[object, str], ...] = (
    (authored.Duration, "duration"),
    (authored.Instant, "time"),
    (authored.VersionName, "version"),
    (authored.Secret, "secret"),
    (authored.MaybeExpr, "expression"),
    (authored.ExprText, "expression"),
    (authored.TplText, "template"),
    (authored.Handle, "name"),
)
_PLAIN: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    object: "anything",
    Any: "anything",
    NoneType: "",
}

_TITLES: dict[str, str] = {
    "RunbookHead": "The file",
    "StepHead": "A step",
    "Input": "An input",
    "Defaults": "defaults",
    "RetryRule": "retry",
    "ApproveRule": "approve",
    "VerifyRule": "verify",
}


def title(model: type[Authored]) -> str:
    """Return the heading under which a model is described."""
    return _TITLES.get(model.__name__, model.__name__)


def section(model: type[Authored], level: str) -> Iterator[str]:
    """Yield the section of a model."""
    yield from (f"{level} {title(model)}", "", sentence(about(model)), "")
    yield from keys(model)


def about(model: type[Authored]) -> str:
    """Return what a model says of itself, in one line."""
    return " ".join((model.__doc__ or "").split())


def keys(model: type[Authored], *, skip: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the table of a model's keys."""
    hints = get_type_hints(model, include_extras=True)
    rows = [
        (
            code(field.alias or name),
            type_words(hints[name]),
            _default(model, name),
            field.description or "",
        )
        for name, field in model.model_fields.items()
        if name not in skip
    ]
    yield from table(("Key", "Type", "Default", "What it is"), rows)


def inner(model: type[Authored]) -> list[type[Authored]]:
    """Return the models that stand inside a model, outermost first, each once."""
    found: list[type[Authored]] = []
    for hint in get_type_hints(model, include_extras=True).values():
        for one in _models(hint):
            found += [one, *inner(one)]
    return list(dict.fromkeys(found))


def type_words(annotation: Any) -> str:  # noqa: ANN401  # annotations have no narrower type
    """Return what may be written, in words."""
    for known, word in _WORDS:
        if annotation == known:
            return word
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Authored):
        return f"[{title(annotation)}](#{anchor(title(annotation))})"
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_words(args[0])
    if origin is Literal:
        return ", ".join(code(str(one)) for one in args)
    if origin in {Union, UnionType}:
        return " or ".join(word for one in args if (word := type_words(one)))
    if origin is list:
        return f"list of {type_words(args[0])}"
    assert origin is dict, annotation
    return f"mapping of {type_words(args[0])} to {type_words(args[1])}"


def _default(model: type[Authored], name: str) -> str:
    field = model.model_fields[name]
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Authored) or value in (None, "", [], {}):
        return ""
    return code(value if isinstance(value, str) else dump(value))


def _models(annotation: object) -> Iterator[type[Authored]]:
    if isinstance(annotation, type) and issubclass(annotation, Authored):
        yield annotation
    for one in get_args(annotation):
        yield from _models(one)
