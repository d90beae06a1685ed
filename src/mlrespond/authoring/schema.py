"""JSON Schemas (2020-12) of the authored files, for editors; generated from the same models."""

from __future__ import annotations

from collections.abc import Mapping

from mlrespond.authoring.body import UseBody
from mlrespond.errors import UsageError
from mlrespond.model.authored import Authored
from mlrespond.model.json import Json, Record, items, record
from mlrespond.model.runbook import Playbook, RunbookHead, StepHead
from mlrespond.model.service import Project
from mlrespond.model.shape import VerbTable

SCHEMAS = ("runbook", "playbook", "project")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEMPLATE: Record = {"type": "string", "pattern": r"\{\{"}
_RULES = ("RetryRule", "ApproveRule", "VerifyRule")
_BARE = ("read", "until")  # what a rule holds that is never a template
_STEPS: Record = {"items": {"$ref": "#/$defs/Step"}}


def schema(name: str, verbs: VerbTable) -> Record:
    """Return the JSON Schema of `runbook`, `playbook` or `project`."""
    if name == "runbook":
        return record(_closed(_runbook(verbs)))
    models: dict[str, type[Authored]] = {"playbook": Playbook, "project": Project}
    if name not in models:
        raise UsageError(f"there is no schema `{name}`", hint=f"known: {', '.join(SCHEMAS)}")
    return {"$schema": _DIALECT, **record(_closed(models[name].model_json_schema()))}


def _closed(value: Json) -> Json:
    """Return a schema in which keys that fit no pattern are refused: pydantic leaves that out."""
    if isinstance(value, Mapping):
        closed = {key: _closed(item) for key, item in value.items()}
        open_ = "patternProperties" in closed and "additionalProperties" not in closed
        return {**closed, "additionalProperties": False} if open_ else closed
    return [_closed(one) for one in value] if isinstance(value, list) else value


def _runbook(verbs: VerbTable) -> Record:
    whole = RunbookHead.model_json_schema()
    step = StepHead.model_json_schema()
    definitions: dict[str, Json] = {**whole.pop("$defs"), **step.pop("$defs")}
    for name in _RULES:
        definitions[name] = _rule(record(definitions[name]))
    definitions["Defaults"] = _timed(record(definitions["Defaults"]), "timeout")
    definitions["Step"] = _step(_timed(step, "timeout"), verbs, definitions)
    properties = record(whole["properties"])
    listed: Record = {key: {**record(properties[key]), **_STEPS} for key in ("steps", "finally")}
    return {
        "$schema": _DIALECT,
        **_timed({**whole, "properties": {**properties, **listed}}, "mitigated_for"),
        "$defs": definitions,
    }


def _step(head: Record, verbs: VerbTable, definitions: dict[str, Json]) -> Record:
    properties: dict[str, Json] = dict(record(head["properties"]))
    for name in verbs.names():
        properties[name] = _verb(verbs.shape(name).body, definitions)
    properties["use"] = UseBody.model_json_schema()
    properties["steps"] = {
        "type": "array",
        **_STEPS,
        "minItems": 1,
        "description": "A block of steps under one `when`",
    }
    one_of = [{"required": [name]} for name in (*verbs.names(), "steps", "use")]
    return {**head, "properties": properties, "oneOf": one_of}


def _verb(body: type[Authored], definitions: dict[str, Json]) -> Record:
    whole = body.model_json_schema()
    definitions.update({name: _free(one) for name, one in whole.pop("$defs", {}).items()})
    definitions[body.__name__] = _free(whole)
    either: list[Json] = [{"$ref": f"#/$defs/{body.__name__}"}, _TEMPLATE]
    if not whole.get("required"):
        either.append({"type": "null"})
    return {"anyOf": either, "description": whole["description"]}


def _rule(rule: Record) -> Record:
    """Return a rule's schema in which all but its readings may be templates."""
    properties = record(rule["properties"])
    return _timed(rule, *(key for key in properties if key not in _BARE))


def _timed(model: Record, *keys: str) -> Record:
    """Return a model's schema in which the named properties may be templates."""
    properties = record(model["properties"])
    free = {key: _or_template(_free(properties[key])) for key in keys}
    return {**model, "properties": {**properties, **free}}


def _free(value: Json) -> Record:
    """Return a schema in which every part of the value may be a template."""
    free = dict(record(value))
    for key in ("properties", "patternProperties"):
        if key in free:
            inner = record(free[key]).items()
            free[key] = {name: _or_template(_free(one)) for name, one in inner}
    for key in ("items", "additionalProperties"):
        if isinstance(free.get(key), Mapping):
            free[key] = _or_template(_free(free[key]))
    for key in ("anyOf", "oneOf", "allOf"):
        if key in free:
            free[key] = [_free(one) for one in items(free[key])]
    return free


def _or_template(value: Record) -> Record:
    """Return a schema that takes a template too; what is said about it stays in front."""
    if not value or (value.get("type") == "string" and not {"pattern", "enum"} & set(value)):
        return value
    said = {key: value[key] for key in ("title", "description", "default") if key in value}
    wanted = {key: item for key, item in value.items() if key not in said}
    return {**said, "anyOf": [wanted, _TEMPLATE]}
