"""All HTTP: one total deadline a call, a cap on the body, typed errors, no redirect followed.

Credentials go to the address that they were configured for and nowhere else.
"""

from __future__ import annotations

import base64
import random
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlrespond import __version__
from mlrespond.adapters import address, strict_json
from mlrespond.adapters.gate import AT_ONCE, under_way
from mlrespond.adapters.http_error import Answer, refusal
from mlrespond.adapters.pause import pause_asked
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    InvalidInputError,
    NoAnswerError,
    RejectedError,
    UnreachableError,
)
from mlrespond.model.json import Json, dump
from mlrespond.model.reading import Reply
from mlrespond.model.service import Auth
from mlrespond.model.text import one_line
from mlrespond.ports.clock import Clock
from mlrespond.ports.person import Secrets

if TYPE_CHECKING:
    import httpx

DEADLINE_S = 10.0
BODY_CAP = 8 << 20

_ATTEMPTS = 3
_FIRST_PAUSE_S = 0.2
_TOO_MANY = 429
_RETRIED = frozenset({_TOO_MANY, 502, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    what: str
    method: str
    url: str
    content: bytes | None
    headers: Mapping[str, str]
    idempotent: bool
    fresh: bool


class Http:
    """One address that is spoken to; safe to use from several threads.

    `deadline_s` covers a whole call with its retries, `body_cap` is in bytes; `called` is how
    messages call an address that is a secret itself. Only idempotent calls are retried, and only
    they use kept connections: a stale one would leave it unknown whether a change was sent.
    At most `at_once` calls to the address are under way in this process, whoever makes them.
    `fresh` asks for a new connection all the same: behind a balancer a kept one, like a cookie,
    leads to the same server every time.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock,
        auth: Auth | None = None,
        secrets: Secrets | None = None,
        deadline_s: float = DEADLINE_S,
        body_cap: int = BODY_CAP,
        called: str = "",
        at_once: int = AT_ONCE,
    ) -> None:
        self._called = called
        self._scheme, self._host = address.checked(base_url)
        self._port = address.port(base_url)
        self.base_url = base_url.rstrip("/")
        self._clock = clock
        self._auth = auth
        self._secrets = secrets
        self._deadline_s = deadline_s
        self._body_cap = body_cap
        self._at_once = at_once
        self._clients: dict[bool, httpx.Client] = {}
        self._lock = threading.Lock()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Json = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
        deadline_s: float | None = None,
    ) -> Reply:
        """Return the answer of a call that succeeded, its body read as JSON; no body is null."""
        answer = self.answer(
            method,
            path,
            json=json,
            headers=headers,
            idempotent=idempotent,
            deadline_s=deadline_s,
        )
        return self.checked(answer, self.what(method, path))

    def text(self, path: str, *, deadline_s: float | None = None) -> str:
        """Return the body of a GET that succeeded as text."""
        answer = self.answer("GET", path, idempotent=True, deadline_s=deadline_s)
        error = refusal(answer, self.what("GET", path))
        if error:
            raise error
        return answer.content.decode("utf-8", "replace")

    def checked(self, answer: Answer, what: str) -> Reply:
        """Return an answer as a reply, or raise the error that it means."""
        error = refusal(answer, what)
        if error:
            wait = pause_asked(answer, self._clock.now())
            if answer.status == _TOO_MANY and wait is not None:
                error.hint = f"it asks to wait {wait:.0f} s"
            raise error
        body = strict_json.parse(answer.content, what) if answer.content.strip() else None
        return Reply(status=answer.status, body=body)

    def answer(
        self,
        method: str,
        path: str,
        *,
        json: Json = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
        fresh: bool = False,
        deadline_s: float | None = None,
    ) -> Answer:
        """Return whatever was answered, an error status too; raise only if nothing whole came."""
        asked = _Asked(
            what=self.what(method, path),
            method=method,
            url=self.base_url + path,
            content=_encoded(json),
            headers={**self._own_headers(json), **_lower(headers or {})},
            idempotent=idempotent,
            fresh=fresh,
        )
        ends = time.monotonic() + (deadline_s or self._deadline_s)
        return self._tried(asked, ends)

    def what(self, method: str, path: str) -> str:
        """Return how messages call a request: without its query, which may hold secrets."""
        return f"{method} {self._called or address.shown(self.base_url + path)}"

    def _tried(self, asked: _Asked, ends: float) -> Answer:
        for attempt in range(1, _ATTEMPTS):
            pause = _pause_s(attempt)
            try:
                answer = self._once(asked, ends)
            except (UnreachableError, NoAnswerError):
                if not asked.idempotent or not self._paused(pause, ends):
                    raise
                continue
            if not asked.idempotent or answer.status not in _RETRIED:
                return answer
            told = pause_asked(answer, self._clock.now())
            if not self._paused(pause if told is None else told, ends):
                return answer
        return self._once(asked, ends)

    def _paused(self, seconds: float, ends: float) -> bool:
        if time.monotonic() + seconds >= ends:
            return False
        self._clock.sleep(seconds)
        return True

    def _once(self, asked: _Asked, ends: float) -> Answer:
        from mlrespond.adapters.network import Call, under
        from mlrespond.adapters.wire_error import told

        call = Call(ends)
        origin = f"{self._scheme}://{self._host}:{self._port}"
        with under_way(origin, self._at_once, call), told(asked.what, call), under(call):
            client = self._client(keep=asked.idempotent and not asked.fresh)
            request = client.build_request(
                asked.method, asked.url, content=asked.content, headers=asked.headers
            )
            self._refuse_elsewhere(request)
            response = client.send(request, stream=True)
            call.answered = True
            try:
                return self._read(response, asked.what)
            finally:
                response.close()

    def _read(self, response: httpx.Response, what: str) -> Answer:
        encoding = response.headers.get("content-encoding", "identity")
        if encoding not in {"identity", ""}:  # a few bytes could unpack to gigabytes
            raise BadReplyError(f"{what}: answered packed as {one_line(encoding, 20)}, unasked")
        content = bytearray()
        for piece in response.iter_raw():
            content += piece
            if len(content) > self._body_cap:
                raise BadReplyError(f"{what}: the body is longer than {self._body_cap} bytes")
        return Answer(
            status=response.status_code,
            content=bytes(content),
            headers={name.lower(): value for name, value in response.headers.items()},
        )

    def _client(self, *, keep: bool) -> httpx.Client:
        from http.cookiejar import CookieJar, DefaultCookiePolicy

        import httpx

        from mlrespond.adapters.transport import DeadlineTransport

        with self._lock:
            if keep not in self._clients:
                client = httpx.Client(
                    transport=DeadlineTransport(self._scheme, self._host, keep=keep),
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                    trust_env=False,
                    timeout=None,  # noqa: S113  # the transport keeps the call's own deadline
                )
                self._clients[keep] = client
                weakref.finalize(self, client.close)
            return self._clients[keep]

    def _refuse_elsewhere(self, request: httpx.Request) -> None:
        import httpx

        base = httpx.URL(self.base_url)
        if (request.url.scheme, request.url.host, request.url.port) != (
            base.scheme,
            base.host,
            base.port,
        ):
            raise RejectedError(f"`{request.url.host}` is not the host of {self.base_url}")

    def _own_headers(self, body: Json) -> dict[str, str]:
        headers = {
            "accept": "application/json, text/plain, */*",
            "accept-encoding": "identity",
            "user-agent": f"mlrespond/{__version__}",
        }
        if body is not None:
            headers["content-type"] = "application/json"
        if self._auth is None or self._secrets is None:
            return headers
        if self._auth.bearer:
            headers["authorization"] = f"Bearer {_token(self._secrets, self._auth.bearer)}"
        elif self._auth.basic:
            pair = self._secrets.get(self._auth.basic).encode("utf-8", "surrogateescape")
            headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return headers


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _encoded(body: Json) -> bytes | None:
    try:
        return None if body is None else dump(body).encode()
    except (InvalidInputError, UnicodeEncodeError) as cause:
        raise RejectedError("what was to be sent is not JSON") from cause


def _token(secrets: Secrets, reference: str) -> str:
    secret = secrets.get(reference)
    if not (secret.isascii() and secret.isprintable()):
        raise AccessRefusedError(f"the secret of {reference} does not fit into an HTTP header")
    return secret


def _pause_s(attempt: int) -> float:
    jitter = random.uniform(0.5, 1.0)  # noqa: S311  # spreads retries, guards nothing
    return float(_FIRST_PAUSE_S * 2 ** (attempt - 1) * jitter)
