"""Slack's incoming webhooks: one channel each, whose address is the secret.

A message has no id, so nothing can be edited or answered in a thread: few messages that stand on
their own. Source: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from mlrespond.adapters.http import Http
from mlrespond.adapters.http_error import refusal
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, InvalidInputError
from mlrespond.model.authored import Secret
from mlrespond.model.service import Component
from mlrespond.ports.service import Chat

_LONGEST = 3000
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Config(Component):
    """A channel, by its incoming webhook."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["slack"] = Field(description="Slack's incoming webhooks")
    webhook: Secret = Field(description="The webhook's address: env:NAME or file:PATH")


def build(config: Config, site: Site) -> Chat:
    """Return the channel."""
    return Slack(config, site)


class Slack:
    """A channel that can be written to."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._site = site

    def post(self, key: str, to: str, text: str) -> str:
        """See Chat.post; sent once, since Slack knows no keys: no answer in time is unknown."""
        http, path = self._address()
        said = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        answer = http.answer("POST", path, json={"text": said.translate(_ESCAPED)})
        error = refusal(answer, f"the Slack channel of {to}")
        if error:
            raise error
        return f"slack:{key}"

    def _address(self) -> tuple[Http, str]:
        """Return who to speak to, and the path, which is as secret as the rest of the address."""
        parts = urlsplit(self._site.secrets.get(self._config.webhook))
        base = f"{parts.scheme}://{parts.netloc}"
        try:
            http = Http(base, clock=self._site.clock, called=f"the webhook {self._config.webhook}")
        except InvalidInputError:  # its message would show the address
            raise AccessRefusedError(
                f"the secret of {self._config.webhook} is no address of a webhook"
            ) from None
        return http, parts.path + (f"?{parts.query}" if parts.query else "")
