"""Airflow, Prefect, Ray and a webhook as they answered when they were measured, small.

Each trains in three ways, named by its DAG, flow, command or path: good, failing and endless.
"""

from __future__ import annotations

import json
import re
from typing import ClassVar, Protocol
from urllib.parse import unquote

from tests.adapters.loopback import Page, Seen, page
from tests.adapters.trainings import Training, Trainings, work_of

from mlrespond.model.json import Json

TOKEN = "s3cr3t-token"


class TrainingServer(Protocol):
    trainings: Trainings

    def __call__(self, seen: Seen) -> Page: ...


class AirflowServer:
    """Airflow 3.3: a taken run id is a conflict, and tokens are handed out for a login."""

    _RUN = re.compile(r"/api/v2/dags/([^/]+)/dagRuns(?:/([^/]+))?(/taskInstances/.*)?")
    _ID = re.compile(r"[A-Za-z0-9_.~:+-]+")
    _STATES: ClassVar = {"succeeded": "success", "cancelled": "failed"}

    def __init__(self) -> None:
        self.trainings = Trainings()
        self.token = TOKEN
        self.tokens_made = 0
        self.notes: dict[str, str] = {}

    def __call__(self, seen: Seen) -> Page:
        if seen.path == "/auth/token":
            return self._login(seen)
        if seen.headers.get("authorization") != f"Bearer {self.token}":
            return page({"detail": "Not authenticated"}, 401)
        found = self._RUN.fullmatch(seen.path)
        work = work_of(unquote(found.group(1))) if found else None
        if found is None or work is None:
            return page({"detail": "Dag with dag_id: 'nope' not found"}, 404)
        if seen.method == "POST":
            return self._start(seen.json, work)
        training = self.trainings.find(unquote(found.group(2)), [work])
        if training is None:
            return page({"detail": "The DagRun was not found"}, 404)
        if seen.method == "PATCH":
            training.state = "cancelled"
            self.notes[training.name] = seen.json["note"]
            return page(self._run(training))
        if found.group(3):
            return self._returned(training, found.group(3))
        training.look()
        return page(self._run(training))

    def _login(self, seen: Seen) -> Page:
        if seen.json != {"username": "mlir", "password": "s3cr3t-pass"}:
            return page({"detail": "Invalid credentials"}, 401)
        self.tokens_made += 1
        return page({"access_token": self.token}, 201)

    def _start(self, body: dict[str, object], work: str) -> Page:
        if "logical_date" not in body:
            return page({"detail": [{"type": "missing", "loc": ["body", "logical_date"]}]}, 422)
        name, kind = str(body["dag_run_id"]), work_of(work)
        assert kind
        if not self._ID.fullmatch(name) or len(name) > 250:
            return page({"detail": f"The run_id provided '{name}' does not match"}, 400)
        if self.trainings.find(name, [kind]):
            return page({"detail": {"reason": "Unique constraint violation"}}, 409)
        return page(self._run(self.trainings.begin(name, kind, body["conf"])))

    def _run(self, training: Training) -> Json:
        state = self._STATES.get(training.state, training.state)
        if training.asked == 0 and state == "running":
            state = "queued"
        return {
            "dag_run_id": training.name,
            "state": state,
            "note": self.notes.get(training.name),
        }

    @staticmethod
    def _returned(training: Training, path: str) -> Page:
        if path == "/taskInstances/train/xcomEntries/return_value" and training.work == "good":
            return page({"key": "return_value", "value": {"version": "7"}})
        return page({"detail": "XCom entry with key: `return_value` not found"}, 404)


class PrefectServer:
    """Prefect 3.4: a taken key of a flow answers with its run."""

    def __init__(self) -> None:
        self.trainings = Trainings()

    def __call__(self, seen: Seen) -> Page:
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return page({"exception_message": "Unauthorized"}, 401)
        parts = [unquote(one) for one in seen.path.split("/")[1:]]
        match parts:
            case ["api", "deployments", "name", flow, "lab"] if work_of(flow):
                return page({"id": f"id-of-{flow}"})
            case ["api", "deployments", deployment, "create_flow_run"]:
                return self._start(seen, deployment.removeprefix("id-of-"))
            case ["api", "flow_runs", "filter"]:
                return self._filter(seen)
            case ["api", "flow_runs", run, "set_state"]:
                return self._set_state(self.trainings.began[int(run)])
        return page({"detail": "Deployment not found"}, 404)

    def _start(self, seen: Seen, flow: str) -> Page:
        work, key = work_of(flow), seen.json["idempotency_key"]
        assert work
        if known := self.trainings.find(key, [work]):
            return page(self._run(known))
        return page(self._run(self.trainings.begin(key, work, seen.json["parameters"])), 201)

    def _filter(self, seen: Seen) -> Page:
        (key,) = seen.json["flow_runs"]["idempotency_key"]["any_"]
        flows = [work for one in seen.json["flows"]["name"]["any_"] if (work := work_of(one))]
        found = self.trainings.find(key, flows)
        if found:
            found.look()
        return page([self._run(found)] if found else [])

    def _set_state(self, training: Training) -> Page:
        if training.state != "running":
            return page({"status": "REJECT", "state": self._run(training)})
        training.state = "cancelled"
        return page({"status": "ACCEPT", "state": {"type": "CANCELLING"}}, 201)

    def _run(self, training: Training) -> Json:
        states = {"succeeded": "COMPLETED"}
        state = states.get(training.state, training.state.upper())
        if training.state == "cancelled" and training.asked < 4:
            state = "CANCELLING"
        if training.state == "running" and training.asked < 1:
            state = "SCHEDULED"
        said = '{"version": "7"}' if training.state == "succeeded" else None
        return {
            "id": str(self.trainings.began.index(training)),
            "name": "brave-otter",
            "state_type": state,
            "state": {"type": state, "message": said},
        }


class RayServer:
    """Ray 2.60: a taken id is answered with 500 and a traceback; errors are text."""

    _ALREADY = "Traceback (most recent call last):\nValueError: Job already exists."
    _STATES: ClassVar = {"cancelled": "STOPPED"}

    def __init__(self) -> None:
        self.trainings = Trainings()

    def __call__(self, seen: Seen) -> Page:
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return Page(b"401: Unauthorized", 401)
        parts = [unquote(one) for one in seen.path.split("/")[1:]]
        if parts == ["api", "jobs", ""]:
            return self._start(seen)
        training = self.trainings.find(parts[2])
        match parts[3:]:
            case _ if training is None:
                return Page(f"Job {parts[2]} does not exist".encode(), 404)
            case ["stop"]:
                return self._stop(training)
            case ["logs"]:
                last = '{"version": "7"}' if training.work == "good" else "boom"
                return page({"logs": f"INFO Runtime env is setting up.\nepoch 1\n{last}\n"})
        training.look()
        state = self._STATES.get(training.state, training.state.upper())
        return page({"status": state, "message": f"the job is {state}\nlog"})

    def _start(self, seen: Seen) -> Page:
        body = seen.json
        odd = [one for one in body["metadata"].values() if not isinstance(one, str)]
        if odd:
            return Page(b"TypeError: metadata values must be strings", 400)
        if "/" in body["submission_id"]:
            return Page(b"FileNotFoundError: job-driver", 500)
        if self.trainings.find(body["submission_id"]):
            return Page(self._ALREADY.encode(), 500)
        work = work_of(body["entrypoint"].split()[0])
        assert work
        self.trainings.begin(body["submission_id"], work, body["metadata"])
        return page({"submission_id": body["submission_id"]})

    @staticmethod
    def _stop(training: Training) -> Page:
        if training.state != "running":
            return page({"stopped": False})
        training.state = "cancelled"
        return page({"stopped": True})


class WebhookServer:
    """The three calls, as a team would answer them."""

    def __init__(self) -> None:
        self.trainings = Trainings()

    def __call__(self, seen: Seen) -> Page:
        if seen.headers.get("authorization") != f"Bearer {TOKEN}":
            return page({"error": "who is there?"}, 401)
        _, work, *rest = [unquote(one) for one in seen.path.split("/")]
        kind = work_of(work)
        assert kind
        if seen.method == "POST":
            return self._start(seen, work)
        training = self.trainings.find(rest[0], [kind])
        if training is None:
            return page({"error": "no such key"}, 404)
        if seen.method == "DELETE":
            training.state = "cancelled"
            return Page(status=204)
        state = training.look()
        version = {"version": 7} if state == "succeeded" else {}
        return page({"state": state, "detail": f"it {state}", **version})

    def _start(self, seen: Seen, work: str) -> Page:
        body = json.loads(seen.body)
        kind = work_of(work)
        assert kind
        if unquote(seen.headers["idempotency-key"]) != body["key"]:
            return page({"error": "two keys"}, 400)
        if not self.trainings.find(body["key"], [kind]):
            self.trainings.begin(body["key"], kind, body["parameters"])
        return page({}, 202)
