"""`mlflow models serve`: the version is what the canary rows tell, or unknown; never a guess."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from tests.adapters.loopback import Loopback, Page, Seen, free_port, page
from tests.adapters.scorer import Scorer

from mlrespond.adapters.mlflow_scoring import Config, build
from mlrespond.adapters.router import build as build_routing
from mlrespond.adapters.site import Site
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    InvalidInputError,
    NotThereError,
    PortError,
    UnsupportedError,
)
from mlrespond.lab.router import Router
from mlrespond.lab.web import LoopbackServer
from mlrespond.model.json import Json
from mlrespond.model.reading import Predicted, Route, Served
from mlrespond.ports.service import Serving
from mlrespond.testing.contract.serving import ActivatingContract, AnsweringContract

Serve = Callable[..., Loopback]
CANARY: tuple[Json, ...] = (
    {"version": "5", "row": {"amount": 10.0}, "output": 10.0},
    {"version": "6", "row": {"amount": 10.0}, "output": 20.0},
    {"version": "6", "row": {"amount": 0.5}, "output": 1.0},
)
ROW: Mapping[str, Json] = {"amount": 12.5, "country": "DE"}


def canaries(site: Site, lines: Sequence[Json] = CANARY) -> None:
    (site.folder / "canary.jsonl").write_text("\n".join(json.dumps(one) for one in lines))


def config(urls: Mapping[str, str], **more: Json) -> Config:
    written: dict[str, Json] = {
        "kind": "mlflow_scoring",
        "model": "fraud",
        "replicas": [{"name": name, "url": url} for name, url in urls.items()],
        "canary": "canary.jsonl",
        "hooks": {"restart": ["touch", "{{ replica }}.restart"]},
        "load_timeout": "30s",
    }
    return Config.model_validate({**written, **more})


@dataclass
class Aliased:
    """Moves a process's alias first, as the registry's own action does before each replica's."""

    serving: Serving
    scorers: Mapping[str, Scorer] = field(default_factory=dict)

    def served(self, replica: str) -> Served:
        return self.serving.served(replica)

    def load(self, replica: str, version: str) -> None:
        self.serving.load(replica, version)

    def activate(self, replica: str, version: str) -> None:
        self.scorers[replica].alias = version
        self.serving.activate(replica, version)

    def predict(
        self, replica: str, rows: Sequence[Mapping[str, Json]], version: str | None = None
    ) -> Predicted:
        return self.serving.predict(replica, rows, version)


class TestMlflowScoring(AnsweringContract, ActivatingContract):
    @pytest.fixture
    def serving(self, serve: Serve, site: Site) -> Serving:
        canaries(site)
        scorers = {name: Scorer(site.folder / f"{name}.restart") for name in ("eu-1", "us-1")}
        urls = {name: serve(one).url for name, one in scorers.items()}
        gone = {"gone": f"http://127.0.0.1:{free_port()}"}
        return Aliased(build(config({**urls, **gone}), site), scorers)

    @pytest.fixture
    def rows(self) -> Sequence[Mapping[str, Json]]:
        return [ROW, {"amount": 900}]


@pytest.fixture
def scorer(site: Site) -> Scorer:
    canaries(site)
    return Scorer(site.folder / "a.restart")


@pytest.fixture
def make(serve: Serve, scorer: Scorer, site: Site) -> Callable[..., Serving]:
    url = serve(scorer).url
    return lambda **more: build(config({"a": url}, **more), site)


Make = Callable[..., Serving]


def test_versions_that_answer_alike_are_not_told_apart(make: Make, site: Site) -> None:
    canaries(site, [{"version": one, "row": {"amount": 0.0}, "output": 0.0} for one in "56"])

    served = make().served("a")

    assert (served.version, served.ready) == (None, True)
    assert served.error == "versions 5, 6 answer the canary rows alike: add rows that differ"


def test_one_line_that_does_not_match_is_enough_against_a_version(make: Make, site: Site) -> None:
    canaries(site, [*CANARY, {"version": "6", "row": {"amount": 3.0}, "output": 6.5}])

    served = make().served("a")

    assert (served.version, served.ready) == (None, True)
    assert served.error == "the answers to the canary rows are those of no version"


def test_a_row_that_only_one_version_can_take_tells_against_the_other(
    make: Make, site: Site
) -> None:
    canaries(site, [*CANARY, {"version": "5", "row": {"amount": "ten"}, "output": 10.0}])

    assert make().served("a").version == "6"


def test_canary_rows_that_all_fail_are_told(make: Make, site: Site) -> None:
    canaries(site, [{"version": "6", "row": {"country": "DE"}, "output": 1.0}])

    served = make().served("a")

    assert served.version is None
    assert str(served.error).endswith("of no version; 1 of 1 canary rows failed")


@pytest.mark.parametrize(
    ("wanted", "tolerance", "version"),
    [(20.0000001, 1e-6, "6"), (20.01, 1e-6, None), (20.01, 0.1, "6"), (True, 100, None)],
)
def test_numbers_match_within_the_tolerance(
    make: Make, site: Site, wanted: Json, tolerance: float, version: str | None
) -> None:
    canaries(site, [{"version": "6", "row": {"amount": 10.0}, "output": wanted}])

    assert make(tolerance=tolerance).served("a").version == version


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[]", "no object with"),
        ('{"version": "6", "row": {"a": 1}}', "no object with"),
        ('{"version": 6, "row": {"a": 1}, "output": 1}', "`version` is a text"),
        ('{"version": "6", "row": {}, "output": 1}', "`row` is an object"),
        ('{"version": "6", "row": {"a": 1}, "output": null}', "`output` is null"),
        ('{"version": "6", "row": {"a": 1}, "output": NaN}', "not JSON"),
    ],
)
def test_a_line_that_is_no_canary_is_named(make: Make, site: Site, line: str, told: str) -> None:
    (site.folder / "canary.jsonl").write_text(f"\n{line}\n")

    with pytest.raises(InvalidInputError, match=f"canary.jsonl:2: .*{told}"):
        make().served("a")


def test_without_canary_rows_nothing_is_known(make: Make, site: Site) -> None:
    (site.folder / "canary.jsonl").unlink()

    served = make().served("a")

    assert served.version is None
    assert "are not there" in str(served.error)


def test_a_restart_that_takes_a_while_is_waited_for(make: Make, scorer: Scorer) -> None:
    scorer.alias, scorer.lingers, scorer.starting = "5", 3, 9

    make().activate("a", "5")

    assert scorer.restarts == 1
    assert make().served("a").version == "5"


def test_an_alias_that_leads_elsewhere_is_no_success(make: Make, scorer: Scorer) -> None:
    with pytest.raises(BadReplyError, match="does not serve 5 after 30s: it serves 6") as raised:
        make().activate("a", "5")

    assert not raised.value.definite  # it was restarted
    assert scorer.restarts == 1


def test_what_serves_already_is_not_restarted(make: Make, scorer: Scorer) -> None:
    make().activate("a", "6")

    assert scorer.restarts == 0


def test_a_version_that_no_canary_tells_is_refused_before_anything_is_done(
    make: Make, scorer: Scorer
) -> None:
    with pytest.raises(NotThereError, match="no canary row tells version `7`"):
        make().activate("a", "7")

    assert (scorer.restarts, scorer.got) == (0, [])


def test_without_a_restart_hook_there_is_no_way(make: Make) -> None:
    with pytest.raises(UnsupportedError) as raised:
        make(hooks={}).activate("a", "5")

    assert "serving.hooks.restart" in raised.value.hint


def test_a_process_holds_one_version(make: Make) -> None:
    for call in (lambda: make().load("a", "5"), lambda: make().predict("a", [ROW], "5")):
        with pytest.raises(UnsupportedError):
            call()

    assert make().predict("a", [ROW], "6").version == "6"


def test_rows_go_as_one_table_with_gaps(make: Make, scorer: Scorer) -> None:
    make().predict("a", [{"amount": 1.0}, {"amount": 2.0, "country": float("nan")}])

    assert {"columns": ["amount", "country"], "data": [[1.0, None], [2.0, None]]} in scorer.got


def test_a_row_that_fails_alone_is_null(make: Make) -> None:
    predicted = make().predict("a", [{"amount": 1.0}, {"amount": None}, {"amount": 3.0}])

    assert (predicted.outputs, predicted.failed) == ((2.0, None, 6.0), 1)


def test_a_process_that_changes_in_between_leaves_the_version_unknown(
    serve: Serve, scorer: Scorer, site: Site
) -> None:
    def answer(seen: Seen) -> object:
        found = scorer(seen)
        if scorer.got[-1]["data"] == [[1.0]]:
            scorer._serves = "5"
        return found

    predicted = build(config({"a": serve(answer).url}), site).predict("a", [{"amount": 1.0}])

    assert (predicted.version, predicted.outputs) == (None, (2.0,))


@pytest.mark.parametrize(
    ("predictions", "output", "found"),
    [
        ([{"p": 20.0, "q": 1}], "", "6"),
        ([{"q": 1, "p": 20.0}], "p", "6"),
        ([{"q": 1}], "p", None),
        ([[20.0]], "", "6"),
    ],
)
def test_the_column_that_counts_is_the_first_or_the_named_one(
    serve: Serve, site: Site, predictions: Json, output: str, found: str | None
) -> None:
    canaries(site, [{"version": "6", "row": {"amount": 10.0}, "output": 20.0}])
    server = serve()
    server.answers(page({"predictions": predictions}))

    assert build(config({"a": server.url}, output=output), site).served("a").version == found


@pytest.mark.parametrize(
    "reply",
    [
        Page(b"<html>login</html>"),
        Page(b'{"predictions": [NaN, 1, 1]}'),
        page({"predictions": [1]}),
        page({"predictions": "x"}),
        page([]),
        Page(b"", 302, {"Location": "http://127.0.0.1:1/"}),
        Page(b"", 503),
    ],
)
def test_an_answer_that_makes_no_sense_serves_nothing(
    serve: Serve, site: Site, reply: Page
) -> None:
    canaries(site)
    server = serve()
    server.answers(reply)
    serving = build(config({"a": server.url}), site)

    served = serving.served("a")

    assert (served.version, served.ready) == (None, False)
    assert served.error
    with pytest.raises(PortError):
        serving.predict("a", [ROW])


def test_wrong_credentials_are_no_outage(serve: Serve, site: Site) -> None:
    canaries(site)
    server = serve()
    server.answers(Page(b"", 401))

    with pytest.raises(AccessRefusedError):
        build(config({"a": server.url}), site).served("a")


def test_remembered_answers_are_those_of_the_version_that_serves(
    make: Make, scorer: Scorer
) -> None:
    first = make(cache="1h").predict("a", [{"amount": 7.0}])
    asked = len(scorer.got)
    again = make(cache="1h").predict("a", [{"amount": 7.0}])
    only_canaries = [len(one["data"]) for one in scorer.got[asked:]]
    scorer._serves = "5"
    other = make(cache="1h").predict("a", [{"amount": 7.0}])

    assert first.outputs == again.outputs == (14.0,)
    assert only_canaries == [3, 3]
    assert (other.version, other.outputs) == ("5", (7.0,))


def test_a_router_before_the_processes_is_asked_by_canary(
    serve: Serve, scorer: Scorer, site: Site
) -> None:
    other = Scorer(site.folder / "never")
    other._serves = "5"
    router = Router({"a": serve(scorer).port}, {"old": serve(other).port})
    server = LoopbackServer(router.answer, 0)
    server.start()
    try:
        url = f"http://127.0.0.1:{server.port}"
        routing = build_routing(config({"a": url}, routes_through=url), site)
        before = routing.answered_by()
        routing.set_route(Route(to="old"))
        after = routing.answered_by()
    finally:
        server.stop()
        router.close()

    assert (before, after) == ("6", "5")
