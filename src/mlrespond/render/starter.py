"""The first files of a team: they lint, and their comments say what to change."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files


def starter_files(service: str) -> Mapping[str, str]:
    """Return path → content of the files that `mlir init` writes for a service."""
    return {
        "mlir.yaml": _template("mlir.yaml", service),
        "runbooks/my-first.yaml": _template("my-first.yaml", service),
        "playbooks/my-first.md": _template("my-first.md", service),
        "golden/golden.jsonl": '{"row": {"amount": 12.5}, "expected": "allow"}\n',
    }


def _template(name: str, service: str) -> str:
    text = (files("mlrespond.render") / "starter" / name).read_text(encoding="utf-8")
    return text.replace("SERVICE", service)
