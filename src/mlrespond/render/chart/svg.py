"""A picture as a static SVG, drawn by Vega itself in vl-convert (the extra `charts`)."""

from __future__ import annotations

from mlrespond.model.json import Record

STATIC_WIDTH = 900


def can_draw() -> bool:
    """Return whether the extra `charts` is installed."""
    from importlib.util import find_spec

    return find_spec("vl_convert") is not None


def svg(spec: Record) -> str:
    """Return the picture as SVG text; the same specification gives the same text."""
    import vl_convert

    drawn: str = vl_convert.vega_to_svg(dict(spec))
    return drawn + "\n"
