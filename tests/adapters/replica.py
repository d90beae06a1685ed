"""A replica and a router as `wire.md` has them, small: what the adapters are tested against."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.adapters.loopback import Page, Seen, page

MODEL = "/v2/models/fraud"
_INFER = re.compile(rf"{MODEL}(?:/versions/([^/]+))?/infer")
_READY = re.compile(rf"{MODEL}/versions/([^/]+)/ready")


class Replica:
    """Serves version 6 of `fraud`, knows 5 and a broken 8; blocks amounts above 100."""

    def __init__(self) -> None:
        self.serves: str | None = "6"
        self.loaded = {"6"}
        self.known = {"5", "6"}
        self.refused: set[float] = set()
        self.got: list[Any] = []

    def __call__(self, seen: Seen) -> Page:
        if seen.path == MODEL:
            return page(
                {
                    "name": "fraud",
                    "versions": sorted(self.loaded),
                    "inputs": [{"name": "amount", "datatype": "FP64", "shape": [-1]}],
                    "outputs": [],
                }
            )
        if seen.path == f"{MODEL}/ready":
            return page({}) if self.serves else page({"error": "not ready"}, 503)
        if found := _READY.fullmatch(seen.path):
            loaded = found.group(1) in self.loaded
            return page({}) if loaded else page({"error": "not loaded"}, 404)
        if found := _INFER.fullmatch(seen.path):
            return self._infer(found.group(1) or self.serves, seen.json)
        if seen.path == "/v2/repository/models/fraud/load":
            return self._load(seen.json["parameters"])
        if seen.path == "/metrics":
            return Page(b"# HELP x\nprocess_start_time_seconds 1.7954136e+09\n")
        return page({"error": f"no such path: {seen.path}"}, 404)

    def _load(self, parameters: Mapping[str, Any]) -> Page:
        version = parameters["version"]
        if version == "8":
            return page({"error": "version 8 cannot be loaded"}, 400)
        if version not in self.known:
            return page({"error": f"no version {version}"}, 404)
        self.loaded.add(version)
        if parameters.get("default"):
            self.serves = version
        return page({})

    def _infer(self, version: str | None, body: Any) -> Page:  # noqa: ANN401  # what a test sent
        if version not in self.loaded:
            return page({"error": f"version {version} is not loaded"}, 404)
        self.got.append(body["inputs"])
        (amounts,) = (one["data"] for one in body["inputs"] if one["name"] == "amount")
        if self.refused & set(amounts):
            return page({"error": "breaks on that amount"}, 500)
        decisions = [None if one is None else "block" if one > 100 else "allow" for one in amounts]
        return page(
            {
                "model_name": "fraud",
                "model_version": version,
                "outputs": [
                    _output("p", [0.5] * len(amounts), "FP64"),
                    _output("decision", decisions, "BYTES"),
                ],
            }
        )


def _output(name: str, data: list[Any], datatype: str) -> dict[str, Any]:
    return {"name": name, "shape": [len(data)], "datatype": datatype, "data": data}


class Router:
    """Knows `primary` and `rules-v1`, and the replicas `eu-1` and `us-1`, which serve 6."""

    def __init__(self) -> None:
        self.route: dict[str, Any] = {"to": "primary", "share": 100, "drained": []}

    def __call__(self, seen: Seen) -> Page:
        if seen.path == f"{MODEL}/infer":
            version = "6" if self.route["to"] == "primary" else self.route["to"]
            return page({"model_version": version, "outputs": [_output("p", [0.5], "FP64")]})
        if seen.path != "/routes":
            return page({"error": "no such path"}, 404)
        if seen.method == "PUT":
            route = seen.json
            drained = set(route["drained"])
            if route["to"] not in {"primary", "rules-v1"} or not drained < {"eu-1", "us-1"}:
                return page({"error": "no such route"}, 400)
            self.route = route
        return page(self.route)
