"""The failure modes: what each looks like, what speaks against it, and the right first move.

From reference work on outages of production models (Papasian and Underwood, OpML 2020: most are
not about the model at all), so deploys, fleets and inputs are checked before anybody speaks of
drift. Order is rank: the first likely mode is the top suspect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Signal = Literal[
    "registry_down",
    "mixed_versions",
    "new_is_worse",
    "wanted_not_served",
    "replica_silent",
    "all_silent",
    "release",
    "release_in_doubt",
    "errors_up",
    "errors_everywhere",
    "errors_on_one",
    "latency_up",
    "latency_on_one",
    "golden_down",
    "golden_previous_ok",
    "golden_previous_down",
    "validity_down",
    "volume_off",
    "nulls_up",
    "out_of_range",
    "unit_changed",
    "unseen_categories",
    "wrong_types",
    "inputs_stale",
    "quality_down",
    "labels_immature",
    "dependency_down",
]
Move = Literal[
    "rollback",
    "activate",
    "switch",
    "restart",
    "retrain",
    "escalate",
    "hold",
    "wait",
    "none",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A failure mode as a rule: `every` signal must show, `any_of` at least one, `none_of` none.

    `normal` signals must be known not to show: an unknown there makes the mode unlikely, since
    the move would do harm if they did.
    """

    name: str
    title: str
    move: Move
    every: tuple[Signal, ...] = ()
    any_of: tuple[Signal, ...] = ()
    none_of: tuple[Signal, ...] = ()
    normal: tuple[Signal, ...] = ()


INPUTS: tuple[Signal, ...] = (
    "nulls_up",
    "unit_changed",
    "out_of_range",
    "unseen_categories",
    "wrong_types",
)

MODES: tuple[Mode, ...] = (
    Mode(
        name="registry_outage",
        title="the registry is down; what is served goes on being served",
        move="hold",
        every=("registry_down",),
        none_of=("errors_up", "golden_down", "replica_silent"),
    ),
    Mode(
        name="bad_rollout",
        title="a release is half-way, and worse where it is served",
        move="rollback",
        every=("mixed_versions",),
        any_of=("new_is_worse", "golden_down", "validity_down"),
        none_of=("golden_previous_down",),
    ),
    Mode(
        name="partial_rollout",
        title="replicas serve different versions",
        move="activate",
        every=("mixed_versions",),
        none_of=("new_is_worse", "golden_down", "validity_down"),
    ),
    Mode(
        name="wrong_alias",
        title="every replica serves another version than the registry wants",
        move="activate",
        every=("wanted_not_served",),
        none_of=("mixed_versions", "registry_down"),
    ),
    Mode(
        name="bad_release",
        title="the new version answers worse than the one before it",
        move="rollback",
        every=("release",),
        any_of=("golden_down", "errors_everywhere", "validity_down"),
        none_of=("golden_previous_down", "mixed_versions"),
    ),
    Mode(
        name="unit_change",
        title="an input changed its unit",
        move="switch",
        every=("unit_changed",),
    ),
    Mode(
        name="null_surge",
        title="an input is missing far more often than before",
        move="switch",
        every=("nulls_up",),
    ),
    Mode(
        name="vocabulary_change",
        title="an input has categories that were not there before",
        move="switch",
        every=("unseen_categories",),
    ),
    Mode(
        name="input_broken",
        title="an input has values of another type, or beyond its bounds",
        move="switch",
        any_of=("wrong_types", "out_of_range"),
        none_of=("unit_changed",),
    ),
    Mode(
        name="latency_regression",
        title="the new version is slower than the one before it",
        move="rollback",
        every=("release", "latency_up"),
        none_of=("latency_on_one", "mixed_versions"),
    ),
    Mode(
        name="replica_fault",
        title="one replica misbehaves, the others do not",
        move="restart",
        any_of=("errors_on_one", "latency_on_one", "replica_silent"),
        none_of=("errors_everywhere", "all_silent", "mixed_versions"),
    ),
    Mode(
        name="serving_outage",
        title="no replica answers",
        move="escalate",
        every=("all_silent",),
    ),
    Mode(
        name="serving_errors",
        title="requests fail everywhere, and nothing was released",
        move="escalate",
        every=("errors_everywhere",),
        none_of=("release",),
    ),
    Mode(
        name="slow_dependency",
        title="everything is slower, and nothing was released",
        move="escalate",
        every=("latency_up",),
        none_of=("release", "latency_on_one"),
    ),
    Mode(
        name="dependency_incident",
        title="a service that it depends on has an incident",
        move="escalate",
        every=("dependency_down",),
        any_of=("errors_up", "latency_up", "volume_off", *INPUTS),
    ),
    Mode(
        name="traffic_change",
        title="requests stopped, or come in far greater numbers",
        move="escalate",
        every=("volume_off",),
    ),
    Mode(
        name="label_delay",
        title="the newest labels are still coming in",
        move="wait",
        every=("labels_immature",),
    ),
    Mode(
        name="concept_drift",
        title="the world changed: same inputs, other truth, for every version",
        move="retrain",
        every=("quality_down",),
        none_of=("labels_immature", "golden_down", "errors_everywhere"),
        normal=("release_in_doubt", *INPUTS, "volume_off", "inputs_stale"),
    ),
)

MODE_NAMES: tuple[str, ...] = tuple(mode.name for mode in MODES)
