"""A headless Chromium, spoken to over its DevTools protocol, and what it saw."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from mlrespond.lab.deadline import wait_until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="chromium is not installed"
)
_PATIENCE_S = 60.0
_SHOTS = Path(__file__).parents[2] / "screenshots"
Light = Literal["light", "dark"]


@dataclass
class Seen:
    """What a page did beside showing itself."""

    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


class Tab:
    """One page of a certain size, in light or dark, on a screen or for print."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._n = 0
        self.seen = Seen()
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Return the reply to a command; what happened meanwhile is noted."""
        self._n += 1
        self._socket.send(json.dumps({"id": self._n, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv(timeout=_PATIENCE_S))
            if told.get("id") == self._n:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result
            self._note(told.get("method"), told.get("params", {}))

    def open(self, path: Path, *, width: int, height: int = 900, light: Light = "light") -> None:
        """Open a file, and wait until its pictures are drawn."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {"name": "prefers-color-scheme", "value": light}
        self.call("Emulation.setEmulatedMedia", media="screen", features=[scheme])
        self.call("Page.navigate", url=path.as_uri())
        drawn = (
            "document.readyState === 'complete' && !!document.querySelector('.chart')"
            " && [...document.querySelectorAll('.chart')].every(c => c.matches('.drawn'))"
        )
        assert wait_until(lambda: self.js(drawn) is True, _PATIENCE_S, 0.05), self.seen

    def js(self, expression: str) -> Any:  # noqa: ANN401  # whatever the page answers
        """Return the value of an expression in the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=8 if shift else 0)

    def point(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def tap(self, x: float, y: float) -> None:
        """Touch the screen for a moment."""
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def shoot(self, name: str) -> Path:
        """Keep a picture of the whole page, and return where it is."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "scale": 1}
        clip["height"] = min(size["height"], 8000)
        told = self.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip
        )
        return _keep(f"{name}.png", told["data"])

    def printed(self, name: str) -> bytes:
        """Keep the page as it prints, and return the PDF."""
        told = self.call("Page.printToPDF", printBackground=True)
        return _keep(f"{name}.pdf", told["data"]).read_bytes()

    def _note(self, method: str | None, params: dict[str, Any]) -> None:
        match method:
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded":
                self.seen.console.append(json.dumps(params))
            case "Network.requestWillBeSent":
                self.seen.requests.append(str(params["request"]["url"]))


def _keep(name: str, data: str) -> Path:
    _SHOTS.mkdir(exist_ok=True)
    path = _SHOTS / name
    path.write_bytes(base64.b64decode(data))
    return path


class Browser:
    """One Chromium in a process group of its own, stopped when it is left."""

    def __init__(self) -> None:
        assert CHROMIUM is not None, "chromium is not installed: apt-get install chromium"
        self._home = tempfile.TemporaryDirectory(
            prefix="mlir-chromium-", ignore_cleanup_errors=True
        )
        self._process = subprocess.Popen(
            [
                CHROMIUM,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--force-color-profile=srgb",
                "--remote-debugging-port=0",
                f"--user-data-dir={self._home.name}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        port = Path(self._home.name) / "DevToolsActivePort"
        assert wait_until(lambda: port.exists() and "\n" in port.read_text(), _PATIENCE_S, 0.05)
        self._port = port.read_text().splitlines()[0]

    @contextmanager
    def tab(self) -> Iterator[Tab]:
        """Open a tab, and close it afterwards."""
        new = httpx.put(f"http://127.0.0.1:{self._port}/json/new?about:blank", timeout=_PATIENCE_S)
        address = new.json()["webSocketDebuggerUrl"]
        with connect(address, max_size=None, open_timeout=_PATIENCE_S) as socket:
            tab = Tab(socket)
            yield tab
            tab.call("Page.close")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_PATIENCE_S)
        self._home.cleanup()
