"""Trainings by commands: one key trains once, whoever dies between whichever instructions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.ending import ended as gone

from mlrespond.adapters.command import CommandPipeline, Config, build
from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.process import SystemProcesses
from mlrespond.adapters.site import Site
from mlrespond.adapters.training import Training
from mlrespond.errors import (
    AccessRefusedError,
    BadReplyError,
    InvalidInputError,
    NoAnswerError,
    UnsupportedError,
)
from mlrespond.ports.service import Pipeline
from mlrespond.testing.contract.pipeline import KEY, WINDOW, PipelineContract, ended

BEGIN = "import os, sys, time\nopen('trainings', 'a').write('x')\n"
TRAIN = BEGIN + "print('training', sys.argv[1:])\nprint('{\"version\": \"7\"}')"
FAIL = BEGIN + "print('epoch 1'); sys.exit('no memory')"
SLEEP = BEGIN + "open('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)"
FREEZE = """
import sys
open("freezes", "a").write("x")
print("busy")
print("snap-" + sys.argv[1])
print()
"""
VARIABLES = """
import os
print(sorted(os.environ))
print(len(os.environ["KEY"]), os.environ["URI"])
"""
NAMES = ("{{ window.from }}", "{{ window.to }}", "{{ snapshot }}", "{{ key }}")


def python(program: str, *args: str) -> list[str]:
    return [sys.executable, "-c", program, *args]


def made(site: Site, run: list[str], **more: object) -> Pipeline:
    config = {"kind": "command", "run": run, "freeze": python(FREEZE, "{{ key }}"), **more}
    return build(Config.model_validate(config), site)


def folder(site: Site) -> Path:
    (found,) = (site.state / "pipelines").iterdir()
    return found


@pytest.fixture
def trainings(site: Site) -> Callable[[], int]:
    path = site.folder / "trainings"
    return lambda: len(path.read_text()) if path.exists() else 0


@pytest.fixture
def pipeline(site: Site) -> Pipeline:
    return made(site, python(TRAIN, *NAMES))


@pytest.fixture
def endless(site: Site) -> Pipeline:
    return made(site, python(SLEEP))


class TestCommandPipeline(PipelineContract):
    @pytest.fixture
    def pipeline(self, pipeline: Pipeline) -> Pipeline:
        return pipeline

    @pytest.fixture
    def failing(self, site: Site) -> Pipeline:
        return made(site, python(FAIL))

    @pytest.fixture
    def endless(self, endless: Pipeline) -> Pipeline:
        return endless

    @pytest.fixture
    def trainings(self, trainings: Callable[[], int]) -> Callable[[], int]:
        return trainings


def forget(site: Site, *names: str) -> None:
    """Remove facts of a training that is over, as if we had died before they were written."""
    training = Training(folder(site))
    ends = time.monotonic() + 10
    while training.lives() and time.monotonic() < ends:
        time.sleep(0.01)
    for name in names:
        (training.folder / name).unlink()


def running(site: Site) -> int:
    """Return the pid of a training, once it runs."""
    path = site.folder / "pid"
    ends = time.monotonic() + 10
    while not (path.exists() and path.read_text()) and time.monotonic() < ends:
        time.sleep(0.01)
    return int(path.read_text())


def test_templates_are_filled_once(pipeline: Pipeline, site: Site) -> None:
    pipeline.start("{{ snapshot }}", "snap-1", WINDOW)
    ended(pipeline, "{{ snapshot }}")

    said = (folder(site) / "stdout.log").read_text()
    assert (
        "['2026-11-22T03:00:00.000000Z', '2026-11-22T04:00:00.000000Z', 'snap-1', '{{ snapshot }}']"
        in said
    )


def test_a_failure_tells_the_exit_code_and_the_last_line(site: Site) -> None:
    failing = made(site, python(FAIL))
    failing.start(KEY, "snap-1", WINDOW)

    run = ended(failing)

    assert "exit 1" in run.detail
    assert "epoch 1" in run.detail
    assert "no memory" in (folder(site) / "stderr.log").read_text()


def test_a_command_that_does_not_exist_failed(site: Site) -> None:
    pipeline = made(site, ["no-such-command-of-mlrespond"])
    pipeline.start(KEY, "snap-1", WINDOW)

    run = ended(pipeline)

    assert run.state == "failed"
    assert "could not be started" in run.detail


def test_a_training_that_takes_too_long_is_ended(site: Site) -> None:
    pipeline = made(site, python(SLEEP), timeout="700ms")
    pipeline.start(KEY, "snap-1", WINDOW)

    run = ended(pipeline)

    assert (run.state, "not done in 0.7 s" in run.detail) == ("failed", True)
    assert gone(running(site))


@pytest.mark.parametrize(
    ("last", "version"),
    [
        ('{"version": "7"}', "7"),
        ('{"version": 7}', "7"),
        ('{"version": true}', None),
        ('{"version": null}', None),
        ("[7]", None),
        ("done", None),
        ("", None),
    ],
)
def test_the_last_line_may_name_the_version(site: Site, last: str, version: str | None) -> None:
    pipeline = made(site, python(f"print({last!r})"))
    pipeline.start(KEY, "snap-1", WINDOW)

    run = ended(pipeline)

    assert (run.state, run.version) == ("succeeded", version)


def test_cancelling_ends_the_command(endless: Pipeline, site: Site) -> None:
    endless.start(KEY, "snap-1", WINDOW)
    pid = running(site)

    endless.cancel(KEY)

    assert ended(endless).state == "cancelled"
    assert gone(pid)


def test_a_training_outlives_the_one_that_ordered_it(site: Site) -> None:
    program = f"""
import os
from pathlib import Path
from mlrespond.adapters.command import Config, build
from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.testing.contract.pipeline import KEY, WINDOW
site = Site(folder=Path({str(site.folder)!r}), secrets=EnvSecrets(Path("/")), clock=SystemClock(),
            state=Path({str(site.state)!r}), service="fraud")
build(Config(kind="command", run={python(SLEEP)!r}), site).start(KEY, "snap-1", WINDOW)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, env={"PYTHONPATH": "src"})
    assert done.returncode == -9
    pid = running(site)
    os.kill(pid, 0)

    mine = made(site, python(SLEEP))

    assert mine.status(KEY).state == "running"
    mine.cancel(KEY)
    assert ended(mine).state == "cancelled"


def test_dying_at_any_line_of_ordering_neither_loses_a_training_nor_trains_twice(
    tmp_path: Path,
) -> None:
    sweep = Path(__file__).with_name("crash_sweep.py")
    done = subprocess.run(
        [sys.executable, sweep, tmp_path, "3", "9"],  # every line: 0 1
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": "src"},
    )

    said = [line.split() for line in done.stdout.splitlines()]
    assert len(said) > 8
    assert {(state, trained) for _, state, trained in said} == {("succeeded", "1")}


def test_many_starts_at_once_train_once(
    site: Site, pipeline: Pipeline, trainings: Callable[[], int]
) -> None:
    threads = [
        threading.Thread(target=pipeline.start, args=(KEY, "snap-1", WINDOW)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ended(pipeline).state == "succeeded"
    assert trainings() == 1
    assert folder(site).is_dir()


def test_an_order_that_nobody_began_is_unknown_and_starts_once_asked_again(
    pipeline: Pipeline, site: Site, trainings: Callable[[], int]
) -> None:
    pipeline.start(KEY, "snap-1", WINDOW)
    ended(pipeline)
    forget(site, "began.json", "result.json", "command.json")
    assert pipeline.status(KEY).state == "unknown"

    pipeline.start(KEY, "snap-2", WINDOW)

    assert ended(pipeline).state == "succeeded"
    assert trainings() == 2
    order = Training(folder(site)).order()
    assert order is not None
    assert "snap-1" in order.args


def supervisor(site: Site) -> int:
    began = Training(folder(site)).began()
    assert began is not None
    return began.pid


def test_a_killed_supervisor_leaves_a_running_training_that_can_be_cancelled(
    endless: Pipeline, site: Site, trainings: Callable[[], int]
) -> None:
    endless.start(KEY, "snap-1", WINDOW)
    pid = running(site)
    os.kill(supervisor(site), signal.SIGKILL)
    assert gone(supervisor(site))

    assert endless.status(KEY).state == "running"
    endless.start(KEY, "snap-1", WINDOW)
    assert trainings() == 1

    endless.cancel(KEY)
    assert gone(pid)
    assert endless.status(KEY).state == "cancelled"


def test_a_training_killed_with_its_supervisor_has_failed(
    endless: Pipeline, site: Site, trainings: Callable[[], int]
) -> None:
    endless.start(KEY, "snap-1", WINDOW)
    pid = running(site)
    os.kill(supervisor(site), signal.SIGKILL)
    os.killpg(pid, signal.SIGKILL)

    run = ended(endless)

    assert run.state == "failed"
    assert "killed" in run.detail
    endless.start(KEY, "snap-1", WINDOW)
    assert endless.status(KEY).state == "failed"
    assert trainings() == 1


def test_cancelling_before_it_began_trains_nothing(
    pipeline: Pipeline, site: Site, trainings: Callable[[], int]
) -> None:
    pipeline.start(KEY, "snap-1", WINDOW)
    ended(pipeline)
    forget(site, "began.json", "result.json", "command.json")

    pipeline.cancel(KEY)
    assert pipeline.status(KEY).state == "cancelled"
    pipeline.start(KEY, "snap-1", WINDOW)

    assert ended(pipeline).state == "cancelled"
    assert trainings() == 1


def test_variables_are_declared_and_secrets_never_lie_in_a_file(site: Site) -> None:
    pipeline = made(site, python(VARIABLES), env={"KEY": "env:TOKEN", "URI": "http://x"})
    pipeline.start(KEY, "snap-1", WINDOW)
    ended(pipeline)

    names, values = (folder(site) / "stdout.log").read_text().splitlines()
    assert set(eval(names)) - {"LC_CTYPE", "LANG"} == {"HOME", "KEY", "PATH", "URI"}  # noqa: S307  # of our own child
    assert values == "12 http://x"
    files = [one for one in folder(site).iterdir() if one.is_file()]
    assert not [one for one in files if b"s3cr3t" in one.read_bytes()]


def test_a_missing_secret_starts_nothing(site: Site, trainings: Callable[[], int]) -> None:
    pipeline = made(site, python(TRAIN), env={"KEY": "env:MISSING"})

    with pytest.raises(AccessRefusedError):
        pipeline.start(KEY, "snap-1", WINDOW)

    assert trainings() == 0


def test_odd_keys_are_folders_of_their_own(site: Site, pipeline: Pipeline) -> None:
    keys = ["../../etc", "a/b", "a:b", "a b", "é" * 300, ".", "a.b"]
    for key in keys:
        assert pipeline.freeze(key, WINDOW) == f"snap-{key}"

    assert len(list((site.state / "pipelines").iterdir())) == len(keys)


def test_freezing_runs_its_command_once_for_a_key(pipeline: Pipeline, site: Site) -> None:
    threads = [threading.Thread(target=pipeline.freeze, args=(KEY, WINDOW)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (site.folder / "freezes").read_text() == "x"
    assert made(site, python(TRAIN)).freeze(KEY, WINDOW) == f"snap-{KEY}"


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("import sys; print('snap-1'); sys.exit(2)", BadReplyError),
        ("print(); print('  ')", BadReplyError),
        ("import time; time.sleep(60)", NoAnswerError),
    ],
)
def test_a_freeze_that_fails_is_not_remembered(
    site: Site, program: str, error: type[Exception]
) -> None:
    bad = made(site, python(TRAIN), freeze=python(program), timeout="500ms")

    with pytest.raises(error):
        bad.freeze(KEY, WINDOW)

    assert made(site, python(TRAIN)).freeze(KEY, WINDOW) == f"snap-{KEY}"


def test_without_a_command_nothing_is_frozen(site: Site) -> None:
    with pytest.raises(UnsupportedError) as raised:
        made(site, python(TRAIN), freeze=[]).freeze(KEY, WINDOW)

    assert "retrain.freeze" in raised.value.hint


def test_a_template_that_cannot_be_filled_is_said_at_once(site: Site) -> None:
    with pytest.raises(InvalidInputError):
        made(site, ["train", "{{ window.from"])


def test_what_was_written_down_and_broken_is_a_bad_reply(pipeline: Pipeline, site: Site) -> None:
    pipeline.start(KEY, "snap-1", WINDOW)
    ended(pipeline)
    (folder(site) / "result.json").write_text('{"code": "zero"}')

    with pytest.raises(BadReplyError):
        pipeline.status(KEY)


def test_a_training_of_another_machine_is_unknown_here(endless: Pipeline, site: Site) -> None:
    config = Config(kind="command", run=["x"])
    assert isinstance(CommandPipeline(config, site, SystemCommands(site.folder)), CommandPipeline)
    endless.start(KEY, "snap-1", WINDOW)
    endless.cancel(KEY)
    ended(endless)
    training = Training(folder(site))
    forget(site, "result.json", "cancel")
    began = (training.folder / "began.json").read_text()
    here = SystemProcesses().this().host
    (training.folder / "began.json").write_text(began.replace(f'"{here}"', '"elsewhere"'))

    assert endless.status(KEY).state == "unknown"
