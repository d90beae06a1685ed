"""HTTP addresses: what is one, what may be shown of one, and which are this machine's."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urlsplit

from mlrespond.errors import InvalidInputError, RejectedError
from mlrespond.model.text import one_line

_SHOWN = 200


def checked(url: str) -> tuple[str, str]:
    """Return scheme and host of an address; InvalidInputError if it is none, or holds a secret."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInputError(f"`{shown(url)}` is no HTTP address", hint="write http://HOST:PORT")
    if parts.username is not None:
        raise InvalidInputError(
            f"the address of {parts.hostname} holds credentials",
            hint="name them instead: `auth: {basic: env:NAME}`",
        )
    return parts.scheme, parts.hostname or ""


def port(url: str) -> int:
    """Return the port of an address that was checked, be it written or its scheme's own."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def shown(url: str) -> str:
    """Return an address without what may be secret: user, query and fragment."""
    bare = url.partition("?")[0].partition("#")[0]
    scheme, mark, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    return one_line(f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}", _SHOWN)


def segment(name: str) -> str:
    """Return a name as one part of a path; RejectedError for what would be another path."""
    if name in {"", ".", ".."}:
        raise RejectedError(f"`{name}` is no name that an address can hold")
    return quote(name, safe="", errors="replace")


def is_ip(host: str) -> bool:
    """Return whether a host is written as an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, which no proxy stands before."""
    if is_ip(host):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")
