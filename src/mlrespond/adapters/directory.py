"""Who is reached how: pages and messages go to the pager or chat of the one they are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlrespond.errors import UnsupportedError
from mlrespond.model.reading import Acknowledged
from mlrespond.ports.service import Chat, Pager

MakePager = Callable[[], Pager]
MakeChat = Callable[[], Chat]


class Directory:
    """Pager and Chat over many: by person, team or chat, each made when it is first needed."""

    def __init__(self, pagers: Mapping[str, MakePager], chats: Mapping[str, MakeChat]) -> None:
        self._pagers = pagers
        self._chats = chats

    def page(self, key: str, to: str, text: str) -> str:
        """See Pager.page."""
        return self._pager(to).page(key, to, text)

    def acknowledged(self, key: str) -> Acknowledged | None:
        """See Pager.acknowledged; the key ends with whom it was for."""
        return self._pager(key.rpartition(":")[2]).acknowledged(key)

    def acknowledge(self, key: str, by: str) -> None:
        """See Pager.acknowledge."""
        self._pager(key.rpartition(":")[2]).acknowledge(key, by)

    def resolve(self, key: str) -> None:
        """See Pager.resolve."""
        self._pager(key.rpartition(":")[2]).resolve(key)

    def post(self, key: str, to: str, text: str) -> str:
        """See Chat.post; a person or team without a chat is paged instead."""
        if to in self._chats:
            return self._chats[to]().post(key, to, text)
        return self._pager(to).page(f"{key}:{to}", to, text)

    def _pager(self, to: str) -> Pager:
        if to not in self._pagers:
            raise UnsupportedError(
                f"nobody knows how to reach {to}",
                hint=f"give people or teams `{to}` a `page:` in mlir.yaml",
            )
        return self._pagers[to]()
