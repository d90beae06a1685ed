"""Trainings by the team's own commands, which outlive the process that ordered them."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import ConfigDict, Field

from mlrespond.adapters.commands import SystemCommands
from mlrespond.adapters.durable import said
from mlrespond.adapters.freezer import Freezer, folder_of, names_of, variables
from mlrespond.adapters.process import SystemProcesses
from mlrespond.adapters.remote_pipeline import version_said
from mlrespond.adapters.site import Site
from mlrespond.adapters.spawn import await_begin, end_orphan, spawn
from mlrespond.adapters.training import Order, Result, Training
from mlrespond.model.authored import Duration, TplText, no_entries, no_items
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.instant import parse_duration
from mlrespond.model.reading import PipelineRun, Window
from mlrespond.model.service import Component
from mlrespond.model.text import one_line
from mlrespond.ports.service import Commands, Pipeline

_SECRET = re.compile(r"(env|file):.")


class Config(Component):
    """A command that trains."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["command"] = Field(description="A command of this machine")
    run: list[TplText] = Field(
        description="The command that trains, as arguments; `{{ window.from }}`, `{{ window.to }}`,"
        ' `{{ snapshot }}` and `{{ key }}` are known; its last line may be {"version": "7"}',
        min_length=1,
    )
    freeze: list[TplText] = Field(
        default_factory=no_items,
        description="The command that freezes the data; its last line is the snapshot's name",
    )
    env: dict[str, str] = Field(
        default_factory=no_entries, description="Variables: values, or env:NAME and file:PATH"
    )
    timeout: Duration = Field(default="24h", description="How long a command may take")


def build(config: Config, site: Site) -> Pipeline:
    """Return the pipeline; a template that cannot be filled is an error here."""
    for argument in [*config.run, *config.freeze]:
        fill(argument, {})
    return CommandPipeline(config, site, SystemCommands(site.folder))


class CommandPipeline:
    """Commands that freeze and train; one key trains at most once on this machine."""

    def __init__(self, config: Config, site: Site, commands: Commands) -> None:
        self._config = config
        self._site = site
        self._timeout_s = parse_duration(config.timeout)
        self._freezer = Freezer(config.freeze, config.env, self._timeout_s, site, commands)

    def freeze(self, key: str, window: Window) -> str:
        """See Pipeline.freeze."""
        return self._freezer.freeze(key, window)

    def start(self, key: str, snapshot: str, window: Window) -> None:
        """See Pipeline.start; returns once a supervisor of its own has taken it."""
        training = self._training(key)
        names = {**names_of(key, window), "snapshot": snapshot}
        order = Order(
            key=key,
            args=tuple(shown(fill(one, names)) for one in self._config.run),
            folder=str(self._site.folder.absolute()),
            declared=tuple(self._config.env),
            timeout_s=self._timeout_s,
        )
        with said(f"{key} cannot be ordered in {training.folder}"):
            training.place(order)
            if training.began() is None:
                spawn(training, variables(self._site, self._config.env))
            await_begin(training)

    def status(self, key: str) -> PipelineRun:
        """See Pipeline.status."""
        training = self._training(key)
        if training.order() is None:
            return PipelineRun(state="unknown", detail="never started")
        result = training.result()
        if result is not None:
            return _ended(result, training)
        if training.lives():
            return PipelineRun(state="running", detail=f"see {training.stdout}")
        return _left(training)

    def cancel(self, key: str) -> None:
        """See Pipeline.cancel; it is over once `status` says so."""
        training = self._training(key)
        if training.order() and training.result() is None:
            with said(f"{key} cannot be cancelled in {training.folder}"):
                training.cancel()
            end_orphan(training)

    def _training(self, key: str) -> Training:
        return Training(folder_of(self._site, key))


def _ended(result: Result, training: Training) -> PipelineRun:
    version = version_said(result.last)
    if result.stopped == "cancelled":
        return PipelineRun(state="cancelled", detail="cancelled")
    if result.stopped or result.code != 0:
        told = result.stopped or f"exit {result.code}: {one_line(result.last)}"
        return PipelineRun(state="failed", detail=f"{told}; see {training.stderr}")
    return PipelineRun(state="succeeded", version=version, detail=one_line(result.last))


def _left(training: Training) -> PipelineRun:
    """Tell a training that nobody runs: it may have ended just now, never begun, or been killed."""
    result = training.result()
    if result is not None:
        return _ended(result, training)
    if training.cancelled():
        return PipelineRun(state="cancelled", detail="cancelled")
    began = training.began()
    if began is None:
        return PipelineRun(state="unknown", detail="ordered, never begun; start it again")
    if began.host != SystemProcesses().this().host:
        return PipelineRun(state="unknown", detail=f"it began on {began.host}")
    return PipelineRun(
        state="failed", detail=f"it was killed before it could end; see {training.stderr}"
    )
