"""One chat completion of an OpenAI-compatible endpoint: who answered, what, and what it took.

A gateway names the deployment in `x-litellm-model-id` (LiteLLM, measured with 1.106); elsewhere the
reply's `model` does. On a fallback the status is 200, and a header counts it.
Source: platform.openai.com/docs/api-reference/chat; docs.litellm.ai/docs/proxy/response_headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlrespond.adapters import strict_json
from mlrespond.adapters.http import Http
from mlrespond.adapters.http_error import Answer
from mlrespond.adapters.reply_cache import ReplyCache
from mlrespond.adapters.row_batches import ROW_FAULTS
from mlrespond.errors import AccessRefusedError, BadReplyError
from mlrespond.model.json import Json, Record, items, record, text

_DEPLOYMENT = "x-litellm-model-id"
_FALLBACKS = "x-litellm-attempted-fallbacks"
_NO_DATABASE = "no_db_connection"
_MOST_TOKENS = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Chatted:
    """An answer. `content` is null where there is none, or where it was cut off."""

    deployment: str | None
    content: str | None
    fallbacks: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    remembered: bool = False


class ChatModel:
    """An endpoint; its deadline covers the pauses that it asks for."""

    def __init__(self, http: Http, path: str, timeout_s: float, cache: ReplyCache | None) -> None:
        self._http = http
        self._path = path
        self._timeout_s = timeout_s
        self._cache = cache

    @property
    def address(self) -> str:
        """Return where it is."""
        return self._http.base_url

    def ask(self, body: Record) -> Chatted:
        """Return an answer that is never a remembered one, over a new connection."""
        answer = self._answer(body, fresh=True)
        return self._chatted(self._reply(answer))

    def row(self, body: Record, deployment: str | None) -> Chatted | Answer:
        """Return the answer to a row, which a deployment may have given before.

        Returns the HTTP answer where the row itself may be at fault.
        """
        known = self._remembered(body, deployment)
        if known is not None:
            return self._chatted(known, remembered=True)
        answer = self._answer(body, fresh=False)
        if answer.status in ROW_FAULTS and not _means_no_access(answer):
            return answer
        reply = self._reply(answer)
        found = self._chatted(reply)
        if self._cache is not None and found.deployment is not None and not found.fallbacks:
            self._cache.put(self.address, found.deployment, body, reply)
        return found

    def _answer(self, body: Record, *, fresh: bool) -> Answer:
        return self._http.answer(
            "POST", self._path, json=body, idempotent=True, fresh=fresh, deadline_s=self._timeout_s
        )

    def _remembered(self, body: Record, deployment: str | None) -> Record | None:
        if self._cache is None or deployment is None:
            return None
        return self._cache.get(self.address, deployment, body)

    def _reply(self, answer: Answer) -> Record:
        """Return what was said, with who said it: headers belong to it like its body."""
        what = self._http.what("POST", self._path)
        if _means_no_access(answer):
            raise AccessRefusedError(
                f"{what}: {answer.status} {_NO_DATABASE}: LiteLLM without a database says so to a "
                "key that it does not know",
                hint="check `auth`",
            )
        body = record(self._http.checked(answer, what).body)
        told = answer.headers.get(_DEPLOYMENT) or text(body.get("model"))
        return {
            "deployment": told or None,
            "fallbacks": _count(answer.headers.get(_FALLBACKS)),
            "choices": body.get("choices"),
            "usage": body.get("usage"),
        }

    def _chatted(self, reply: Record, *, remembered: bool = False) -> Chatted:
        choices = items(reply.get("choices"))
        first = record(choices[0]) if choices else {}
        message = first.get("message")
        if not isinstance(message, Mapping):
            raise BadReplyError(f"{self.address}{self._path} answered without a message")
        cut = first.get("finish_reason") == "length"
        usage = record(reply.get("usage"))
        return Chatted(
            deployment=text(reply.get("deployment")),
            content=None if cut else text(message.get("content")),
            fallbacks=_count(reply.get("fallbacks")),
            tokens_in=_count(usage.get("prompt_tokens")),
            tokens_out=_count(usage.get("completion_tokens")),
            remembered=remembered,
        )


def _means_no_access(answer: Answer) -> bool:
    if answer.ok:
        return False
    try:
        error = record(record(strict_json.parse(answer.content, "an error")).get("error"))
    except BadReplyError:
        return False
    return error.get("type") == _NO_DATABASE


def _count(written: Json) -> int:
    """Return a count, which headers write as text; nothing and nonsense count nothing."""
    if isinstance(written, str) and written.isascii() and written.isdigit():
        return int(written[:12])
    known = isinstance(written, int) and not isinstance(written, bool)
    return int(str(written)) if known and 0 <= int(str(written)) <= _MOST_TOKENS else 0
