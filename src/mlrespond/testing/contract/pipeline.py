"""What every pipeline must do. Subclass, and define the fixtures below.

`pipeline` freezes data and trains version 7; `failing` trains in vain; `endless` trains until it
is cancelled. `trainings()` counts how often training began, in any of the three.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mlrespond.model.reading import PipelineRun, Window
from mlrespond.ports.service import Pipeline

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
WINDOW = Window(since=START, until=START + timedelta(hours=1))
KEY = "INC-1.1:retrain:0:1"


def ended(pipeline: Pipeline, key: str = KEY, within_s: float = 20.0) -> PipelineRun:
    """Return how a training ended."""
    ends = time.monotonic() + within_s
    run = pipeline.status(key)
    while run.state == "running" and time.monotonic() < ends:
        time.sleep(within_s / 1000)
        run = pipeline.status(key)
    return run


class PipelineContract:
    """A key trains once, whoever asks how often; and how it ended stays known."""

    patience_s = 20.0
    """How long a training of these may take."""

    def test_a_training_ends_with_a_version(self, pipeline: Pipeline) -> None:
        pipeline.start(KEY, "snap-1", WINDOW)

        run = ended(pipeline, within_s=self.patience_s)

        assert (run.state, run.version) == ("succeeded", "7")

    def test_one_key_trains_once(self, pipeline: Pipeline, trainings: Callable[[], int]) -> None:
        pipeline.start(KEY, "snap-1", WINDOW)
        pipeline.start(KEY, "snap-1", WINDOW)
        ended(pipeline, within_s=self.patience_s)
        pipeline.start(KEY, "snap-1", WINDOW)

        assert ended(pipeline, within_s=self.patience_s).state == "succeeded"
        assert trainings() == 1

    def test_two_keys_train_twice(self, pipeline: Pipeline, trainings: Callable[[], int]) -> None:
        pipeline.start(KEY, "snap-1", WINDOW)
        pipeline.start("another", "snap-1", WINDOW)

        assert ended(pipeline, within_s=self.patience_s).state == "succeeded"
        assert ended(pipeline, "another", self.patience_s).state == "succeeded"
        assert trainings() == 2

    def test_a_training_that_fails_says_so(self, failing: Pipeline) -> None:
        failing.start(KEY, "snap-1", WINDOW)

        run = ended(failing, within_s=self.patience_s)

        assert (run.state, run.version) == ("failed", None)
        assert run.detail

    def test_a_training_runs_until_it_is_cancelled(self, endless: Pipeline) -> None:
        endless.start(KEY, "snap-1", WINDOW)
        assert endless.status(KEY).state == "running"

        endless.cancel(KEY)

        assert ended(endless, within_s=self.patience_s).state == "cancelled"

    def test_a_cancelled_key_does_not_train_again(
        self, endless: Pipeline, trainings: Callable[[], int]
    ) -> None:
        endless.start(KEY, "snap-1", WINDOW)
        endless.cancel(KEY)
        ended(endless, within_s=self.patience_s)
        began = trainings()  # none, where it was cancelled before anything took it up

        endless.start(KEY, "snap-1", WINDOW)

        assert ended(endless, within_s=self.patience_s).state == "cancelled"
        assert trainings() == began <= 1

    def test_cancelling_what_has_ended_changes_nothing(self, pipeline: Pipeline) -> None:
        pipeline.start(KEY, "snap-1", WINDOW)
        ended(pipeline, within_s=self.patience_s)

        pipeline.cancel(KEY)

        assert pipeline.status(KEY).state == "succeeded"

    def test_of_a_key_that_was_never_started_nothing_is_known(
        self, pipeline: Pipeline, trainings: Callable[[], int]
    ) -> None:
        assert pipeline.status(KEY).state == "unknown"

        pipeline.cancel(KEY)

        assert pipeline.status(KEY).state == "unknown"
        assert trainings() == 0

    def test_a_key_freezes_once(self, pipeline: Pipeline) -> None:
        first = pipeline.freeze(KEY, WINDOW)

        assert first
        assert pipeline.freeze(KEY, WINDOW) == first
        assert pipeline.freeze("another", WINDOW) != first
