"""A real LiteLLM proxy: a gateway of LLMs without a database, configured by one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml

from mlrespond.lab.stack.environment import environment
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.web import LOOPBACK
from mlrespond.model.json import Record


def launch(home: Path, config: Record, tell: Callable[[str], None]) -> Launch:
    """Return how the proxy is started in a folder; `config` is what LiteLLM's config.yaml says."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    found, port = environment("litellm", tell), free_port()
    return Launch(
        name="litellm",
        command=(
            *(found.command("litellm"), "--config", str(home / "config.yaml")),
            *("--host", LOOPBACK, "--port", str(port), "--telemetry", "False"),
        ),
        port=port,
        ready="/health/liveliness",
        environ={
            "PATH": found.path,
            "HOME": str(home),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it is fetched from the internet
        },
    )
