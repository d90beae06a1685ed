"""A proxy before a real server that says yes to some calls, and never hands them on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from tests.adapters.loopback import Loopback, Page, Seen


@contextmanager
def losing(url: str, ending: str) -> Iterator[str]:
    """Return an address at which calls of paths with this ending get an empty 200, and are lost."""
    with httpx.Client(base_url=url, timeout=30) as behind:

        def answer(seen: Seen) -> Page:
            if seen.path.endswith(ending):
                return Page()
            media = {"content-type": seen.headers.get("content-type", "application/json")}
            reply = behind.request(seen.method, seen.path, content=seen.body, headers=media)
            told = {"content-type": reply.headers.get("content-type", "text/plain")}
            return Page(reply.content, reply.status_code, told)

        server = Loopback(answer)
        try:
            yield server.url
        finally:
            server.close()
