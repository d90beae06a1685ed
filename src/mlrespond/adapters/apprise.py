"""Whatever Apprise can notify: mail, Telegram, Teams, Matrix, SMS and a hundred more.

It needs the extra `notify`. Apprise tells only whether sending worked, so a page has no receipt
from the other end, and nobody can be seen to take it there. Source: appriseit.com.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, NoAnswerError, UnsupportedError
from mlrespond.model.authored import Secret
from mlrespond.model.reading import Acknowledged
from mlrespond.model.service import Component


class Config(Component):
    """Addresses in Apprise's notation."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["apprise"] = Field(description="Apprise, with the extra `notify`")
    urls: list[Secret] = Field(
        description="Apprise URLs, which hold credentials: env:NAME or file:PATH", min_length=1
    )


def build(config: Config, site: Site) -> Apprise:
    """Return the addresses as pager, or as chat."""
    return Apprise(config, site)


class Apprise:
    """Pager and Chat over Apprise."""

    def __init__(self, config: Config, site: Site) -> None:
        self._config = config
        self._site = site

    def page(self, key: str, to: str, text: str) -> str:
        """See Pager.page; Apprise knows no keys, so sending again would page again."""
        return self._send(key, f"{self._site.service}: page for {to}", text)

    def acknowledged(self, key: str) -> Acknowledged | None:
        """See Pager.acknowledged; always UnsupportedError."""
        raise UnsupportedError(
            f"Apprise does not tell who took {key}", hint="whoever takes it says so: mlir ack"
        )

    def acknowledge(self, key: str, by: str) -> None:
        """See Pager.acknowledge: what was sent was sent."""

    def resolve(self, key: str) -> None:
        """See Pager.resolve: there is nothing to take back."""

    def post(self, key: str, to: str, text: str) -> str:
        """See Chat.post."""
        return self._send(key, f"{self._site.service} ({to})", text)

    def _send(self, key: str, title: str, body: str) -> str:
        try:
            import apprise
        except ImportError as cause:
            raise UnsupportedError(
                "Apprise is not installed", hint="pip install 'mlrespond[notify]'"
            ) from cause
        sender = apprise.Apprise()
        for reference in self._config.urls:
            if not sender.add(self._site.secrets.get(reference)):
                raise AccessRefusedError(f"the secret of {reference} is no Apprise URL")
        if not sender.notify(title=title, body=body):
            raise NoAnswerError("Apprise could not reach every address, or not for certain")
        return f"apprise:{key}"
