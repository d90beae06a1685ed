"""Whether an output is what was expected, by the scorer that a golden set or a case names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mlrespond.errors import InvalidInputError
from mlrespond.judgment.json_schema import fits
from mlrespond.judgment.json_schema_form import understood
from mlrespond.model.json import Json, dump, items, number, parse
from mlrespond.model.word import Scorer

LONGEST = 100_000  # characters of an output that a pattern is held against


def right(output: Json, expected: Json, scorer: Scorer, tolerance: float = 0.0) -> bool:
    """Return whether an output is right; an output of null, a failed one, never is.

    `exact` (or `accuracy`): equal as JSON. `tolerance`: a number within it. `set`: a list of the
    same items in any order, or one of the listed answers. `regex`: a text that matches the whole
    pattern. `json_schema`: a value, or a text that is JSON, that fits the schema. Raises ValueError
    for what is expected that makes no sense, and for `custom`, which is asked elsewhere.
    """
    if scorer == "custom":
        raise ValueError("a custom scorer is not asked here")
    return output is not None and _SCORERS[scorer](output, expected, tolerance)


def _exact(output: Json, expected: Json, _: float) -> bool:
    return output == expected and isinstance(output, bool) == isinstance(expected, bool)


def _near(output: Json, expected: Json, tolerance: float) -> bool:
    got, wanted = number(output), number(expected)
    return got is not None and wanted is not None and abs(got - wanted) <= tolerance


def _among(output: Json, expected: Json, _: float) -> bool:
    if not isinstance(expected, list | tuple):
        raise ValueError("`set` expects a list")  # noqa: TRY004  # one error for what makes no sense
    if isinstance(output, list | tuple):
        return sorted(map(dump, output)) == sorted(map(dump, expected))
    return dump(output) in set(map(dump, items(expected)))


def _matches(output: Json, expected: Json, _: float) -> bool:
    if not isinstance(expected, str):
        raise ValueError("`regex` expects a pattern")  # noqa: TRY004  # see above
    try:
        pattern = re.compile(expected, re.DOTALL)
    except re.error as cause:
        raise ValueError(f"`{expected}` is no pattern: {cause}") from cause
    written = output if isinstance(output, str) else dump(output)
    return len(written) <= LONGEST and pattern.fullmatch(written) is not None


def _fits(output: Json, expected: Json, _: float) -> bool:
    wrong = understood(expected)
    if wrong:
        raise ValueError(f"a JSON Schema is expected: {wrong}")
    try:
        return fits(_read(output), expected)
    except RecursionError:  # of the value: the schema has an end
        return False


def _read(output: Json) -> Json:
    """Return what a text says, if it is JSON; a text that is none stays one."""
    if not isinstance(output, str):
        return output
    try:
        return parse(output.encode())
    except InvalidInputError:
        return output


_SCORERS: Mapping[Scorer, Callable[[Json, Json, float], bool]] = {
    "exact": _exact,
    "accuracy": _exact,
    "tolerance": _near,
    "set": _among,
    "regex": _matches,
    "json_schema": _fits,
}
