"""What a failure on the wire means: not sent, sent and unanswered, or not HTTP at all.

Imported lazily: it costs httpx.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpcore
import httpx

from mlrespond.adapters.network import Call
from mlrespond.errors import BadReplyError, NoAnswerError, RejectedError, UnreachableError
from mlrespond.model.text import one_line, unnumbered

_NOT_SENT = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


@contextmanager
def told(what: str, call: Call) -> Iterator[None]:
    """Turn the errors of httpx and httpcore into ours, each `from` its cause."""
    try:
        yield
    except _NOT_SENT as cause:
        raise UnreachableError(f"{what}: {_why(cause, 'no connection')}") from cause
    except (httpcore.LocalProtocolError, httpx.InvalidURL, UnicodeError) as cause:
        raise RejectedError(f"{what}: cannot be sent as HTTP") from cause
    except httpcore.RemoteProtocolError as cause:
        if call.heard and not call.answered:
            raise BadReplyError(f"{what}: the answer is not HTTP") from cause
        raise NoAnswerError(f"{what}: the connection ended too early") from cause
    except httpcore.TimeoutException as cause:
        raise NoAnswerError(f"{what}: no whole answer in time") from cause
    except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError) as cause:
        raise NoAnswerError(f"{what}: {_why(cause, 'the connection broke')}") from cause


def _why(cause: Exception, otherwise: str) -> str:
    return one_line(unnumbered(str(cause)), 120) or otherwise
