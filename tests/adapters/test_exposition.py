"""Metrics from pages: no traffic is nought, no data is nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from tests.adapters.loopback import Loopback, Page, free_port

from mlrespond.adapters.exposition import Config, Exposition
from mlrespond.adapters.scrape_log import Scrape, ScrapeLog
from mlrespond.adapters.site import Site
from mlrespond.errors import AccessRefusedError, PortError, RejectedError, UnreachableError
from mlrespond.model.reading import Sample
from mlrespond.ports.service import Metrics
from mlrespond.testing.clock import START, FixedClock
from mlrespond.testing.contract.metrics import MetricsContract

Serve = Callable[..., Loopback]


def store(site: Site, urls: Mapping[str, str], **more: object) -> Exposition:
    targets = [{"name": name, "url": url} for name, url in urls.items()]
    return Exposition.of(
        Config.model_validate({"kind": "exposition", "targets": targets, **more}), site
    )


def values(samples: tuple[Sample, ...], label: str = "version") -> dict[str, float]:
    return {one.labels.get(label, ""): one.value for one in samples}


class TestExposition(MetricsContract):
    @pytest.fixture
    def metrics(self, server: Loopback, site: Site) -> Metrics:
        server.answers(
            Page(b'requests_total{version="6"} 120\nrequests_total{version="5"} 0\nbroken NaN\n')
        )
        return store(site, {"eu-1": f"{server.url}/metrics"})

    @pytest.fixture
    def at(self, clock: FixedClock) -> datetime:
        return clock.now()

    @pytest.fixture
    def unreachable(self, site: Site) -> Metrics:
        return store(site, {"eu-1": f"http://127.0.0.1:{free_port()}/metrics"})


class World:
    """Counters that grow, a clock that moves, and a store that looks at them."""

    def __init__(self, site: Site, clock: FixedClock, serve: Serve, *names: str) -> None:
        self.clock = clock
        self.counters: dict[str, dict[str, float]] = {name: {} for name in names}
        self.servers = {name: serve(self._answer(name)) for name in names}
        self.store = store(site, {name: one.url for name, one in self.servers.items()})

    def _answer(self, name: str) -> Callable[[object], Page]:
        def answer(_: object) -> Page:
            lines = [f"{series} {value}" for series, value in self.counters[name].items()]
            return Page("".join(f"{line}\n" for line in lines).encode())

        return answer

    def down(self, name: str) -> None:
        self.servers[name].answers(Page(b"", 500))

    def up(self, name: str) -> None:
        self.servers[name].answers(self._answer(name))

    def after(self, seconds: float, /, name: str = "eu-1", **counters: float) -> None:
        """Let time pass, set counters, and let a watcher scrape."""
        self.clock.advance(seconds)
        self.counters[name].update(counters)
        self.store.scrape()

    def count(self, series: str, value: float) -> None:
        self.counters["eu-1"][series] = value

    def ask(self, query: str, ago_s: float = 0.0) -> tuple[Sample, ...]:
        return self.store.instant(query, self.clock.now() - timedelta(seconds=ago_s))

    def total(self, query: str, ago_s: float = 0.0) -> float | None:
        found = self.ask(query, ago_s)
        return found[0].value if found else None


@pytest.fixture
def world(site: Site, clock: FixedClock, serve: Serve) -> World:
    return World(site, clock, serve, "eu-1")


@pytest.fixture
def pair(site: Site, clock: FixedClock, serve: Serve) -> World:
    return World(site, clock, serve, "eu-1", "us-1")


def test_a_counter_that_grew_has_an_increase_and_a_rate(world: World) -> None:
    for total in range(0, 70, 10):
        world.after(5, c=total)

    assert world.total("increase(c[30s])") == 60
    assert world.total("rate(c[30s])") == 2


def test_no_traffic_is_nought(world: World) -> None:
    for _ in range(7):
        world.after(5, c=42)

    assert world.total("increase(c[30s])") == 0


def test_without_earlier_scrapes_there_is_no_data(world: World) -> None:
    world.after(0, c=42)

    assert world.ask("increase(c[30s])") == ()


def test_a_history_that_reaches_back_too_little_is_no_data(world: World) -> None:
    world.after(0, c=1)
    world.after(10, c=2)
    world.after(10, c=3)
    assert world.ask("increase(c[30s])") == ()

    world.after(10, c=4)
    assert world.total("increase(c[30s])") == 3


def test_a_gap_in_the_history_is_no_data(world: World) -> None:
    world.after(0, c=1)
    world.after(600, c=500)

    assert world.ask("increase(c[30s])") == ()
    assert world.total("increase(c[10m])") == 499


def test_what_came_before_the_window_never_counts(world: World) -> None:
    world.after(0, c=0)
    world.after(4, c=1000)  # a burst before the window of 30 s
    for total in (1001, 1002, 1003):
        world.after(10, c=total)

    assert world.total("increase(c[28s])") == 2


def test_two_looks_a_window_apart_are_enough(world: World) -> None:
    world.after(0, c=5)
    world.clock.advance(30.5)
    world.counters["eu-1"]["c"] = 8

    assert world.total("increase(c[30s])") == 3


def test_a_restart_starts_the_counter_anew(world: World) -> None:
    for total in (100, 110, 3, 5, 1, 1, 4):
        world.after(5, c=total)

    assert world.total("increase(c[30s])") == 10 + 3 + 2 + 1 + 3


def test_a_series_that_begins_inside_the_window_began_at_nought(world: World) -> None:
    for _ in range(4):
        world.count('c{version="6"}', 50)
        world.after(5)
    for total in (7, 9, 12):
        world.count('c{version="7"}', total)
        world.after(5)

    assert values(world.ask("increase(c[30s])")) == {"6": 0, "7": 12}


def test_a_series_that_comes_back_after_a_restart_counts_on(world: World) -> None:
    for total in (10, 20):
        world.after(5, c=total, other=1)
    world.counters["eu-1"].pop("c")
    world.after(5, other=2)
    for total in (4, 30, 31, 32):
        world.after(5, c=total)

    assert world.total("increase(c[30s])") == 10 + 32


def test_a_window_in_the_past_is_answered_from_memory(world: World) -> None:
    for total in range(0, 130, 10):
        world.after(5, c=total)
    world.down("eu-1")

    assert world.total("increase(c[30s])", ago_s=30) == 60
    assert world.total("c", ago_s=30) == 60
    assert world.ask("c", ago_s=3600) == ()


def test_a_target_that_is_down_is_missing(pair: World) -> None:
    for total in range(0, 70, 10):
        pair.after(5, "eu-1", c=total)
        pair.counters["us-1"]["c"] = total * 2
    pair.store.scrape()
    pair.clock.advance(1)
    assert values(pair.ask("c"), "replica") == {"eu-1": 60, "us-1": 120}

    pair.down("us-1")
    pair.clock.advance(1)

    assert values(pair.ask("c"), "replica") == {"eu-1": 60}
    assert pair.total('sum(c{replica="us-1"})') is None


def test_a_target_that_was_down_for_a_while_counts_what_is_known(pair: World) -> None:
    for total in range(8):
        (pair.down if total in {3, 4} else pair.up)("us-1")
        pair.counters["us-1"]["c"] = total
        pair.after(5, "eu-1", c=total)

    assert values(pair.ask("increase(c[30s])"), "replica") == {"eu-1": 6, "us-1": 6}


def test_all_targets_down_is_unreachable_and_remembered(pair: World) -> None:
    pair.after(0, "eu-1", c=1)
    pair.down("eu-1")
    pair.down("us-1")
    pair.clock.advance(10)

    with pytest.raises(UnreachableError):
        pair.ask("c")
    pair.clock.advance(10)
    assert pair.ask("c", ago_s=6) == ()


def test_wrong_credentials_are_told_as_such(server: Loopback, site: Site) -> None:
    server.answers(Page(b"", 403))

    with pytest.raises(AccessRefusedError):
        store(site, {"eu-1": server.url}).instant("c", START)


def test_a_token_goes_to_its_target_only(serve: Serve, site: Site) -> None:
    closed, opened = serve(lambda _: Page(b"c 1\n")), serve(lambda _: Page(b"c 2\n"))
    targets = [
        {"name": "closed", "url": closed.url, "auth": {"bearer": "env:TOKEN"}},
        {"name": "open", "url": opened.url},
    ]
    config = Config.model_validate({"kind": "exposition", "targets": targets})

    Exposition.of(config, site).scrape()

    assert closed.seen[0].headers["authorization"] == "Bearer s3cr3t-token"
    assert "authorization" not in opened.seen[0].headers


def test_a_label_replica_of_the_page_s_own_is_kept_aside(world: World) -> None:
    world.count('c{replica="pod-7"}', 1)
    world.after(0)

    (sample,) = world.ask("c")
    assert sample.labels == {"replica": "eu-1", "exported_replica": "pod-7"}


def test_a_histogram_is_summed_by_its_edges(pair: World) -> None:
    for name in ("eu-1", "us-1"):
        pair.counters[name] = {'b{le="0.1"}': 0, 'b{le="+Inf"}': 0}
    for count in range(7):
        for name in ("eu-1", "us-1"):
            pair.counters[name] = {'b{le="0.1"}': count, 'b{le="+Inf"}': count * 2}
        pair.after(5)

    assert values(pair.ask("sum by (le) (increase(b[30s]))"), "le") == {"0.1": 12, "+Inf": 24}


def test_questions_of_one_time_share_one_scrape(world: World) -> None:
    world.after(0, c=1)
    at = world.clock.now()
    before = len(world.servers["eu-1"].seen)

    world.store.instant("c", at)
    world.counters["eu-1"]["c"] = 2
    assert world.store.instant("c", at)[0].value == 1
    assert len(world.servers["eu-1"].seen) == before + 1

    world.clock.advance(0.1)
    assert world.total("c") == 2


def test_a_look_that_is_told_late_is_still_of_its_time(world: World) -> None:
    for total in range(0, 70, 10):
        world.after(5, c=total)
    at = world.clock.now()
    world.clock.advance(2)
    world.counters["eu-1"]["c"] = 1000

    assert world.store.instant("increase(c[30s])", at)[0].value == 60


def test_a_first_look_may_be_answered_by_the_scrape_it_causes(world: World) -> None:
    world.counters["eu-1"]["c"] = 7
    at = world.clock.now()
    world.clock.advance(2)

    assert world.store.instant("c", at)[0].value == 7


def test_memory_is_shared_between_processes_and_outlives_one(world: World, site: Site) -> None:
    for total in range(0, 70, 10):
        world.after(5, c=total)

    other = store(site, {"eu-1": world.servers["eu-1"].url})

    assert other.instant("increase(c[30s])", world.clock.now())[0].value == 60


def test_torn_lines_of_the_memory_are_skipped(world: World, site: Site) -> None:
    for total in range(0, 40, 10):
        world.after(5, c=total)
    path = site.state / "metrics" / "fraud.jsonl"
    with path.open("ab") as file:
        file.write(b'{"at": "2026-11-22T03:00:01.0000')
    for total in range(40, 70, 10):
        world.after(5, c=total)

    assert world.total("increase(c[30s])") == 60


def test_a_memory_that_grew_large_is_trimmed(site: Site) -> None:
    path = site.state / "metrics" / "x.jsonl"
    log = ScrapeLog(path, keep_s=60)
    page = "".join(f"c_{n} 1\n" for n in range(20_000))

    for minute in range(150):
        at = START + timedelta(minutes=minute)
        log.add([Scrape(at=at, target="eu-1", page=page)], at)

    assert path.stat().st_size < 24 << 20
    newest = START + timedelta(minutes=149)
    assert len(log.between(newest - timedelta(seconds=60), newest)) == 2
    assert all(json.loads(line)["page"] == page for line in path.read_bytes().splitlines())


@pytest.mark.parametrize(
    "reply", [Page(b"<html><body>login</body></html>"), Page(b'{"a": 1}'), Page(b"\xff" * 99)]
)
def test_what_is_no_page_of_metrics_is_no_answer(server: Loopback, site: Site, reply: Page) -> None:
    server.answers(reply)

    with pytest.raises(UnreachableError, match="not Prometheus"):
        store(site, {"eu-1": server.url}).instant("c", START)


def test_a_query_that_is_not_understood_scrapes_nothing(server: Loopback, site: Site) -> None:
    with pytest.raises(RejectedError):
        store(site, {"eu-1": server.url}).instant("a / b", START)

    assert server.seen == []


def test_a_state_folder_that_cannot_be_written_is_a_typed_error(
    server: Loopback, site: Site
) -> None:
    site.state.parent.mkdir(exist_ok=True)
    site.state.write_text("a file, no folder")

    with pytest.raises(PortError):
        store(site, {"eu-1": server.url}).scrape()
