"""The postmortem as a document: Markdown that people write into, and one HTML file to read."""

from mlrespond.render.postmortem.human import PARTS, human_parts, unfilled, would_lose
from mlrespond.render.postmortem.text import render

__all__ = ["PARTS", "human_parts", "render", "unfilled", "would_lose"]
