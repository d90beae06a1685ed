"""What happens to an action item: it is added, changed and closed, in its incident's stream.

What happens to an item names the event that added it, `added`; older events have only its name,
`item`, which both sides of a handover may have given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlrespond.model.kind import Body, kind

ActionItemSort = Literal["prevent", "mitigate", "detect", "process"]
ActionItemOutcome = Literal["done", "dropped"]


@kind("action_item_added", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemAdded(Body):
    """Something is to be done after the incident, so that it goes better the next time."""

    item: str
    text: str
    sort: ActionItemSort = "process"
    owner: str = ""
    due: str = ""
    link: str = ""
    seed: str = ""

    def line(self) -> str:
        known = [f"owner {self.owner}" * bool(self.owner), f"due {self.due}" * bool(self.due)]
        told = ", ".join(one for one in known if one)
        return f"action item {self.item} ({self.sort}): {self.text}" + (f" ({told})" * bool(told))


@kind("action_item_changed", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemChanged(Body):
    """An action item has another owner, due date, link or text; what is not named stays."""

    item: str
    text: str | None = None
    owner: str | None = None
    due: str | None = None
    link: str | None = None
    added: str = ""

    def line(self) -> str:
        told = [
            f"{name} {value or 'none'}"
            for name in ("owner", "due", "link", "text")
            if (value := getattr(self, name)) is not None
        ]
        return f"action item {self.item}: {', '.join(told)}"


@kind("action_item_closed", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItemClosed(Body):
    """An action item was done, or it was decided not to do it."""

    item: str
    outcome: ActionItemOutcome
    reason: str = ""
    added: str = ""

    def line(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        return f"action item {self.item} {self.outcome}{reason}"
