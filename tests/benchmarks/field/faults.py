"""Every failure mode of the reference, in a town: what happens, and what would be right first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from tests.benchmarks.field.town import Chance, Floats, Town, Ways

NONE = "none"
ROLLBACK_FORBIDDEN = frozenset({"rollback", "retrain"})
RETRAIN_FORBIDDEN = frozenset({"retrain"})


@dataclass(kw_only=True)
class Fault:
    """A case: `right` are first moves, `none` that nothing is done; what is in neither is wrong.

    `release_s` is when a version was released, from the onset; `half` leaves some replicas behind.
    """

    right: frozenset[str]
    forbidden: frozenset[str]
    ways: Ways = field(default_factory=Ways)
    release_s: float | None = None
    half: bool = False
    broken: Mapping[str, str] = field(default_factory=dict)
    wanted: str | None = None
    approved: str | None = None
    restarted: bool = False
    long: bool = False
    silent: int | None = None


Draw = Callable[[Town, Chance], Fault]


def _due(*right: str) -> frozenset[str]:
    return frozenset(right)


def _since(value: float) -> Callable[[Floats, Floats, Floats], Floats]:
    return lambda t, _, __: np.where(t >= 0, value, 0.0)


def _of_new(value: float) -> Callable[[Floats, Floats, Floats], Floats]:
    return lambda _, version, __: np.where(version >= 2, value, 0.0)


def _slower(factor: float) -> Callable[[Floats, Floats, Floats], Floats]:
    return lambda t, _, __: np.where(t >= 0, factor, 1.0)


def _on(replica: float, value: float, usual: float) -> Callable[[Floats, Floats, Floats], Floats]:
    return lambda t, _, each: np.where((t >= 0) & (each == replica), value, usual)


def bad_version(_: Town, chance: Chance) -> Fault:
    ways = Ways(golden={"2": float(chance.uniform(0.2, 0.8))})
    kind = chance.integers(3)
    if kind == 1:
        ways = Ways(errors=_of_new(float(chance.uniform(0.06, 0.4))))
    if kind == 2:
        ways = Ways(invalid=_of_new(float(chance.uniform(0.08, 0.5))), golden={"2": 0.3})
    return Fault(right=_due("rollback"), forbidden=RETRAIN_FORBIDDEN, ways=ways, release_s=0.0)


def unit_change(town: Town, chance: Chance) -> Fault:
    factor = float(chance.choice([0.001, 0.01, 100.0, 1000.0, 60.0, 2.54]))
    unit: Callable[[Floats], Floats] = lambda x: x * factor  # noqa: E731
    if chance.random() < 0.2 and town.numbers[town.main] == "normal":
        unit = lambda x: x * 1.8 + 32  # noqa: E731
    wrong = float(chance.uniform(0.05, 0.2))
    ways = Ways(unit=unit, wrong=lambda t, _: np.where(t >= 0, wrong, 0.0))
    return Fault(right=_due("switch"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def null_surge(town: Town, chance: Chance) -> Fault:
    names = [*town.numbers, *town.words]
    name = names[int(chance.integers(len(names)))]
    ways = Ways(nulls={name: float(chance.uniform(0.12, 0.7))})
    return Fault(right=_due("switch"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def vocabulary(town: Town, chance: Chance) -> Fault:
    name = next(iter(town.words))
    ways = Ways(renamed={name: float(chance.choice([1.0, chance.uniform(0.1, 0.6)]))})
    return Fault(right=_due("switch"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def stale_store(_: Town, chance: Chance) -> Fault:
    ways = Ways(
        values={"feature_age": float(chance.uniform(2.5, 20))},
        wrong=lambda t, _: np.clip(t / 3600, 0, 1) * 0.04,
    )
    right = _due("switch", "escalate")
    return Fault(right=right, forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def skew(_: Town, chance: Chance) -> Fault:
    drop = float(chance.uniform(0.12, 0.4))
    ways = Ways(wrong=lambda _, version: np.where(version >= 2, drop, 0.0))
    return Fault(
        right=_due("rollback"), forbidden=RETRAIN_FORBIDDEN, ways=ways, release_s=0.0, long=True
    )


def upstream(_: Town, chance: Chance) -> Fault:
    bad = float(chance.uniform(0.05, 0.4))
    ways = Ways(values={"provider_model": 3.0}, invalid=_since(bad), golden={"1": 0.3})
    return Fault(right=_due("switch"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def rate_limit(_: Town, chance: Chance) -> Fault:
    ways = Ways(
        values={"quota_refusals": float(chance.uniform(2, 30))},
        errors=_since(float(chance.uniform(0.05, 0.6))),
        slower=_slower(float(chance.uniform(1.2, 3))),
    )
    forbidden = frozenset({"rollback", "retrain", "restart"})
    return Fault(right=_due("switch"), forbidden=forbidden, ways=ways)


def slow_version(_: Town, chance: Chance) -> Fault:
    factor = float(chance.uniform(2.2, 8))
    ways = Ways(slower=lambda _, version, __: np.where(version >= 2, factor, 1.0))
    return Fault(right=_due("rollback"), forbidden=RETRAIN_FORBIDDEN, ways=ways, release_s=0.0)


def slow_dependency(_: Town, chance: Chance) -> Fault:
    ways = Ways(slower=_slower(float(chance.uniform(2.2, 8))))
    return Fault(right=_due("escalate"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def cost(_: Town, chance: Chance) -> Fault:
    ways = Ways(values={"eur_per_1k": float(chance.uniform(2, 10))})
    return Fault(right=_due("switch"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def garbage(_: Town, chance: Chance) -> Fault:
    bad = float(chance.uniform(0.08, 0.6))
    right = _due("switch", "escalate")
    return Fault(right=right, forbidden=ROLLBACK_FORBIDDEN, ways=Ways(invalid=_since(bad)))


def label_delay(_: Town, __: Chance) -> Fault:
    right = _due("wait", "escalate", NONE)
    return Fault(right=right, forbidden=ROLLBACK_FORBIDDEN, ways=Ways(labels_stop=True), long=True)


def feedback(_: Town, chance: Chance) -> Fault:
    drop = float(chance.uniform(0.06, 0.2))
    ways = Ways(
        values={"top_share": float(chance.uniform(2, 5))},
        wrong=lambda t, _: np.clip(t / 7200, 0, 1) * drop,
    )
    return Fault(right=_due("escalate"), forbidden=ROLLBACK_FORBIDDEN, ways=ways, long=True)


def leak(_: Town, chance: Chance) -> Fault:
    factor = float(chance.uniform(1.0, 2.5))
    ways = Ways(values={"rss_gib": float(chance.uniform(2, 6))}, slower=_slower(factor))
    return Fault(right=_due("restart"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def cold(_: Town, chance: Chance) -> Fault:
    peak, fade = float(chance.uniform(3, 8)), float(chance.uniform(90, 240))
    ways = Ways(
        slower=lambda t, _, __: np.where(t >= 0, 1 + peak * np.exp(-np.maximum(t, 0) / fade), 1.0)
    )
    released = chance.random() < 0.5
    return Fault(
        right=_due("wait", NONE),
        forbidden=ROLLBACK_FORBIDDEN,
        ways=ways,
        release_s=0.0 if released else None,
        restarted=not released,
    )


def wrong_alias(_: Town, chance: Chance) -> Fault:
    if chance.random() < 0.5:
        return Fault(right=_due("activate"), forbidden=RETRAIN_FORBIDDEN, wanted="2")
    return Fault(right=_due("activate"), forbidden=RETRAIN_FORBIDDEN, approved="2")


def partial(_: Town, __: Chance) -> Fault:
    right = _due("activate", "rollback", "drain")
    forbidden = frozenset({"retrain", "switch"})
    return Fault(right=right, forbidden=forbidden, release_s=-120.0, half=True)


def registry_away(_: Town, __: Chance) -> Fault:
    forbidden = frozenset({"rollback", "activate", "restart", "retrain"})
    right = _due("hold", "escalate", "wait")
    return Fault(right=right, forbidden=forbidden, broken={"registry": "it is down"})


def clock(_: Town, chance: Chance) -> Fault:
    hours = float(chance.integers(1, 13))
    ways = Ways(ahead_s=3600 * hours)
    return Fault(right=_due("switch"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def drift(_: Town, chance: Chance) -> Fault:
    drop = float(chance.uniform(0.12, 0.35))
    ways = Ways(wrong=lambda t, _: np.clip(t / 1800, 0, 1) * drop)
    forbidden = frozenset({"rollback"})
    return Fault(right=_due("retrain"), forbidden=forbidden, ways=ways, long=True)


def artefact(_: Town, chance: Chance) -> Fault:
    ways = Ways(
        values={"feature_file_mib": float(chance.uniform(1.8, 4))},
        errors=_since(float(chance.uniform(0.1, 0.7))),
    )
    return Fault(right=_due("hold", "escalate"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def nothing(_: Town, chance: Chance) -> Fault:
    released = chance.random() < 0.5
    return Fault(
        right=_due(NONE, "wait"),
        forbidden=frozenset(),
        release_s=-float(chance.uniform(60, 5400)) if released else None,
        long=bool(chance.random() < 0.3),
    )


def two_faults(town: Town, chance: Chance) -> Fault:
    one, other = bad_version(town, chance), null_surge(town, chance)
    one.ways.nulls = other.ways.nulls
    one.right = _due("rollback", "switch")
    return one


def two_elsewhere(town: Town, chance: Chance) -> Fault:
    one, other = slow_dependency(town, chance), null_surge(town, chance)
    one.ways.nulls = other.ways.nulls
    one.right = _due("switch", "escalate")
    return one


def one_replica(town: Town, chance: Chance) -> Fault:
    at = float(chance.integers(len(town.replicas)))
    ways = Ways(errors=_on(at, float(chance.uniform(0.1, 0.7)), 0.0))
    if chance.random() < 0.4:
        ways = Ways(slower=_on(at, float(chance.uniform(3, 9)), 1.0))
    return Fault(right=_due("restart", "drain"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def all_replicas(_: Town, chance: Chance) -> Fault:
    ways = Ways(errors=_since(float(chance.uniform(0.05, 0.6))))
    return Fault(right=_due("escalate"), forbidden=ROLLBACK_FORBIDDEN, ways=ways)


def traffic(_: Town, chance: Chance) -> Fault:
    share = float(chance.choice([chance.uniform(0.02, 0.35), chance.uniform(2.5, 6)]))
    return Fault(right=_due("escalate"), forbidden=ROLLBACK_FORBIDDEN, ways=Ways(traffic=share))


FAULTS: Mapping[str, Draw] = {
    "1 bad version": bad_version,
    "2 unit change": unit_change,
    "3 null surge": null_surge,
    "4 vocabulary change": vocabulary,
    "5 stale feature store": stale_store,
    "6 training-serving skew": skew,
    "7 upstream change": upstream,
    "8 rate limiting": rate_limit,
    "9 slow version": slow_version,
    "9 slow dependency": slow_dependency,
    "10 cost surge": cost,
    "11 broken output": garbage,
    "12 label delay": label_delay,
    "13 feedback loop": feedback,
    "14 memory leak": leak,
    "15 cold cache": cold,
    "16 wrong alias": wrong_alias,
    "17 partial rollout": partial,
    "18 registry outage": registry_away,
    "19 clock": clock,
    "20 concept drift": drift,
    "21 broken artefact": artefact,
    "22 nothing": nothing,
    "23 version and nulls": two_faults,
    "23 dependency and nulls": two_elsewhere,
    "one replica fails": one_replica,
    "all replicas fail": all_replicas,
    "traffic": traffic,
}
NEVER_RELEASED = frozenset({"12 label delay", "13 feedback loop", "16 wrong alias", "22 nothing"})
