"""A small table of verbs: one of each family, with bodies that may say anything."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ConfigDict

from mlrespond.errors import InvalidInputError
from mlrespond.model.authored import Authored
from mlrespond.model.json import number
from mlrespond.model.shape import Family, VerbShape
from mlrespond.model.word import Effect


class AnyBody(Authored):
    """A body that is not looked at."""

    model_config = ConfigDict(extra="allow")


class NumberBody(Authored):
    """A body with a number."""

    n: int = 1


def _shape(name: str, family: Family, effect: Effect, **more: object) -> VerbShape:
    known: dict[str, object] = {
        "body": AnyBody,
        "timeout_s": lambda body: number(body.get("timeout_s")) or 60.0,
        **more,
    }
    return VerbShape(name=name, family=family, effect=lambda _: effect, **known)  # type: ignore[arg-type]  # its own fields


SHAPES: Mapping[str, VerbShape] = {
    one.name: one
    for one in (
        _shape("look", "read", "read", attempts=3),
        _shape("count", "read", "read", body=NumberBody),
        _shape("move", "change", "change"),
        _shape("train", "change", "change", concludes=True),
        _shape("page", "change", "page"),
        _shape("ask", "ask", "read"),
        _shape("end", "end", "read"),
    )
}


class Verbs:
    """The table, as the engine is handed it."""

    def names(self) -> tuple[str, ...]:
        return tuple(SHAPES)

    def shape(self, name: str) -> VerbShape:
        if name not in SHAPES:
            raise InvalidInputError(f"there is no verb `{name}`")
        return SHAPES[name]

    def escalation(self) -> str:
        return "page"


VERBS = Verbs()
