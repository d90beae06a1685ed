"""The shipped fakes keep the laws of the real adapters: the same contract suites, port by port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from mlrespond.adapters.scrape_log import Scrape
from mlrespond.model.instant import iso
from mlrespond.model.reading import Case
from mlrespond.ports.service import (
    Cases,
    Chat,
    Commands,
    Hooks,
    Metrics,
    Monitor,
    Pager,
    Pipeline,
    Predictions,
    Registry,
    Routing,
    ServicePorts,
    Serving,
    Web,
)
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.contract.cases import CasesContract
from mlrespond.testing.contract.chat import ChatContract
from mlrespond.testing.contract.commands import CommandsContract
from mlrespond.testing.contract.hooks import HooksContract
from mlrespond.testing.contract.metrics import MetricsContract
from mlrespond.testing.contract.monitor import Fire, MonitorContract
from mlrespond.testing.contract.pager import PagerContract
from mlrespond.testing.contract.pipeline import PipelineContract
from mlrespond.testing.contract.predictions import NOW, Log, PredictionsContract, Record
from mlrespond.testing.contract.registry import RegistryContract
from mlrespond.testing.contract.routing import RoutingContract
from mlrespond.testing.contract.serving import Rows, ServingContract
from mlrespond.testing.contract.web import WebContract
from mlrespond.testing.fake_signals import Signals
from mlrespond.testing.fakes import fake_ports
from mlrespond.testing.logged import Columns, LoggedSignals
from mlrespond.testing.steady import SteadySignals
from mlrespond.testing.world import World, WorldHolder

PAGE = 'requests_total{version="6"} 120\nrequests_total{version="5"} 0\nbroken NaN\n'
COLUMNS = Columns(numbers={"amount": (0, 100)}, categories=("country",), amounts=("cost",))
GOLDEN = (
    Case(row={"amount": 10}, expected="allow"),
    Case(row={"amount": 900}, expected="block"),
)


def ports(world: World, signals: Signals | None = None) -> ServicePorts:
    return fake_ports(WorldHolder(world), signals or SteadySignals(), FixedClock())


def _scrape(ago_s: int) -> Scrape:
    return Scrape(at=START - timedelta(seconds=ago_s), target="eu-1", page=PAGE)


@pytest.fixture
def world() -> World:
    return World()


class TestRegistry(RegistryContract):
    @pytest.fixture
    def registry(self) -> Registry:
        metrics = {"2": {"accuracy": 0.97}}
        return ports(World(wanted="2", versions=["1", "2", "10"], metrics=metrics)).registry

    @pytest.fixture
    def unset(self) -> Registry:
        return ports(World(wanted=None, versions=["1", "2", "10"])).registry


class TestServing(ServingContract):
    @pytest.fixture
    def serving(self) -> Serving:
        served: dict[str, str | None] = {"eu-1": "6", "us-1": "6", "gone": "6"}
        broken = {"gone": "it is down"}
        return ports(World(versions=["5", "6"], served=served, broken=broken)).serving

    @pytest.fixture
    def rows(self) -> Rows:
        return [{"case": 1}, {"case": 2}]


class TestRouting(RoutingContract):
    @pytest.fixture
    def routing(self) -> Routing:
        return ports(World(served={"eu-1": "6", "us-1": "6"})).routing


class TestHooks(HooksContract):
    @pytest.fixture
    def hooks(self, world: World) -> Hooks:
        world.starts["bad-1"] = 1
        world.broken["restart bad-1"] = "exit code 3"
        return ports(world).hooks

    @pytest.fixture
    def hookless(self) -> Hooks:
        return ports(World(hookless=True)).hooks

    @pytest.fixture
    def restarted(self, world: World) -> Callable[[], list[str]]:
        return lambda: [str(entry[1]) for entry in world.log if entry[0] == "restart"]


class TestMetrics(MetricsContract):
    @pytest.fixture
    def at(self) -> datetime:
        return START

    @pytest.fixture
    def metrics(self) -> Metrics:
        scrapes = [_scrape(ago) for ago in (2, 1, 0)]
        return ports(World(), LoggedSignals(now=START, scrapes=scrapes)).metrics

    @pytest.fixture
    def unreachable(self) -> Metrics:
        return ports(World(broken={"metrics": "it is down"})).metrics


class TestMonitor(MonitorContract):
    @pytest.fixture
    def now(self) -> datetime:
        return START

    @pytest.fixture
    def monitor(self, world: World) -> Monitor:
        return ports(world).monitor

    @pytest.fixture
    def fire(self, world: World) -> Fire:
        return lambda labels: world.alerts.append({**labels, "startsAt": iso(START)})

    @pytest.fixture
    def unreachable(self) -> Monitor:
        return ports(World(broken={"monitor": "it is down"})).monitor


class TestPredictions(PredictionsContract):
    @pytest.fixture
    def log(self) -> Log:
        def made(rows: Sequence[Record], labels: Sequence[Record]) -> Predictions:
            signals = LoggedSignals(now=NOW, columns=COLUMNS, rows=rows, labelled=labels)
            return ports(World(), signals).predictions

        return made


class TestCases(CasesContract):
    @pytest.fixture
    def cases(self) -> Cases:
        return ports(World(), LoggedSignals(now=START, golden=GOLDEN)).cases

    @pytest.fixture
    def nowhere(self) -> Cases:
        return ports(World(broken={"golden": "there is no such file"})).cases


class TestPipeline(PipelineContract):
    @pytest.fixture
    def world(self) -> World:
        return World(versions=["1", "2", "3", "4", "5", "6"])

    @pytest.fixture
    def pipeline(self, world: World) -> Pipeline:
        return ports(world).pipeline

    @pytest.fixture
    def failing(self, world: World) -> Pipeline:
        world.broken["training"] = "it does not converge"
        return ports(world).pipeline

    @pytest.fixture
    def endless(self, world: World) -> Pipeline:
        world.endless = True
        return ports(world).pipeline

    @pytest.fixture
    def trainings(self, world: World) -> Callable[[], int]:
        return lambda: len([entry for entry in world.log if entry[0] == "train"])


class TestPager(PagerContract):
    @pytest.fixture
    def pager(self, world: World) -> Pager:
        return ports(world).pager

    @pytest.fixture
    def pages(self, world: World) -> Callable[[], list[str]]:
        return lambda: [text.partition(": ")[2] for text in world.pages.values()]

    @pytest.fixture
    def acknowledge(self, world: World) -> Callable[[str, str], None]:
        def take(key: str, by: str) -> None:
            world.acks[key] = by

        return take


class TestChat(ChatContract):
    @pytest.fixture
    def chat(self, world: World) -> Chat:
        return ports(world).chat

    @pytest.fixture
    def posts(self, world: World) -> Callable[[], list[str]]:
        return lambda: [text.partition(": ")[2] for text in world.posts.values()]


class TestCommands(CommandsContract):
    @pytest.fixture
    def commands(self) -> Commands:
        outputs: dict[str, list[int | str | None]] = {
            "echo": [0, "hello\n"],
            "failing": [3, "no\n"],
            "endless": [None, ""],
        }
        return ports(World(outputs=dict(outputs), broken={"missing": "not found"})).commands  # type: ignore[arg-type]  # lists of JSON

    @pytest.fixture
    def echo(self) -> list[str]:
        return ["echo", "hello"]

    @pytest.fixture
    def failing(self) -> list[str]:
        return ["failing"]

    @pytest.fixture
    def endless(self) -> list[str]:
        return ["endless"]

    @pytest.fixture
    def missing(self) -> list[str]:
        return ["missing"]


class TestWeb(WebContract):
    @pytest.fixture
    def web(self, missing: str, page: str, moved: str, echo: str, gone: str) -> Web:
        world = World(broken={gone: "it is down"})
        world.replies = {
            echo: [200],
            missing: [404, {"error": "no such thing"}],
            page: [200, "<html>hello</html>"],
            moved: [302, None],
        }
        return ports(world).web

    @pytest.fixture
    def echo(self) -> str:
        return "http://web/echo"

    @pytest.fixture
    def missing(self) -> str:
        return "http://web/missing"

    @pytest.fixture
    def page(self) -> str:
        return "http://web/page"

    @pytest.fixture
    def moved(self) -> str:
        return "http://web/moved"

    @pytest.fixture
    def gone(self) -> str:
        return "http://gone/"
