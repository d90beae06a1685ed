"""What the extra `charts` gives: a picture as a static SVG, and Vega itself for a page.

Both come out of vl-convert, which carries Vega and Vega-Embed (github.com/vega/vl-convert).
"""

from __future__ import annotations

from functools import cache

from mlrespond.model.json import Record

STATIC_WIDTH = 900
NO_CHARTS = "no picture was drawn: it needs the extra, pip install 'mlrespond[charts]'"


def can_draw() -> bool:
    """Return whether the extra `charts` is installed."""
    from importlib.util import find_spec

    return find_spec("vl_convert") is not None


def svg(spec: Record) -> str:
    """Return the picture as SVG text; the same specification gives the same text."""
    import vl_convert

    drawn: str = vl_convert.vega_to_svg(dict(spec))
    return drawn + "\n"


@cache
def vega() -> str:
    """Return Vega and Vega-Embed as one plain script, which puts `vegaEmbed` into the window.

    Bundling takes about a second of processor time, once a process.
    """
    import vl_convert

    script: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return script
