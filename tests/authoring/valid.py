"""Valid files that use about everything there is, for tests that break them."""
# ruff: noqa: E501  # YAML stands as a team writes it

from __future__ import annotations

RUNBOOK = """\
# every key of a step, and every verb
runbook: a
title: Everything
description: >-
  Two lines
  of text.
inputs:
  every: {type: duration, default: 15s, description: How often}
  share: {type: number, default: 50, min: 1, max: 100}
  where: {type: choice, choices: [eu, us], default: eu}
  target: {type: version, default: "7", pattern: "[0-9]+"}
  sure: {type: bool, default: false}
  note: {type: string, default: ""}
mitigated_when: steps.recovered.verdict == "pass" and run.ending != "failed"
mitigated_for: 5m
defaults:
  timeout: 2m
  retry: {attempts: 2, every: 2s, max: 30s}
  approve: {within: 10m, otherwise: deny, fresh: 10m}
  verify: {within: 2m, every: "{{ inputs.every }}", consecutive: 3}
steps:
  - id: triage
    title: look at {{ service.name }}
    diagnose: {lookback: 2h, checks: [release, errors], looks: {every: 5s, at_most: 3}}
    on_inconclusive: escalate
  - id: regression
    when: steps.triage.top is not none and not steps.triage.likely.unit_change
    timeout: "{{ inputs.every }}"
    compare:
      against: before_release
      metrics: [error_ratio]
      inputs: all
      cases: golden
      subject: served
      only: {region: [eu], replica: [eu-1]}
      window: 10m
      settle: 0s
  - id: back
    when: steps.regression.metrics.error_ratio.effect > 0.01 or likely.bad_release
    rollback: {to: last_healthy, preflight: [load, golden], order: [eu, us], replicas: all}
    approve: {by: [payments-ml], not_self: true, remind: 2m, within: "{{ inputs.every }}"}
    verify: {within: 5m, consecutive: 2}
    on_failure: undo
    on_unknown: retry
    on_denied: continue
  - id: forward
    activate: {version: "{{ inputs.target }}"}
  - id: away
    when: >-
      steps.back.outcome in ["failed", "unknown"]
      or changes.version.to == "7"
    steps:
      - id: out
        drain: {replicas: [eu-1]}
      - id: again
        restart: {replicas: "{{ steps.triage.replicas }}"}
      - id: fallback
        switch: {to: rules, share: "{{ inputs.share }}"}
  - id: keep
    hold: {what: [deploy, training], until: resolved, window: {from: "2026-11-22T00:00:00Z", to: "{{ steps.back.verified_at }}"}}
  - id: train
    retrain: {window: 30d, mature_only: true, exclude: incidents}
  - id: question
    ask: {say: "is {{ steps.triage.top }} right?", answers: {right: {type: bool}}, by: [ana], within: 10m, otherwise: escalate}
  - id: told
    notify: {to: ops, say: "it said {{ steps.question.answers.right }}"}
  - id: pause
    wait: {for: 5m}
  - id: until
    wait: {read: {diagnose: {checks: [fleet]}}, until: read.verdict == "pass", every: 5s, at_most: 1h}
  - id: own
    service: feature-store
    command: {args: [ls, "-l", "{{ inputs.note }}"], effect: read, json: false, env: {A: env:A}}
  - id: changed
    http: {method: POST, url: "http://x/{{ service.name }}", effect: change, json: {a: [1, "{{ inputs.where }}"]}, headers: {A: b}, expect: [200, 202]}
    verify: {read: {http: {url: "http://x", effect: read}}, until: read.out.state == "on" and read.code < 300}
    undo: {http: {method: DELETE, url: "http://x", effect: change}}
  - id: other
    use: {runbook: first-look, inputs: {every: "{{ inputs.every }}", looks: 3}}
  - id: recovered
    compare: {against: before_incident, metrics: all, since: "{{ steps.back.verified_at | default(steps.other.finished_at) }}", looks: {every: 15s, at_most: 8}}
finally:
  - id: page
    when: run.ending not in ["mitigated", "no_fault"] and steps.back.outcome != "ok"
    escalate: {to: payments-ml, say: "ended as {{ run.ending }}", wait: none}
  - id: done
    end: {as: escalated, say: so it is}
"""

PROJECT = """\
timeline: .mlir/timeline.db
services:
  fraud-scorer:
    description: Scores card payments; blocks above 0.9
    owner: payments-ml
    alerts: [{model: fraud-scorer}, {service: "fraud*"}]
    depends_on: [feature-store]
    registry: {kind: mlflow, url: "http://127.0.0.1:5000", model: fraud-scorer, alias: champion, auth: {bearer: env:MLFLOW_TOKEN}}
    serving:
      kind: triton
      model: fraud
      replicas:
        - {name: eu-1, region: eu, url: "http://10.0.0.1:8000"}
        - {name: us-1, region: us, url: "http://10.0.1.1:8000"}
      routes_through: "http://10.0.0.9:8080"
      hooks: {restart: [systemctl, restart, "fraud@{{ replica }}"]}
    metrics: {kind: prometheus, url: "http://127.0.0.1:9090"}
    predictions:
      {kind: files, path: "logs/*.jsonl", time: served_at, version: model_version, id: request_id, entity: customer_id, score: p,
       features: {amount: {type: number, min: 0, nulls: 0.02}, country: {type: category}},
       labels: {path: "labels/*.jsonl", on: request_id, column: y, mature_after: 7d}}
    golden: {path: golden/fraud.jsonl, score: accuracy}
    objectives:
      error_ratio: {kind: ratio, bad: "sum(increase(errors{version='{{ version }}'}[{{ window }}]))", total: "sum(increase(all[{{ window }}]))", max: 0.01, margin: 0.005}
      latency_p99: {kind: latency, histogram: "h{region='{{ region }}'}", quantile: 0.99, max: 250ms}
      valid_json:  {kind: ratio, from: predictions, good: valid_json, min: 0.98}
      golden:      {kind: golden, min: 0.90}
      cost_per_1k: {kind: value, query: "cost", max: 0.40}
    fallbacks: {rules: {route: rules-v1}}
    retrain: {kind: command, run: [python, train.py, "--from", "{{ window.from }}", "--snapshot", "{{ snapshot }}", "--key", "{{ key }}"], freeze: [python, freeze.py]}
    policies: [{allow: rollback, when: likely.bad_release, severity: [SEV1], by: payments-ml, because: "agreed 2026-11"}]
    healthy_after: 1h
    escalation: [{page: payments-oncall, within: 5m}, {page: ml-platform, within: 15m, phone: "+1 555 0100"}]
    lifecycle: {training: payments-ml, evaluation: payments-ml, deployment: ml-platform, monitoring: ml-platform, retirement: payments-ml}
teams:
  payments-ml: {members: [ana]}
  ml-platform: {members: [ben], page: {kind: file}}
people:
  ana: {name: Ana, login: ["os:ana"], page: {kind: pagerduty, key: env:PD_KEY}}
  ben: {}
  payments-oncall: {}
chats: {ops: {kind: slack, url: env:SLACK}}
"""

NOTES = """\
---
playbook: p
title: Garbage predictions
priority: 10
match: {alertname: ["GoldenAccuracyLow", "PredictionDrift*"], team: payments}
services: [fraud-scorer]
severity: {default: SEV3, rules: [{when: "alert.labels.tier == 'payments'", is: SEV1}]}
runbooks:
  - {runbook: bad-release, when: changes.version, inputs: {every: 15s}}
  - {runbook: input-data-broken}
roles: {commander: on-call}
---

# What to do

Look first.
"""
