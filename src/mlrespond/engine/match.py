"""Choosing by rule: which service an alert is about, which playbook, which runbook. Explained."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlrespond.errors import InvalidInputError
from mlrespond.model.alert import Alert
from mlrespond.model.evaluate import INCONCLUSIVE, Truth, holds
from mlrespond.model.json import Record
from mlrespond.model.runbook import Choice, Playbook
from mlrespond.model.service import Service
from mlrespond.model.text import plural
from mlrespond.model.word import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A playbook that was held against an alert, and how it fared."""

    playbook: str
    matches: bool
    priority: int
    labels: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What an alert leads to. Without a playbook, nothing matched."""

    playbook: str | None
    runbook: str | None
    inputs: Record
    severity: Severity
    considered: tuple[Considered, ...]
    runbooks: tuple[str, ...]
    commander: str | None = None

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """Return what the first of several matches is chosen by: the lowest is first."""
        for one in self.considered:
            if one.playbook == self.playbook:
                return (False, *_rank(one))
        return (True, 0, 0, "")


def services_of(alert: Alert, services: Mapping[str, Service]) -> tuple[str, ...]:
    """Return the services that an alert is about, by their `alerts:` matchers."""
    return tuple(name for name, service in services.items() if _about(alert, name, service))


def _about(alert: Alert, name: str, service: Service) -> bool:
    if not service.alerts:
        return name in (alert.labels.get("service"), alert.labels.get("model"))
    return any(
        all(_like(alert.labels.get(label), [pattern]) for label, pattern in matcher.items())
        for matcher in service.alerts
        if matcher
    )


def _like(value: str | None, patterns: Sequence[str]) -> bool:
    return value is not None and any(fnmatch.fnmatchcase(value, one) for one in patterns)


def match(alert: Alert | None, service: str, playbooks: Sequence[Playbook], names: Record) -> Match:
    """Return the playbook and runbook for an alert: priority, labels matched, then name decide."""
    considered = [_consider(alert, service, playbook) for playbook in playbooks]
    fitting = [
        (one, playbook) for one, playbook in zip(considered, playbooks, strict=True) if one.matches
    ]
    fitting.sort(key=lambda pair: _rank(pair[0]))
    if not fitting:
        return Match(
            playbook=None,
            runbook=None,
            inputs={},
            severity="SEV3",
            considered=tuple(considered),
            runbooks=(),
        )
    chosen = fitting[0][1]
    runbook, told = _runbook(chosen.runbooks, names)
    return Match(
        playbook=chosen.playbook,
        runbook=runbook.runbook if runbook else None,
        inputs=runbook.inputs if runbook else {},
        severity=_severity(chosen, names),
        considered=tuple(considered),
        runbooks=told,
        commander=chosen.roles.commander,
    )


def _rank(one: Considered) -> tuple[int, int, str]:
    return (-one.priority, -one.labels, one.playbook)


def _consider(alert: Alert | None, service: str, playbook: Playbook) -> Considered:
    why, labels = _held_against(alert, service, playbook)
    return Considered(
        playbook=playbook.playbook,
        matches=not why,
        priority=playbook.priority,
        labels=labels,
        why=why or f"priority {playbook.priority}, {plural(labels, 'label')} matched",
    )


def _held_against(alert: Alert | None, service: str, playbook: Playbook) -> tuple[str, int]:
    if alert is None:
        return "there is no alert", 0
    if playbook.services and service not in playbook.services:
        return f"it is not for {service}", 0
    for label, patterns in playbook.match.items():
        wanted = [patterns] if isinstance(patterns, str) else patterns
        if not _like(alert.labels.get(label), wanted):
            have = alert.labels.get(label)
            return f"label {label} is {have or 'absent'}, not {' or '.join(wanted)}", 0
    return "", len(playbook.match)


def _runbook(choices: Sequence[Choice], names: Record) -> tuple[Choice | None, tuple[str, ...]]:
    chosen: Choice | None = None
    told: list[str] = []
    for choice in choices:
        word = "chosen" if chosen is None else "not looked at"
        if chosen is None and choice.when is not None:
            found = _held(choice.when, names)
            if found is INCONCLUSIVE or not found:
                word = "not known" if found is INCONCLUSIVE else "not so"
        if word == "chosen":
            chosen = choice
        when = f" when {choice.when}" if choice.when else ""
        told.append(f"{choice.runbook}{when}: {word}")
    return chosen, tuple(told)


def _held(expression: str, names: Record) -> Truth:
    """Return whether an expression holds; what an alert says must keep nobody from responding."""
    try:
        return holds(expression, names)
    except InvalidInputError:
        return INCONCLUSIVE


def _severity(playbook: Playbook, names: Record) -> Severity:
    for rule in playbook.severity.rules:
        found = _held(rule.when, names)
        if found is not INCONCLUSIVE and found:
            return rule.severity
    return playbook.severity.default
