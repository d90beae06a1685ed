"""Files that a command writes out of the timeline, without losing what people wrote into them."""

from __future__ import annotations

from pathlib import Path

from mlrespond.errors import InvalidInputError
from mlrespond.render.postmortem import would_lose


def before(path: Path) -> str:
    """Return the text that is there already, if any; InvalidInputError if it would be lost."""
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidInputError(f"{path} is there, but cannot be read: {cause}") from cause
    if would_lose(text):
        raise InvalidInputError(
            f"{path} is there, and not all `<!-- mlir:human … -->` marks are as they were",
            hint="put the marks back, or write elsewhere: -o DIR",
        )
    return text


def write(path: Path, text: str) -> None:
    """Write aside and rename, so that nothing people wrote can be lost half-way."""
    aside = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as cause:
        raise InvalidInputError(f"{path} cannot be written: {cause.strerror}") from cause
