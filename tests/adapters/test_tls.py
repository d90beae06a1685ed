"""HTTPS: a certificate is checked, and a handshake that hangs ends in time."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.loopback import Loopback, Page

from mlrespond.adapters.http import Http
from mlrespond.errors import PortError, UnreachableError
from mlrespond.testing.clock import FixedClock

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {path} -out {path}.crt -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Loopback]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Loopback(context=context)
    server.answers(Page(b'{"a": 1}'))
    yield server
    server.close()


def test_a_trusted_certificate_is_enough(
    secure: Loopback, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    for host in ("localhost", "127.0.0.1"):
        http = Http(f"https://{host}:{secure.port}", clock=FixedClock())
        assert http.request("GET", "/x", idempotent=True).body == {"a": 1}


def test_an_unknown_certificate_is_not(secure: Loopback) -> None:
    http = Http(f"https://localhost:{secure.port}", clock=FixedClock())

    with pytest.raises(UnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
        http.request("GET", "/x")
    assert secure.seen == []


def test_a_handshake_that_hangs_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        http = Http(f"https://127.0.0.1:{listener.getsockname()[1]}", clock=FixedClock())
        began = time.monotonic()

        with pytest.raises(PortError) as raised:
            http.request("POST", "/x", deadline_s=0.5)

    assert raised.value.definite
    assert time.monotonic() - began < 8.0
