"""Profiles are counted once for each content, and kept by name where somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from mlrespond.adapters.files import Config, build
from mlrespond.adapters.profile_store import ProfileStore
from mlrespond.adapters.site import Site
from mlrespond.errors import BadReplyError, InvalidInputError, NotThereError
from mlrespond.ports.service import Predictions
from mlrespond.testing.clock import FixedClock
from mlrespond.testing.contract.predictions import CONFIG, NOW, WINDOW, Record, row


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def log(site: Site, rows: Sequence[Record], engine: str = "auto", **changes: object) -> Predictions:
    (site.folder / "logs").mkdir(exist_ok=True)
    text = "".join(json.dumps(one) + "\n" for one in rows)
    (site.folder / "logs" / "a.jsonl").write_text(text)
    written = {**CONFIG, "kind": "files", "path": "logs/*.jsonl", "engine": engine, **changes}
    return build(Config.model_validate(written), site)


def cached(site: Site) -> list[Path]:
    return sorted((site.state / "profiles").glob("*.json"))


ROWS = [row(n, n, amount=float(n)) for n in range(50)]


@pytest.mark.parametrize("engine", ["auto", "polars"])
def test_a_baseline_is_counted_once(site: Site, engine: str) -> None:
    first = log(site, ROWS, engine).profile(WINDOW)
    (path,) = cached(site)
    path.write_text(path.read_text().replace('"n":50', '"n":51'))

    again = log(site, ROWS, engine)

    assert first.n == 50
    if engine == "auto":  # for polars the file was written anew, and is another one
        assert again.profile(WINDOW).n == 51
    assert again.profile(WINDOW, None, first.edges).n == 50


@pytest.mark.parametrize("engine", ["auto", "polars"])
def test_other_content_columns_or_windows_are_counted_anew(site: Site, engine: str) -> None:
    log(site, ROWS, engine).profile(WINDOW)

    more = log(site, [*ROWS, row(99, 300)], engine).profile(WINDOW)
    other = log(site, ROWS, engine, features={"p": {"type": "number"}}).profile(WINDOW)
    version = log(site, ROWS, engine).profile(WINDOW, "7")

    assert (more.n, version.n) == (51, 0)
    assert [one.name for one in other.features] == ["p"]


def test_a_log_that_grows_past_the_window_is_the_same_content(site: Site) -> None:
    """A large one, so that it is read where the window lies."""
    rows = [row(n, n / 10, note="x" * 100) for n in range(8000)]
    log(site, rows).profile(WINDOW)

    log(site, [*rows, *(row(n, 820 + n, note="x" * 100) for n in range(3000))]).profile(WINDOW)

    assert len(cached(site)) == 1


def test_a_broken_cache_is_no_failure(site: Site) -> None:
    log(site, ROWS).profile(WINDOW)
    (path,) = cached(site)
    path.write_text("{")

    assert log(site, ROWS).profile(WINDOW).n == 50


def test_a_profile_is_kept_and_found_by_its_name(site: Site) -> None:
    profile = log(site, ROWS).profile(WINDOW)
    store = ProfileStore(site)

    store.keep("november", profile)

    assert store.stored("november") == profile
    assert (site.folder / "profiles" / site.service / "november.json").is_file()


def test_what_is_not_kept_or_broken_is_told(site: Site) -> None:
    store = ProfileStore(site)
    path = site.folder / "profiles" / site.service / "broken.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"n": 3}')

    with pytest.raises(NotThereError, match="no profile `october`"):
        store.stored("october")
    with pytest.raises(BadReplyError, match="holds no profile"):
        store.stored("broken")
    with pytest.raises(InvalidInputError, match="is no name of a profile"):
        store.stored("../secret")
