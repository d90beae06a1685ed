"""The colours of pictures: fixed ones for files, CSS variables where the reader chooses the light.

The hues are from Okabe and Ito's set, which people with any colour vision can tell apart; marks
differ in shape and words as well.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """One colour for each meaning."""

    paper: str = "#ffffff"
    ink: str = "#1b1f24"
    muted: str = "#57606a"
    grid: str = "#d8dee4"
    lane: str = "#f3f5f7"
    good: str = "#0b7a5e"
    good_soft: str = "#bfe5d8"
    bad: str = "#c2410c"
    bad_soft: str = "#ffd9c2"
    unknown: str = "#6e7781"
    unknown_soft: str = "#e4e7eb"
    alert: str = "#b42318"
    person: str = "#7c3aed"
    change: str = "#0969da"
    series: str = "#0969da"
    band: str = "#cfe8ff"


LIGHT = Palette()
DARK = Palette(
    paper="#0d1117",
    ink="#e6edf3",
    muted="#9aa4b0",
    grid="#30363d",
    lane="#161b22",
    good="#4cc9a0",
    good_soft="#12463a",
    bad="#ff9f6b",
    bad_soft="#5c2a12",
    unknown="#9aa4b0",
    unknown_soft="#2b323a",
    alert="#ff8b80",
    person="#c4a7ff",
    change="#79b8ff",
    series="#79b8ff",
    band="#17375a",
)
BY_CSS = Palette(**{one.name: f"var(--{one.name.replace('_', '-')})" for one in fields(Palette)})


def css(palette: Palette) -> str:
    """Return the palette as CSS custom properties."""
    return "".join(
        f"--{one.name.replace('_', '-')}:{getattr(palette, one.name)};" for one in fields(Palette)
    )
