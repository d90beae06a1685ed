"""A real Triton Inference Server on the processor, from the wheel that carries its binary.

The wheel's own Python API is not used: the server is started as one would in production, with
explicit model control, so that loads and version policies come from outside.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

from mlrespond.lab.folder import MODEL
from mlrespond.lab.json_file import write_json
from mlrespond.lab.model import Model
from mlrespond.lab.process import source_folder
from mlrespond.lab.stack.environment import Environment, environment
from mlrespond.lab.stack.server import Launch, free_port
from mlrespond.lab.tensor import DATATYPES, OUTPUTS
from mlrespond.lab.web import LOOPBACK
from mlrespond.model.codec import encode

_TYPES = {"BYTES": "STRING"}
_LOADER = """# Triton's Python ignores PYTHONPATH; ours comes last, so that its own packages win.
import sys

sys.path.append({source!r})
from mlrespond.lab.stack.triton_model import TritonPythonModel
"""


def write_model(repository: Path, versions: Mapping[str, Model], served: str) -> None:
    """Write the lab's model into a model repository, with a policy that serves one version."""
    for version, model in versions.items():
        add_version(repository, version, model)
    write_config(repository, served)


def write_config(repository: Path, served: str) -> None:
    """Write on disk which version is served from the next start on."""
    (repository / MODEL).mkdir(parents=True, exist_ok=True)
    (repository / MODEL / "config.pbtxt").write_text(_config(served))


def add_version(repository: Path, version: str, model: Model) -> None:
    """Put one more version beside the others; the policy decides whether it is served."""
    place = repository / MODEL / version
    place.mkdir(parents=True, exist_ok=True)
    write_json(place / "model.json", encode(model))
    (place / "model.py").write_text(_LOADER.format(source=str(source_folder())))


def launch(
    repository: Path, work: Path, tell: Callable[[str], None], *, name: str = "triton"
) -> Launch:
    """Return how Triton is started on a model repository; it loads the lab's model at once."""
    found = environment("triton", tell)
    http, metrics = free_port(), free_port()
    server = found.packages / "pytriton" / "tritonserver"
    command = (
        *(str(_executable(server / "bin" / "tritonserver")), "--model-repository", str(repository)),
        *("--backend-directory", str(_backends(server, work))),
        *("--model-control-mode", "explicit", "--load-model", MODEL),
        *("--http-address", LOOPBACK, "--http-port", str(http), "--allow-grpc", "false"),
        *("--metrics-address", LOOPBACK, "--metrics-port", str(metrics)),
        *("--allow-gpu-metrics", "false", "--exit-on-error", "false"),
    )
    return Launch(
        name=name,
        command=command,
        port=http,
        ready=f"/v2/models/{MODEL}/ready",
        environ=_environ(found),
    )


def metrics_port(started: Launch) -> int:
    """Return the port at which a server that was launched tells its metrics."""
    return int(started.command[started.command.index("--metrics-port") + 1])


def _environ(found: Environment) -> Mapping[str, str]:
    """Return the environment: the stub needs the wheel's libraries and Python's own.

    Without them it fails on a missing library, and the server stays in "loading" for ever. Its
    embedded Python takes its packages from the first `python3` of PATH: with a numpy of version 2
    instead of the pinned one, sizes of tensors come out wrong.
    """
    libraries = (found.packages / "nvidia_pytriton.libs", sysconfig.get_config_var("LIBDIR"))
    return {
        "LD_LIBRARY_PATH": os.pathsep.join(str(one) for one in libraries),
        "PATH": found.path,
    }


def _backends(server: Path, work: Path) -> Path:
    """Return a folder of backends in which the Python one has the stub of this Python."""
    place = work / "backends"
    if not place.exists():
        shutil.copytree(server / "backends", place)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        stub = server / "python_backend_stubs" / version / "triton_python_backend_stub"
        shutil.copyfile(stub, place / "python" / stub.name)
        _executable(place / "python" / stub.name)
    return place


def _executable(path: Path) -> Path:
    path.chmod(0o755)
    return path


def _config(served: str) -> str:
    inputs = ",\n".join(_tensor(name, kind, " optional: true") for name, kind in DATATYPES.items())
    outputs = ",\n".join(_tensor(name, kind, "") for name, kind in OUTPUTS.items())
    policy = f"version_policy: {{ specific {{ versions: [{served}] }} }}"
    head = f'name: "{MODEL}"\nbackend: "python"\nmax_batch_size: 0\n{policy}\n'
    return f"{head}input [\n{inputs}\n]\noutput [\n{outputs}\n]\n"


def _tensor(name: str, kind: str, more: str) -> str:
    return f'  {{ name: "{name}" data_type: TYPE_{_TYPES.get(kind, kind)} dims: [-1]{more} }}'
