"""An httpx transport for one origin, under the deadlines of `network.py`. It costs httpx."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Iterator

import httpcore
import httpx

from mlrespond.adapters.address import is_loopback
from mlrespond.adapters.network import DeadlineBackend

_CONNECTIONS = 10
_IDLE_S = 5.0


class DeadlineTransport(httpx.BaseTransport):
    """One origin's connections. Errors are httpcore's: the caller tells what they mean."""

    def __init__(self, scheme: str, host: str, *, keep: bool) -> None:
        self._pool = _pool(scheme, host, keep=keep)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        reply = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(reply.status, headers=reply.headers, stream=_Body(reply))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        yield from self._reply.iter_stream()

    def close(self) -> None:
        self._reply.close()


def _pool(scheme: str, host: str, *, keep: bool) -> httpcore.ConnectionPool:
    idle = _CONNECTIONS if keep else 0
    proxy = _proxy(scheme, host)
    context = _context(scheme)
    if proxy is None:
        return httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=idle,
            keepalive_expiry=_IDLE_S,
            network_backend=DeadlineBackend(),
        )
    return httpcore.HTTPProxy(
        proxy_url=str(proxy.url),
        proxy_auth=proxy.raw_auth,
        ssl_context=context,
        max_connections=_CONNECTIONS,
        max_keepalive_connections=idle,
        keepalive_expiry=_IDLE_S,
        network_backend=DeadlineBackend(),
    )


def _proxy(scheme: str, host: str) -> httpx.Proxy | None:
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    url = proxies.get(scheme) or proxies.get("all")
    if not url:
        return None
    try:
        proxy = httpx.Proxy(url if "://" in url else f"http://{url}")
    except ValueError as cause:
        raise httpcore.UnsupportedProtocol("the proxy in the environment is no address") from cause
    if proxy.url.scheme not in {"http", "https"}:
        raise httpcore.UnsupportedProtocol(f"a proxy of kind {proxy.url.scheme} is not supported")
    return proxy


def _context(scheme: str) -> ssl.SSLContext:
    if scheme == "https":
        return httpx.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and costs no reading of CAs
