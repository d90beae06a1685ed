"""MLServer's answers that real servers give seldom: yes, and then nothing comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.adapters.loopback import Loopback, Page, Seen

from mlrespond.adapters.mlserver import CANDIDATE, Config, build
from mlrespond.adapters.site import Site
from mlrespond.errors import RejectedError
from mlrespond.ports.service import Serving


@pytest.fixture
def deaf() -> Iterator[Loopback]:
    """Return a server that says yes to every load, and goes on with version 7."""

    def answer(seen: Seen) -> Page:
        if seen.path.endswith("/load"):
            return Page()
        if seen.path.endswith("/infer"):
            output = {"name": "d", "datatype": "INT64", "shape": [1, 1], "data": [1]}
            reply = {"model_name": "m", "model_version": "7", "outputs": [output]}
            return Page(json.dumps(reply).encode())
        return Page(b"{}", 200 if "/versions/7/" in seen.path else 404)

    server = Loopback(answer)
    yield server
    server.close()


@pytest.fixture
def settings(site: Site) -> Path:
    slot = Path(site.folder) / "slot" / "model-settings.json"
    slot.parent.mkdir()
    written = {"name": "m", "parameters": {"uri": "/7", "version": "7"}}
    slot.write_text(json.dumps(written))
    return slot


@pytest.fixture
def serving(deaf: Loopback, settings: Path, site: Site) -> Serving:
    for version in ("6", "7"):
        (Path(site.folder) / version).touch()
    written = {
        "kind": "mlserver",
        "model": "m",
        "replicas": [{"name": "eu-1", "url": deaf.url}],
        "settings": str(settings),
        "uri": "{{ version }}",
        "probe": {"amount": 1.0},
    }
    return build(Config.model_validate(written), site)


def test_a_replica_that_says_yes_and_stays_behind_is_left_to_the_verification(
    serving: Serving, settings: Path
) -> None:
    serving.activate("eu-1", "6")

    assert serving.served("eu-1").version == "7"
    assert json.loads(settings.read_text())["parameters"]["version"] == "6"


def test_a_version_that_was_not_loaded_beside_the_served_one_is_refused(
    serving: Serving, settings: Path
) -> None:
    with pytest.raises(RejectedError, match="said that it loaded 6"):
        serving.load("eu-1", "6")

    assert not (settings.parent.with_name(CANDIDATE) / settings.name).exists()
