"""What every maker of single calls must do. Subclass, and define the fixtures below.

`web` is the caller; each of the others is an address: `echo` answers with the JSON body that it
was sent, `missing` with 404 and `{"error": "no such thing"}`, `page` with HTML, `moved` with a
redirect to `echo`, `gone` not at all.
"""

from __future__ import annotations

import pytest

from mlrespond.errors import BadReplyError, PortError, UnreachableError
from mlrespond.ports.service import Web


class WebContract:
    """One call is one call: its status and body come back, and nothing is followed."""

    def test_a_body_goes_there_and_back(self, web: Web, echo: str) -> None:
        reply = web.call("POST", echo, {"to": ["é", 1, None]}, {}, 10)

        assert (reply.status, reply.body) == (200, {"to": ["é", 1, None]})

    def test_an_error_status_is_a_reply(self, web: Web, missing: str) -> None:
        reply = web.call("GET", missing, None, {}, 10)

        assert (reply.status, reply.body) == (404, {"error": "no such thing"})

    def test_what_is_no_json_is_text(self, web: Web, page: str) -> None:
        body = web.call("GET", page, None, {}, 10).body

        assert isinstance(body, str)
        assert body.startswith("<html>")

    def test_a_redirect_is_not_followed(self, web: Web, moved: str) -> None:
        with pytest.raises(BadReplyError):
            web.call("POST", moved, {"a": 1}, {}, 10)

    def test_where_nothing_answers_nothing_was_sent(self, web: Web, gone: str) -> None:
        with pytest.raises(UnreachableError):
            web.call("GET", gone, None, {}, 10)

    @pytest.mark.parametrize("url", ["", "echo", "ftp://127.0.0.1/", "http://", "http://[::1/"])
    def test_what_is_no_address_is_an_error(self, web: Web, url: str) -> None:
        with pytest.raises(PortError) as raised:
            web.call("GET", url, None, {}, 10)

        assert raised.value.definite
