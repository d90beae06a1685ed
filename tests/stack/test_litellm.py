"""A real LiteLLM gateway before upstreams of ours: who answers, fallbacks, limits, keys, cost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest
from tests.adapters.loopback import Loopback, Page, Seen, free_port, page
from tests.stack.keyed import with_secret
from tests.stack.listening import beyond_loopback
from tests.stack.servers import launched, running, tell

from mlrespond.adapters.openai import Config, build
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, PortError
from mlrespond.lab.process import LabProcess
from mlrespond.lab.stack import litellm
from mlrespond.lab.stack.server import url
from mlrespond.model.json import Json, Record
from mlrespond.ports.service import Serving
from mlrespond.testing.contract.serving import AnsweringContract, LoadingContract

pytestmark = [pytest.mark.stack_slow, pytest.mark.xdist_group("litellm")]

KEY = "sk-correct-horse-battery"
ROW: Mapping[str, Json] = {"text": "pay me"}
GROUPS: Mapping[str, str] = {
    "chat": "chat-v6",
    "old": "chat-v5",
    "small": "chat-small",
    "fragile": "chat-fragile",
    "busy": "chat-busy",
    "limited": "chat-limited",
}
LIMITS: Mapping[str, Mapping[str, str]] = {
    "chat-fragile": {},
    "chat-busy": {"retry-after": "70"},
}
VERSIONS: Json = {
    "6": {"answers_as": "chat-v6", "route": "chat-v6"},
    "5": {"answers_as": "chat-v5", "route": "chat-v5"},
    "4": {"answers_as": "chat-v4"},
}

Make = Callable[..., Serving]


def upstream(seen: Seen) -> Page:
    """Answer as OpenAI's API does; some models are over their limit."""
    model = seen.json["model"]
    if model in LIMITS:
        error = {"message": "over its limit", "type": "rate_limit_error", "code": "429"}
        return Page(json.dumps({"error": error}).encode(), 429, LIMITS[model])
    body: Json = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "allow"},
            }
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30},
    }
    return page(body, content_type="application/json")


def written(base: str) -> Record:
    """Return LiteLLM's configuration: each group has one deployment, which has a name."""
    models: list[Json] = [
        {
            "model_name": group,
            "litellm_params": {
                "model": f"openai/{name}",
                "api_base": f"{base}/v1",
                "api_key": "of-the-upstream",
                "max_retries": 0,
                **({"rpm": 1} if group == "limited" else {}),
            },
            "model_info": {"id": name},
        }
        for group, name in GROUPS.items()
    ]
    return {
        "model_list": models,
        "router_settings": {
            "num_retries": 0,
            "fallbacks": [{"fragile": ["small"]}],
            "optional_pre_call_checks": ["enforce_model_rate_limits"],
        },
        "general_settings": {"master_key": KEY},
    }


@pytest.fixture(scope="module")
def asked() -> Iterator[Loopback]:
    """Return the upstream; `seen` is what the gateway asked it."""
    server = Loopback(upstream)
    yield server
    server.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, asked: Loopback) -> Iterator[LabProcess]:
    home = tmp_path_factory.mktemp("litellm")
    launch = launched(lambda: litellm.launch(home, written(asked.url), tell))
    with running([launch], home) as (server,):
        yield server


@pytest.fixture
def make(gateway: LabProcess, site: Site) -> Make:
    def made(key: str = KEY, **more: Json) -> Serving:
        config: Record = {
            "kind": "openai",
            "model": "chat",
            "replicas": [
                {"name": "eu-1", "url": url(gateway)},
                {"name": "us-1", "url": url(gateway)},
                {"name": "gone", "url": f"http://127.0.0.1:{free_port()}"},
            ],
            "auth": {"bearer": "env:LOGIN"},
            "prompt": "Allow or block: {{ row.text }}",
            "versions": VERSIONS,
            **more,
        }
        return build(Config.model_validate(config), with_secret(site, key))

    return made


class TestLiteLLM(AnsweringContract, LoadingContract):
    @pytest.fixture
    def serving(self, make: Make) -> Serving:
        return make()

    @pytest.fixture
    def rows(self) -> Sequence[Mapping[str, Json]]:
        return [ROW, {"text": None}]


def test_the_deployment_that_answers_is_told_by_the_gateway_not_by_the_upstream(
    make: Make, asked: Loopback
) -> None:
    assert make().served("eu-1").version == "6"
    assert asked.seen[-1].json["model"] == "chat-v6"
    assert make(versions={}).served("eu-1").version == "chat-v6"


def test_a_fallback_that_answers_is_told_with_its_name(make: Make) -> None:
    served = make(model="fragile").served("eu-1")

    assert (served.version, served.ready) == ("chat-small", True)
    assert served.error == "chat-small answers for `fragile` after 1 fallback"


def test_answers_by_a_fallback_are_counted(make: Make) -> None:
    predicted = make(model="fragile").predict("eu-1", [ROW, ROW])

    assert predicted.version == "chat-small"
    assert predicted.usage is not None
    assert predicted.usage.fallbacks == 2


def test_without_fallbacks_the_primary_s_own_state_is_seen(make: Make) -> None:
    served = make(model="fragile", parameters={"disable_fallbacks": True}).served("eu-1")

    assert (served.version, served.ready) == (None, False)
    assert "429" in str(served.error)


def test_a_limit_of_the_upstream_says_how_long(make: Make) -> None:
    served = make(model="busy").served("eu-1")

    assert (served.version, served.ready) == (None, False)
    assert "429" in str(served.error)
    assert "it asks to wait 70 s" in str(served.error)


def test_a_limit_of_the_gateway_s_own_says_how_long(make: Make) -> None:
    limited = make(model="limited", timeout="1s")
    limited.served("eu-1")

    served = limited.served("eu-1")

    assert (served.version, served.ready) == (None, False)
    assert "429" in str(served.error)
    assert "it asks to wait" in str(served.error)


def test_a_limit_while_rows_are_asked_is_an_error_and_no_failed_row(make: Make) -> None:
    with pytest.raises(PortError, match="429"):
        make(model="busy").predict("eu-1", [ROW])


def test_a_key_that_it_does_not_know_is_refused(make: Make) -> None:
    for call in (
        lambda: make("sk-guessed").served("eu-1"),
        lambda: make("sk-guessed").predict("eu-1", [ROW]),
    ):
        with pytest.raises(AccessRefusedError):
            call()


def test_what_answers_took_and_cost_is_counted(make: Make) -> None:
    prices: Json = {"chat-v6": {"input": 2.0, "output": 10.0}}

    predicted = make(prices=prices).predict("eu-1", [ROW, ROW])

    usage = predicted.usage
    assert usage is not None
    assert (usage.tokens_in, usage.tokens_out) == (20, 40)
    assert usage.cost == pytest.approx((20 * 2 + 40 * 10) / 1e6)
    assert predicted.outputs == ("allow", "allow")


def test_the_key_of_the_gateway_goes_no_further(make: Make, asked: Loopback) -> None:
    make().served("eu-1")

    assert asked.seen[-1].headers["authorization"] == "Bearer of-the-upstream"


def test_nothing_of_it_listens_beyond_this_machine(gateway: LabProcess) -> None:
    assert beyond_loopback(gateway.pid) == []
