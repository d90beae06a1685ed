"""Replicas over the Open Inference Protocol: what they serve is what they answered, or unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
from tests.adapters.loopback import Loopback, Page, Seen, free_port, page
from tests.adapters.replica import MODEL, Replica

from mlrespond.adapters.open_inference import Config, build
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    InvalidInputError,
    NotThereError,
    PortError,
    RejectedError,
)
from mlrespond.model.json import Json
from mlrespond.ports.service import Serving
from mlrespond.testing.contract.serving import ServingContract

Serve = Callable[..., Loopback]
ROW: Mapping[str, Json] = {"amount": 12.5, "country": "DE"}


def config(urls: Mapping[str, str], **more: object) -> Config:
    replicas = [{"name": name, "url": url} for name, url in urls.items()]
    return Config.model_validate(
        {"kind": "open_inference", "model": "fraud", "replicas": replicas, **more}
    )


def infer_reply(version: str | None = "6", data: Sequence[Json] = ("allow",)) -> Page:
    body: dict[str, Json] = {"outputs": [{"name": "decision", "data": list(data)}]}
    return page({**body, "model_version": version} if version else body)


class TestOpenInference(ServingContract):
    @pytest.fixture
    def serving(self, serve: Serve, site: Site) -> Serving:
        urls = {
            "eu-1": serve(Replica()).url,
            "us-1": serve(Replica()).url,
            "gone": f"http://127.0.0.1:{free_port()}",
        }
        return build(config(urls, probe=dict(ROW)), site)

    @pytest.fixture
    def rows(self) -> Sequence[Mapping[str, Json]]:
        return [ROW, {"amount": 900, "country": None}]


class TestOpenInferenceWithoutProbe:
    def test_a_single_loaded_version_is_the_served_one(self, serve: Serve, site: Site) -> None:
        served = build(config({"a": serve(Replica()).url}), site).served("a")

        assert (served.version, served.ready, served.error) == ("6", True, None)

    def test_of_several_loaded_versions_none_can_be_told(self, serve: Serve, site: Site) -> None:
        replica = Replica()
        replica.loaded = {"5", "6"}

        served = build(config({"a": serve(replica).url}), site).served("a")

        assert (served.version, served.ready) == (None, True)
        assert served.error == "several versions are loaded; give `probe`"

    def test_a_server_that_lists_no_version_cannot_be_told(
        self, server: Loopback, site: Site
    ) -> None:
        server.answers(page({"name": "fraud", "versions": []}))

        served = build(config({"a": server.url}), site).served("a")

        assert served.version is None
        assert served.error == "the server lists no version; give `probe`"

    def test_a_model_that_is_not_ready_says_so(self, serve: Serve, site: Site) -> None:
        replica = Replica()
        replica.serves = None

        served = build(config({"a": serve(replica).url}), site).served("a")

        assert (served.version, served.ready) == ("6", False)
        assert served.error == "the model is not ready"


@pytest.fixture
def one(server: Loopback, site: Site) -> Serving:
    return build(config({"a": server.url}, probe=dict(ROW)), site)


def test_the_probe_is_believed_over_what_is_listed(serve: Serve, site: Site) -> None:
    replica = Replica()
    replica.loaded = {"5", "6"}
    replica.serves = "5"

    served = build(config({"a": serve(replica).url}, probe=dict(ROW)), site).served("a")

    assert (served.version, served.ready) == ("5", True)


def test_a_reply_that_names_no_version_leaves_it_unknown(server: Loopback, one: Serving) -> None:
    server.answers(infer_reply(None))

    served = one.served("a")

    assert (served.version, served.ready) == (None, True)
    assert served.error == "the reply names no version"


@pytest.mark.parametrize(
    "reply",
    [
        Page(b"<html>login</html>"),
        Page(b'{"model_version": 6, "outputs": []}'),
        page({"model_version": "6"}),
        page({"model_version": "6", "outputs": [{"name": "decision", "data": []}]}),
        page({"model_version": "6", "outputs": [{"name": "decision", "data": [1, 2]}]}),
        page({"model_version": "6", "outputs": "decision"}),
        page([]),
        Page(b"{}", 500),
        Page(b"{}", 503),
        Page(b"", 302, {"Location": "http://127.0.0.1:1/"}),
    ],
)
def test_an_answer_that_makes_no_sense_serves_nothing(
    server: Loopback, one: Serving, reply: Page
) -> None:
    server.answers(reply)

    served = one.served("a")

    assert (served.version, served.ready) == (None, False)
    assert served.error


def test_wrong_credentials_are_no_outage(server: Loopback, one: Serving) -> None:
    server.answers(Page(b"", 401))

    with pytest.raises(AccessRefusedError):
        one.served("a")


def test_another_version_than_asked_for_is_a_bad_reply(server: Loopback, one: Serving) -> None:
    server.answers(infer_reply("6"))

    with pytest.raises(BadReplyError, match="version 6 answered where 5 was asked for"):
        one.predict("a", [ROW], "5")


def test_a_load_that_left_nothing_loaded_is_a_bad_reply(server: Loopback, one: Serving) -> None:
    server.answers(lambda seen: page({}, 404 if seen.path.endswith("/ready") else 200))

    with pytest.raises(BadReplyError):
        one.load("a", "5")


def test_a_200_with_an_error_in_it_is_a_bad_reply(server: Loopback, one: Serving) -> None:
    server.answers(page({"error": "load failed"}))

    with pytest.raises(BadReplyError):
        one.activate("a", "5")


def test_what_cannot_be_loaded_is_rejected(serve: Serve, site: Site) -> None:
    serving = build(config({"a": serve(Replica()).url}), site)

    with pytest.raises(RejectedError, match="version 8 cannot be loaded"):
        serving.activate("a", "8")


def test_tensors_hold_what_their_type_says(serve: Serve, site: Site) -> None:
    replica = Replica()
    serving = build(config({"a": serve(replica).url}), site)
    rows: list[Mapping[str, Json]] = [
        {"amount": 1, "n": 1, "ok": True, "name": "x", "none": None, "mix": 1},
        {"amount": 2, "n": None, "ok": False, "name": None, "mix": 0.5},
    ]

    serving.predict("a", rows)

    assert {one["name"]: (one["datatype"], one["data"]) for one in replica.got[0]} == {
        "amount": ("FP64", [1, 2]),  # whole, but the model declares it so
        "n": ("INT64", [1, None]),
        "ok": ("BOOL", [True, False]),
        "name": ("BYTES", ["x", None]),
        "none": ("FP64", [None, None]),
        "mix": ("FP64", [1, 0.5]),
    }
    assert {tuple(one["shape"]) for one in replica.got[0]} == {(2,)}


@pytest.mark.parametrize("values", [("x", 1), (True, 1), ([1], [2]), ({"a": 1}, None)])
def test_values_that_no_tensor_can_hold_are_not_sent(
    server: Loopback, one: Serving, values: tuple[Json, Json]
) -> None:
    with pytest.raises(RejectedError, match="`f`"):
        one.predict("a", [{"f": value} for value in values])

    assert [seen.path for seen in server.seen if seen.path.endswith("infer")] == []


def test_a_nan_is_sent_as_missing(serve: Serve, site: Site) -> None:
    replica = Replica()

    build(config({"a": serve(replica).url}), site).predict("a", [{"amount": float("nan")}])

    assert replica.got[0][0]["data"] == [None]


def test_the_first_output_stands_in_for_one_that_is_missing(server: Loopback, one: Serving) -> None:
    body: Json = {"model_version": "6", "outputs": [{"name": "label", "data": ["a"]}]}
    server.answers(page(body))

    assert one.predict("a", [ROW]).outputs == ("a",)


@pytest.mark.parametrize(
    ("shape", "data", "outputs"),
    [
        ([2, 1], [["a"], ["b"]], ("a", "b")),
        ([2], ["a", "b"], ("a", "b")),
        ([2, 2], [0.1, 0.9, 0.8, 0.2], ([0.1, 0.9], [0.8, 0.2])),
        ([2, 2], [[0.1, 0.9], [0.8, 0.2]], ([0.1, 0.9], [0.8, 0.2])),
    ],
)
def test_nested_and_flat_tensors_are_the_same(
    server: Loopback, one: Serving, shape: list[int], data: Json, outputs: tuple[Json, ...]
) -> None:
    body: Json = {"outputs": [{"name": "decision", "shape": shape, "data": data}]}
    server.answers(page(body))

    assert one.predict("a", [ROW, ROW]).outputs == outputs


def test_many_rows_go_in_batches(serve: Serve, site: Site) -> None:
    replica = Replica()
    rows = [{"amount": float(n)} for n in range(250)]

    predicted = build(config({"a": serve(replica).url}), site).predict("a", rows)

    assert [one[0]["shape"] for one in replica.got] == [[100], [100], [50]]
    assert predicted.outputs == ("allow",) * 101 + ("block",) * 149


def test_a_row_that_fails_alone_is_null(serve: Serve, site: Site) -> None:
    replica = Replica()
    replica.refused = {3.0}
    rows = [{"amount": float(n)} for n in range(6)]

    predicted = build(config({"a": serve(replica).url}), site).predict("a", rows)

    assert predicted.outputs == ("allow", "allow", "allow", None, "allow", "allow")
    assert (predicted.failed, predicted.version) == (1, "6")


def test_a_replica_that_fails_on_everything_is_an_error(serve: Serve, site: Site) -> None:
    replica = Replica()
    replica.refused = {1.0}
    server = serve(replica)

    with pytest.raises(BadReplyError, match="breaks on that amount"):
        build(config({"a": server.url}), site).predict("a", [{"amount": 1.0}] * 50)

    assert len([seen for seen in server.seen if seen.path.endswith("infer")]) == 11


def test_an_output_that_is_null_is_a_failed_row(serve: Serve, site: Site) -> None:
    serving = build(config({"a": serve(Replica()).url}), site)

    predicted = serving.predict("a", [{"amount": 1.0}, {"amount": None}])

    assert (predicted.outputs, predicted.failed) == (("allow", None), 1)


def test_answers_of_two_versions_are_of_none(server: Loopback, one: Serving) -> None:
    def answer(seen: Seen) -> Page:
        if seen.path == MODEL:
            return page({})
        count = seen.json["inputs"][0]["shape"][0]
        return infer_reply("6" if count == 100 else "7", ["allow"] * count)

    server.answers(answer)

    assert one.predict("a", [ROW] * 150).version is None


def test_a_balancer_is_a_replica_of_its_own(serve: Serve, site: Site) -> None:
    written = {"kind": "open_inference", "model": "fraud", "url": serve(Replica()).url}

    assert build(Config.model_validate(written), site).served("balancer").version == "6"


def test_serving_without_any_address_is_invalid(site: Site) -> None:
    with pytest.raises(InvalidInputError, match="neither replicas nor a url"):
        build(config({}), site)


def test_a_misspelt_replica_is_told_the_nearest(one: Serving) -> None:
    with pytest.raises(NotThereError) as raised:
        one.served("b")
    assert "there are: a" in raised.value.hint


@pytest.mark.parametrize("version", ["..", ".", "", "a/b", "a b", "é", "%2e%2e", "\ud800"])
def test_a_version_never_becomes_another_path(server: Loopback, one: Serving, version: str) -> None:
    server.answers(Page(b"{}", 404))

    with pytest.raises(PortError):
        one.predict("a", [ROW], version)

    assert f"{MODEL}/infer" not in {seen.path for seen in server.seen}
