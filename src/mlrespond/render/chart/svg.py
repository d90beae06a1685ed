"""What the extra `charts` gives: a picture as a static SVG, and Vega itself for a page.

Both come out of vl-convert, which carries Vega and Vega-Embed (github.com/vega/vl-convert). It runs
in a process of its own: its engine can abort the process that it is in.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache

from mlrespond.errors import UnsupportedError
from mlrespond.model.json import Json, Record
from mlrespond.model.text import printable

STATIC_WIDTH = 900
NO_CHARTS = "no picture was drawn: it needs the extra, pip install 'mlrespond[charts]'"
_TRIES = 3
_SVGS = "json.dumps([vl_convert.vega_to_svg(one) for one in json.load(sys.stdin)])"
_BUNDLE = "vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;')"


def can_draw() -> bool:
    """Return whether the extra `charts` is installed."""
    from importlib.util import find_spec

    return find_spec("vl_convert") is not None


def svgs(specs: Sequence[Record]) -> list[str]:
    """Return each picture as SVG text; the same specification gives the same text.

    One process draws all of them: to start its engine takes as long as to draw one. Control
    characters are left out: the engine panics at a NUL.
    """
    told = _told(_SVGS, json.dumps([_clean(one) for one in specs]))
    return [f"{one}\n" for one in json.loads(told)]


@cache
def vega() -> str:
    """Return Vega and Vega-Embed as one plain script, which puts `vegaEmbed` into the window.

    Bundling takes about a second of processor time, once a process.
    """
    return _told(_BUNDLE, "")


def _told(what: str, given: str) -> str:
    """Return the text of an expression; UnsupportedError when the engine ends each time."""
    code = f"import json, sys, vl_convert; sys.stdout.buffer.write({what}.encode())"
    for _ in range(_TRIES):
        done = subprocess.run(  # noqa: S603  # our own interpreter and words
            [sys.executable, "-I", "-c", code],
            input=given.encode(),
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            return done.stdout.decode()
    last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
    raise UnsupportedError(
        f"no picture could be drawn: vl-convert ended with {done.returncode} {' '.join(last)}",
        hint="mlir postmortem INC --format json needs none",
    )


def _clean(value: Json) -> Json:
    match value:
        case str():
            return printable(value)
        case Mapping():
            return {name: _clean(one) for name, one in value.items()}
        case list() | tuple():
            return [_clean(one) for one in value]
        case _:
            return value
