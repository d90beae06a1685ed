"""A LiteLLM gateway as it was measured, small: what the adapter for LLMs is tested against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.adapters.loopback import Page, Seen, page

from mlrespond.model.json import Json

PATH = "/v1/chat/completions"


class Gateway:
    """The model `chat` leads to the deployment chat-v6, and falls back to chat-small.

    `chat-v6`, `chat-v5` and `chat-small` can be asked for by their own names too.
    """

    def __init__(self) -> None:
        self.primary = "chat-v6"
        self.fallback: str | None = "chat-small"
        self.down: dict[str, Mapping[str, str]] = {}
        self.key: str | None = None
        self.content = "allow"
        self.finish = "stop"
        self.refused: set[str] = set()
        self.got: list[Any] = []

    def __call__(self, seen: Seen) -> Page:
        if seen.path != PATH or seen.method != "POST":
            return page({"detail": "Not Found"}, 404)
        if self.key and seen.headers.get("authorization") != f"Bearer {self.key}":
            return error(400, "No connected db.", "no_db_connection")
        body = seen.json
        self.got.append(body)
        if self.refused & {body["messages"][-1]["content"]}:
            return error(400, "content policy", "invalid_request_error")
        return self._routed(body["model"])

    def _routed(self, model: str) -> Page:
        named = {"chat-v5", "chat-v6", "chat-small"}
        if model not in {"chat", *named}:
            return error(400, f"Invalid model name passed in model={model}", "None")
        wanted = self.primary if model == "chat" else model
        if wanted not in self.down:
            return self._completion(wanted, 0)
        if model == "chat" and self.fallback is not None:
            return self._completion(self.fallback, 1)
        return error(
            429, "this deployment is over its limit", "throttling_error", self.down[wanted]
        )

    def _completion(self, deployment: str, fallbacks: int) -> Page:
        body: Json = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": "gpt-mock",  # what it is upstream: the header tells the deployment
            "choices": [
                {
                    "index": 0,
                    "finish_reason": self.finish,
                    "message": {"role": "assistant", "content": self.content},
                }
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30},
        }
        return Page(
            page(body).body,
            200,
            {
                "x-litellm-model-id": deployment,
                "x-litellm-model-group": "chat",
                "x-litellm-attempted-fallbacks": str(fallbacks),
                "x-litellm-attempted-retries": "0",
            },
        )


def error(status: int, message: str, kind: str, headers: Mapping[str, str] | None = None) -> Page:
    """Return an error as LiteLLM words it: its code is a text."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": str(status)}}
    return Page(page(body).body, status, headers or {})
