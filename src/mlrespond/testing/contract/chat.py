"""What every chat must do. Subclass, and define `chat` and `posts`, which lists the texts."""

from __future__ import annotations

from collections.abc import Callable

from mlrespond.ports.service import Chat


class ChatContract:
    """A message arrives as it was written."""

    def test_messages_arrive_in_order(self, chat: Chat, posts: Callable[[], list[str]]) -> None:
        first = chat.post("1", "ml-incidents", "INC-1 opened")
        second = chat.post("2", "ml-incidents", "INC-1 mitigated\nby ana ☂")

        assert first != second
        assert posts() == ["INC-1 opened", "INC-1 mitigated\nby ana ☂"]
