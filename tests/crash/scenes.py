"""The scenes of the sweep: every verb that changes or pages, then the library's runbooks."""

from __future__ import annotations

from tests.crash.library import LIBRARY, released
from tests.crash.scene import Scene, in_doubt
from tests.marks import INCIDENT

from mlrespond.testing.world import World


def _acknowledging() -> World:
    """Return a world in which the second level acknowledges."""
    return World(acks={f"{INCIDENT}:cto": "cto"})


_RELEASED = ((-7200.0, "2"), (-600.0, "3"))

_MOVES = """
runbook: moves
title: Everything that moves a version or a route
mitigated_when: steps.fresh.outcome == "ok"
mitigated_for: 30s
defaults: {verify: {every: 5s, consecutive: 2}}
steps:
  - id: forward
    activate: {version: "1"}
  - id: aside
    switch: {to: rules, share: 100}
  - id: without
    drain: {replicas: [us-1]}
  - id: fresh
    restart: {replicas: [eu-1, us-1]}
"""

_OWN = """
runbook: own
title: What only the team knows how to do
mitigated_when: steps.called.outcome == "ok"
mitigated_for: 0s
steps:
  - id: told
    command: {args: [tell, desk], effect: page}
  - id: flushed
    command: {args: [flush, cache], effect: change}
    verify:
      every: 1s
      consecutive: 1
      read: {command: {args: [show], effect: read}}
      until: "read.out == '2'"
  - id: rung
    http: {method: POST, url: "http://desk/ring", effect: page}
  - id: called
    http: {method: POST, url: "http://cache/flush", effect: change}
    verify:
      every: 1s
      consecutive: 1
      read: {http: {method: GET, url: "http://cache", effect: read}}
      until: "read.out.calls == 2"
"""

_TELLING = """
runbook: telling
title: A command that nothing can be read back of
mitigated_when: steps.told.outcome == "ok"
mitigated_for: 0s
steps:
  - id: told
    command: {args: [tell, desk], effect: page}
"""

_WORDS = """
runbook: words
title: Everything that is said to people
mitigated_when: steps.level.outcome == "ok"
mitigated_for: 0s
steps:
  - id: post
    notify: {to: ops, say: "it begins"}
  - id: question
    ask: {say: "which one?", answers: {which: {type: string}}}
  - id: short
    wait: {for: 30s}
  - id: until
    wait:
      read: {command: {args: [show], effect: read}}
      until: "read.code == 0"
      every: 5s
      at_most: 1m
  - id: still
    hold: {what: [deploy, training]}
  - id: level
    escalate: {say: "somebody must look"}
finally:
  - id: last
    notify: {to: ops, say: "it ended as {{ run.ending }}"}
"""

_UNDOING = """
runbook: undoing
title: What is taken back when a later step fails
mitigated_when: steps.never.outcome == "ok"
steps:
  - id: aside
    switch: {to: rules}
  - id: without
    drain: {replicas: [us-1]}
  - id: never
    command: {args: [broken, tool], effect: change}
    verify: {read: {command: {args: [show], effect: read}}, until: "read.out == '1'"}
    on_failure: undo_run
"""

_OUTER = """
runbook: outer
title: A runbook that uses another
inputs:
  to: {type: string, default: "1"}
mitigated_when: steps.again.outcome == "ok"
mitigated_for: 0s
steps:
  - id: inner
    use: {runbook: included, inputs: {version: "{{ inputs.to }}"}}
  - id: block
    when: steps.inner.outcome == "ok"
    steps:
      - id: aside
        switch: {to: rules}
  - id: again
    switch: {to: primary}
"""

_INCLUDED = """
runbook: included
title: A runbook that is used
inputs:
  version: {type: version}
mitigated_when: steps.move.outcome == "ok"
steps:
  - id: move
    activate: {version: "{{ inputs.version }}"}
"""

_TRAINING = """
runbook: training
title: A version is trained, compared and activated
mitigated_when: steps.promoted.outcome == "ok"
mitigated_for: 0s
steps:
  - id: fresh
    retrain: {window: 30d, exclude: none}
    timeout: 10m
    on_inconclusive: continue
  - id: promoted
    activate: {version: "{{ steps.fresh.version }}"}
"""

_BACK = """
runbook: back
title: A rollback that a person takes back
mitigated_when: steps.back.outcome == "ok"
mitigated_for: 0s
steps:
  - id: back
    rollback: {to: before_release}
"""

_STUCK = """
runbook: stuck
title: A replica that says yes and stays as it is
mitigated_when: steps.forward.outcome == "ok"
steps:
  - id: forward
    activate: {version: "1"}
    verify: {within: 20s, every: 5s}
    on_unknown: escalate
"""


def _stuck() -> World:
    return World(stuck=["us-1"], acks={f"{INCIDENT}:payments-ml": "ana"})


def _broken_tool() -> World:
    return World(broken={"broken": "it is not installed"})


OWN = (
    Scene(name="moves", runbook="moves", text=_MOVES, ending="mitigated"),
    Scene(
        name="own",
        runbook="own",
        text=_OWN,
        ending="mitigated",
        undecided=in_doubt("told", "command") | in_doubt("rung", "call"),
    ),
    Scene(
        name="telling",
        runbook="telling",
        text=_TELLING,
        ending="mitigated",
        undecided=in_doubt("told", "command"),
    ),
    Scene(
        name="words",
        runbook="words",
        text=_WORDS,
        ending="mitigated",
        world=_acknowledging,
        values={"which": "this"},
    ),
    Scene(name="undoing", runbook="undoing", text=_UNDOING, ending="failed", world=_broken_tool),
    Scene(
        name="included",
        runbook="outer",
        text=_OUTER,
        others={"included": _INCLUDED},
        ending="mitigated",
    ),
    Scene(name="training", runbook="training", text=_TRAINING, ending="mitigated"),
    Scene(
        name="back",
        runbook="back",
        text=_BACK,
        ending="mitigated",
        world=released,
        history=_RELEASED,
        undo=True,
    ),
    Scene(name="stuck", runbook="stuck", text=_STUCK, ending="escalated", world=_stuck),
)
SCENES = {one.name: one for one in (*OWN, *LIBRARY)}
