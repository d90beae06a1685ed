"""What a generated text says of itself, as yes or no: so that shares of it can be compared.

Texts are never compared with one another, and no model judges them here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from mlrespond.errors import InvalidInputError
from mlrespond.judgment.score import right
from mlrespond.model.json import Json, parse

LONGEST: Final = 20_000
"""More characters of a text are not looked at."""

_OPENING: Final = 200
_GRAM: Final = 5
_LEAST_WORDS: Final = 20
_MOST_REPEATED: Final = 0.15
"""The share of words in repeated runs of five that Rae and others (arXiv 2112.11446, table A1) take
for a degenerate text."""

_CUT: Final = frozenset({"length", "max_tokens", "max_output_tokens"})
_REFUSES: Final = re.compile(
    r"\b(?:i(?:['\u2019]m| am) (?:sorry|unable|not able)|"
    r"i (?:can['\u2019]?t|cannot|can not|won['\u2019]?t|will not) "
    r"(?:help|assist|provide|answer|comply|do that|fulfil)|"
    r"as an ai\b|i must decline)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\w+")


def text_flags(
    output: Json,
    finish: str | None = None,
    *,
    as_json: bool = False,
    schema: Json = None,
) -> dict[str, bool]:
    """Return what is wrong with a text, by name; what cannot be told is left out.

    `empty` has no letter or digit. `refusal` opens as a refusal does, in English. `truncated` says
    the finish reason of OpenAI's, Anthropic's and Google's interfaces. `repetitive` says the same
    over and over. `broken` holds characters that could not be decoded. `invalid_json` is told where
    JSON was wanted. `schema_violation` is told where it should fit a JSON Schema, which no output
    at all, and a text that is no JSON where the schema wants more than a text, does not. An output
    that is no text is told by its JSON form alone.
    """
    cut = {} if finish is None else {"truncated": finish.lower() in _CUT}
    if schema is not None:
        cut["schema_violation"] = not right(output, schema, "json_schema")
    if output is None:
        return {"empty": True, **cut}
    if not isinstance(output, str):
        return {"invalid_json": False, **cut} if as_json else cut
    seen = output[:LONGEST]
    return {
        "empty": _WORD.search(seen) is None,
        "refusal": _REFUSES.search(seen[:_OPENING]) is not None,
        "repetitive": _repeats(seen),
        "broken": "\ufffd" in seen,
        **({"invalid_json": not _is_json(output)} if as_json else {}),
        **cut,
    }


def _repeats(text: str) -> bool:
    words = _WORD.findall(text.lower())
    if len(words) < _LEAST_WORDS:
        return False
    grams = [tuple(words[at : at + _GRAM]) for at in range(len(words) - _GRAM + 1)]
    counts: Mapping[tuple[str, ...], int] = Counter(grams)
    within = [False] * len(words)
    seen: set[tuple[str, ...]] = set()
    for at, gram in enumerate(grams):
        if counts[gram] > 1 and gram in seen:
            within[at : at + _GRAM] = [True] * _GRAM
        seen.add(gram)
    return sum(within) / len(words) > _MOST_REPEATED


def _is_json(text: str) -> bool:
    try:
        parse(text)
    except InvalidInputError:
        return False
    return True
