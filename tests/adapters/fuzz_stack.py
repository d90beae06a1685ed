"""The adapters of the real stack, each with a call to make and what a good answer to it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from mlrespond.adapters import mlflow, mlflow_scoring, mlserver, openai, prometheus, triton
from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.model.json import Json, Record
from mlrespond.model.reading import Window
from mlrespond.model.service import Auth
from mlrespond.ports.service import Metrics, Registry, Serving
from mlrespond.testing.clock import START

TIMEOUT = "400ms"
TIMEOUT_S = 0.4
ROWS: list[Mapping[str, Json]] = [{"amount": 1.5, "country": "DE"}, {"amount": 2}]
WINDOW = Window(since=START - timedelta(minutes=1), until=START)


@dataclass(frozen=True)
class Asked:
    """One call of an adapter; `good` answers each request that it makes."""

    call: Callable[[str, Site], object]
    good: Json


def _serving(url: str) -> Record:
    replicas: Json = [{"name": "a", "url": url}]
    return {
        "model": "fraud",
        "replicas": replicas,
        "timeout": TIMEOUT,
        "auth": {"bearer": "env:TOKEN"},
    }


@cache
def registry(url: str, site: Site) -> Registry:
    auth = Auth(bearer="env:TOKEN")
    http = Http(url, clock=site.clock, auth=auth, secrets=site.secrets, deadline_s=TIMEOUT_S)
    return mlflow.MlflowRegistry(http, "fraud", "champion")


@cache
def metrics(url: str, site: Site) -> Metrics:
    written = {"kind": "prometheus", "url": url, "timeout": TIMEOUT}
    auth = {"bearer": "env:TOKEN"}
    return prometheus.build(prometheus.Config.model_validate({**written, "auth": auth}), site)


@cache
def triton_at(url: str, site: Site, *, probed: bool = False) -> Serving:
    probe: Json = dict(ROWS[0]) if probed else None
    written = {"kind": "triton", "load_timeout": TIMEOUT, "probe": probe, **_serving(url)}
    return triton.build(triton.Config.model_validate(written), site)


@cache
def mlserver_at(url: str, site: Site) -> Serving:
    slot = site.folder / "slot"
    slot.mkdir(exist_ok=True)
    settings: Json = {"name": "fraud", "parameters": {"uri": "x:6", "version": "6"}}
    (slot / "model-settings.json").write_text(json.dumps(settings))
    written = {
        "kind": "mlserver",
        "load_timeout": TIMEOUT,
        "settings": "slot/model-settings.json",
        "uri": "x:{{ version }}",
        "probe": dict(ROWS[0]),
        **_serving(url),
    }
    return mlserver.build(mlserver.Config.model_validate(written), site)


def scoring_config(url: str, site: Site) -> mlflow_scoring.Config:
    lines = [{"version": one, "row": {"amount": 1}, "output": float(one)} for one in "56"]
    (site.folder / "canary.jsonl").write_text("\n".join(json.dumps(one) for one in lines))
    written = {
        "kind": "mlflow_scoring",
        "canary": "canary.jsonl",
        "load_timeout": "1s",
        "hooks": {"restart": ["true"]},
        **_serving(url),
    }
    return mlflow_scoring.Config.model_validate(written)


@cache
def scoring(url: str, site: Site) -> Serving:
    return mlflow_scoring.build(scoring_config(url, site), site)


def chat_config(url: str) -> openai.Config:
    written = {
        "kind": "openai",
        "prompt": "{{ row.country }}",
        "answer": {"format": "json", "field": "d", "fields": {"d": ["allow"]}},
        "versions": {"5": {"answers_as": "v5", "route": "v5"}},
        "prices": {"v6": {"input": 1.0, "output": 2.0}},
        **_serving(url),
    }
    return openai.Config.model_validate(written)


@cache
def chat(url: str, site: Site) -> Serving:
    return openai.build(chat_config(url), site)


MLFLOW: Json = {
    "registered_model": {"name": "fraud", "aliases": [{"alias": "champion", "version": "5"}]},
    "model_versions": [
        {
            "version": "5",
            "creation_timestamp": 1764000000000,
            "run_id": "r",
            "tags": [{"key": "a", "value": "b"}],
        }
    ],
    "run": {"data": {"metrics": [{"key": "acc", "value": 0.9}, {"key": "x", "value": "NaN"}]}},
}
VECTOR: Json = {
    "status": "success",
    "data": {
        "resultType": "vector",
        "result": [{"metric": {"v": "6"}, "value": [1764000000.1, "NaN"]}],
    },
}
MATRIX: Json = {
    "status": "success",
    "data": {
        "resultType": "matrix",
        "result": [{"metric": {}, "values": [[1764000000, "1"], [1764000010, "+Inf"]]}],
    },
}
TENSOR: Record = {"name": "p", "datatype": "FP64", "shape": [2], "data": [0.5, 0.7]}
ONE: Json = {**TENSOR, "shape": [1], "data": [0.5]}
MODEL: Json = {
    "name": "fraud",
    "versions": ["6"],
    "input": [{"name": "amount", "data_type": "TYPE_FP64"}],
    "output": [{"name": "p"}],
    "inputs": [{"name": "amount", "datatype": "FP64", "shape": [-1]}],
    "model_version": "6",
    "outputs": [ONE],
}
CHAT: Record = {
    "model": "v6",
    "choices": [{"finish_reason": "stop", "message": {"content": '{"d": "allow"}'}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4},
}
PREDICTIONS: Json = {"predictions": [6.0, 6.0]}

STACK: dict[str, Asked] = {
    "mlflow wanted": Asked(lambda url, site: registry(url, site).wanted(), MLFLOW),
    "mlflow versions": Asked(lambda url, site: registry(url, site).versions(), MLFLOW),
    "mlflow want": Asked(lambda url, site: registry(url, site).want("5"), MLFLOW),
    "mlflow tag": Asked(lambda url, site: registry(url, site).tag("5", "a", "b"), MLFLOW),
    "prometheus instant": Asked(lambda url, site: metrics(url, site).instant("up", START), VECTOR),
    "prometheus range": Asked(lambda url, site: metrics(url, site).range("up", WINDOW, 5), MATRIX),
    "triton served": Asked(lambda url, site: triton_at(url, site).served("a"), MODEL),
    "triton probed": Asked(lambda url, site: triton_at(url, site, probed=True).served("a"), MODEL),
    "triton load": Asked(lambda url, site: triton_at(url, site).load("a", "5"), MODEL),
    "triton activate": Asked(lambda url, site: triton_at(url, site).activate("a", "5"), MODEL),
    "triton predict": Asked(lambda url, site: triton_at(url, site).predict("a", ROWS[:1]), MODEL),
    "mlserver served": Asked(lambda url, site: mlserver_at(url, site).served("a"), MODEL),
    "mlserver load": Asked(lambda url, site: mlserver_at(url, site).load("a", "5"), MODEL),
    "mlserver activate": Asked(lambda url, site: mlserver_at(url, site).activate("a", "5"), MODEL),
    "mlserver predict": Asked(
        lambda url, site: mlserver_at(url, site).predict("a", ROWS[:1]), MODEL
    ),
    "mlflow_scoring served": Asked(lambda url, site: scoring(url, site).served("a"), PREDICTIONS),
    "mlflow_scoring activate": Asked(
        lambda url, site: scoring(url, site).activate("a", "6"), PREDICTIONS
    ),
    "mlflow_scoring predict": Asked(
        lambda url, site: scoring(url, site).predict("a", ROWS), PREDICTIONS
    ),
    "openai served": Asked(lambda url, site: chat(url, site).served("a"), CHAT),
    "openai load": Asked(lambda url, site: chat(url, site).load("a", "5"), {**CHAT, "model": "v5"}),
    "openai predict": Asked(lambda url, site: chat(url, site).predict("a", ROWS), CHAT),
}
