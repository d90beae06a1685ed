"""Single HTTP calls to any address, under the rules of `http.py`."""

from __future__ import annotations

from collections.abc import Mapping

from mlrespond.adapters import strict_json
from mlrespond.adapters.http import Http
from mlrespond.adapters.http_error import Answer, refusal
from mlrespond.errors import BadReplyError, InvalidInputError, UnreachableError
from mlrespond.model.json import Json
from mlrespond.model.reading import Reply
from mlrespond.ports.clock import Clock

_REDIRECTS = range(300, 400)


class HttpCalls:
    """Makes a call once, and hands back whatever was answered but a redirect."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def call(
        self, method: str, url: str, body: Json, headers: Mapping[str, str], timeout_s: float
    ) -> Reply:
        """See Web.call; error statuses are replies, for the caller says what it expects."""
        try:
            http = Http(url, clock=self._clock, deadline_s=timeout_s)
        except InvalidInputError as cause:
            raise UnreachableError(cause.message, hint=cause.hint) from cause
        answer = http.answer(method, "", json=body, headers=headers)
        error = refusal(answer, http.what(method, ""))
        if error and answer.status in _REDIRECTS:
            raise error
        return Reply(status=answer.status, body=_body(answer))


def _body(answer: Answer) -> Json:
    if not answer.content.strip():
        return None
    try:
        return strict_json.parse(answer.content, "body")
    except BadReplyError:
        return answer.content.decode("utf-8", "replace")
