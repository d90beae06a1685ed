"""What every serving must do. Subclass, and define the fixtures `serving` and `rows`.

The replicas `eu-1` and `us-1` serve version 6, know version 5 and have no version 9; `gone` is
configured, but nothing answers there. `rows` are two input rows that any version can predict.
`ServingContract` is all of it; for a system that can do less there is a suite for each part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from mlrespond.errors import NotThereError, PortError
from mlrespond.model.json import Json
from mlrespond.ports.service import Serving

Rows = Sequence[Mapping[str, Json]]


class AnsweringContract:
    """A replica says what it serves, and answers."""

    def test_a_replica_says_which_version_answers(self, serving: Serving) -> None:
        served = serving.served("eu-1")

        assert (served.replica, served.version, served.ready) == ("eu-1", "6", True)
        assert served.error is None

    def test_a_replica_that_is_gone_is_an_answer_not_an_error(self, serving: Serving) -> None:
        served = serving.served("gone")

        assert (served.version, served.ready) == (None, False)
        assert served.error

    def test_a_replica_that_nobody_named_is_not_there(self, serving: Serving) -> None:
        with pytest.raises(NotThereError):
            serving.served("eu-9")

    def test_each_row_gets_an_output_and_the_version_is_told(
        self, serving: Serving, rows: Rows
    ) -> None:
        predicted = serving.predict("eu-1", rows)

        assert predicted.version == "6"
        assert len(predicted.outputs) == len(rows)
        assert None not in predicted.outputs
        assert predicted.failed == 0

    def test_a_version_that_is_not_loaded_cannot_be_asked(
        self, serving: Serving, rows: Rows
    ) -> None:
        with pytest.raises(PortError):
            serving.predict("eu-1", rows, "9")

    def test_no_rows_are_no_outputs(self, serving: Serving) -> None:
        assert serving.predict("eu-1", []).outputs == ()

    def test_nothing_predicts_where_nothing_answers(self, serving: Serving, rows: Rows) -> None:
        with pytest.raises(PortError):
            serving.predict("gone", rows)


class ActivatingContract:
    """A replica takes another version, if it can."""

    def test_activating_changes_one_replica_only(self, serving: Serving) -> None:
        serving.activate("eu-1", "5")

        assert serving.served("eu-1").version == "5"
        assert serving.served("us-1").version == "6"

    def test_activating_twice_is_activating_once(self, serving: Serving) -> None:
        serving.activate("eu-1", "5")
        serving.activate("eu-1", "5")

        assert serving.served("eu-1").version == "5"

    def test_activating_there_and_back_leaves_the_first(self, serving: Serving) -> None:
        serving.activate("eu-1", "5")
        serving.activate("eu-1", "6")

        assert serving.served("eu-1").version == "6"

    @pytest.mark.parametrize("version", ["9", "..", ""])
    def test_what_cannot_be_loaded_leaves_what_is_served(
        self, serving: Serving, version: str
    ) -> None:
        with pytest.raises(PortError) as raised:
            serving.activate("eu-1", version)

        assert raised.value.definite
        assert serving.served("eu-1").version == "6"


class LoadingContract:
    """A replica holds another version beside the one that it serves."""

    def test_loading_does_not_serve(self, serving: Serving) -> None:
        serving.load("eu-1", "5")

        assert serving.served("eu-1").version == "6"

    def test_loading_what_is_not_there_fails(self, serving: Serving) -> None:
        with pytest.raises(PortError):
            serving.load("eu-1", "9")

    def test_a_loaded_version_can_be_asked_before_it_serves(
        self, serving: Serving, rows: Rows
    ) -> None:
        serving.load("eu-1", "5")

        assert serving.predict("eu-1", rows, "5").version == "5"
        assert serving.predict("eu-1", rows).version == "6"


class ServingContract(AnsweringContract, ActivatingContract, LoadingContract):
    """All that a serving can be able to do; what a system cannot do raises UnsupportedError."""
