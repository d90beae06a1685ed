"""`mlir.yaml` and `services/*.yaml` to one Project, with every reference in it followed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mlrespond.authoring.diagnostic import suggestion
from mlrespond.authoring.names import Report, check_expression, check_template
from mlrespond.authoring.objective import check_objective
from mlrespond.authoring.source import parse
from mlrespond.authoring.validate import validate
from mlrespond.authoring.written import Path, Source, scalars
from mlrespond.errors import InvalidInputError
from mlrespond.model.json import Json, Record, items, record, text
from mlrespond.model.service import Lifecycle, Project
from mlrespond.model.shape import Vocabulary, YieldType

_PORTS: Mapping[str, str] = {
    "registry": "registry",
    "serving": "serving",
    "metrics": "metrics",
    "monitor": "monitor",
    "predictions": "predictions",
    "retrain": "pipeline",
}
_OBJECTIVE: Mapping[str, YieldType] = dict.fromkeys(
    ("window", "version", "region", "replica"), "text"
)
_HOOKS: Mapping[str, YieldType] = {"replica": "text"}
_TRAINING: Mapping[str, YieldType] = {
    "window": {"from": "time", "to": "time"},
    "snapshot": "text",
    "key": "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedProject:
    """The project as one, or None when it is broken, and the sources it was read from."""

    project: Project | None
    sources: tuple[Source, ...]

    @property
    def services(self) -> frozenset[str] | None:
        """Return the names of all services; None where a file could not be read."""
        return self._names("services")

    @property
    def people(self) -> frozenset[str] | None:
        """Return the handles of all people; None where a file could not be read."""
        return self._names("people")

    @property
    def handles(self) -> frozenset[str] | None:
        """Return the handles of all teams and people; None where a file could not be read."""
        return self._names("teams", "people")

    @property
    def told(self) -> frozenset[str]:
        """Return the signs that objectives tell of."""
        services = (
            record(one)
            for source in self.sources
            for one in record(record(source.data).get("services")).values()
        )
        objectives = (
            record(one) for each in services for one in record(each.get("objectives")).values()
        )
        return frozenset(told for one in objectives if (told := text(one.get("tells"))))

    def _names(self, *sections: str) -> frozenset[str] | None:
        if any(source.data is None and source.diagnostics for source in self.sources):
            return None
        parts = (record(source.data).get(name) for source in self.sources for name in sections)
        return frozenset(name for part in parts for name in record(part))


def load_project(files: Iterable[tuple[str, bytes | str]], vocabulary: Vocabulary) -> LoadedProject:
    """Return all files as one project; mistakes are noted in the sources."""
    sources = tuple(parse(path, content) for path, content in files)
    _check_once(sources)
    project = _project([source for source in sources if source.data is not None])
    loaded = LoadedProject(project=project, sources=sources)
    for source in sources:
        _Checker(source, vocabulary, loaded.people, loaded.handles, loaded.told).check()
    return loaded


def _check_once(sources: Iterable[Source]) -> None:
    """Note what two files define: a service, a team, a person, or a setting."""
    seen: dict[Path, Source] = {}
    for source in sources:
        for section, content in record(source.data).items():
            names = content if isinstance(content, Mapping) else (section,)
            for name in names:
                place: Path = (section, name) if isinstance(content, Mapping) else (section,)
                other = seen.setdefault(place, source)
                if other is not source:
                    message = f"{other.path} defines `{name}` too"
                    source.report_key(place, "defined-twice", message)


def _project(sources: Iterable[Source]) -> Project | None:
    fields: dict[str, object] = {}
    good = True
    for source in sources:
        part = validate(source, Project, source.data)
        good = good and part is not None
        for name in part.model_fields_set if part else ():
            value, known = getattr(part, name), fields.get(name)
            fields[name] = {**known, **value} if isinstance(known, dict) else value
    return Project.model_construct(**fields) if good else None  # type: ignore[arg-type]  # each part was validated


class _Checker:
    """Follows every reference of a file, as far as it is in order."""

    def __init__(
        self,
        source: Source,
        vocabulary: Vocabulary,
        people: frozenset[str] | None,
        handles: frozenset[str] | None,
        told: frozenset[str],
    ) -> None:
        self._source = source
        self._vocabulary = vocabulary
        self._people = people
        self._handles = handles
        self._told = told

    def check(self) -> None:
        data = record(self._source.data)
        for name, team in record(data.get("teams")).items():
            for at, member in enumerate(items(record(team).get("members"))):
                self._refer(("teams", name, "members", at), member, self._people, "person")
            self._component(("teams", name, "page"), record(team).get("page"), "pager")
        for name, person in record(data.get("people")).items():
            self._component(("people", name, "page"), record(person).get("page"), "pager")
        for name, chat in record(data.get("chats")).items():
            self._component(("chats", name), chat, "chat")
        for name, service in record(data.get("services")).items():
            self._service(("services", name), record(service))
        self._modes(("modes",), data.get("modes"))

    def _modes(self, where: Path, modes: Json) -> None:
        """Follow the names in failure modes: signs that something tells of, and other modes."""
        for name, mode in record(modes).items():
            if "before" in record(mode):
                place = (*where, name, "before")
                self._refer(place, record(mode)["before"], self._vocabulary.modes, "mode")
            for at, way in enumerate(items(record(mode).get("ways"))):
                self._way((*where, name, "ways", at), record(way))

    def _way(self, where: Path, way: Record) -> None:
        signs = {key: items(way.get(key)) for key in ("every", "any_of", "none_of", "unless")}
        if not signs["every"] and not signs["any_of"]:
            message = "a way needs `every` or `any_of`: what is ruled out shows nothing"
            self._source.report(where, "missing-key", message)
        for key, names in signs.items():
            for at, sign in enumerate(names):
                known = self._vocabulary.signs and (*self._vocabulary.signs, *self._told)
                self._refer((*where, key, at), sign, known or None, "sign")

    def _service(self, where: Path, service: Record) -> None:
        self._handle((*where, "owner"), service.get("owner"))
        for at, other in enumerate(items(service.get("depends_on"))):
            if other == where[-1]:
                place = (*where, "depends_on", at)
                self._source.report(place, "unknown-name", "it depends on itself")
        for at, policy in enumerate(items(service.get("policies"))):
            self._policy((*where, "policies", at), record(policy))
        for at, level in enumerate(items(service.get("escalation"))):
            self._handle((*where, "escalation", at, "page"), record(level).get("page"))
        lifecycle = record(service.get("lifecycle"))
        for role in Lifecycle.model_fields:
            self._handle((*where, "lifecycle", role), lifecycle.get(role))
        for key, port in _PORTS.items():
            self._component((*where, key), service.get(key), port)
        self._serving((*where, "serving"), service.get("serving"))
        for name, objective in record(service.get("objectives")).items():
            place = (*where, "objectives", name)
            check_objective(self._source, place, record(objective), service)
        self._templates((*where, "objectives"), service.get("objectives"), _OBJECTIVE)
        self._templates((*where, "retrain"), service.get("retrain"), _TRAINING)
        self._modes((*where, "modes"), service.get("modes"))
        self._golden((*where, "golden"), record(service.get("golden")))

    def _golden(self, where: Path, golden: Record) -> None:
        scorer = record(golden.get("scorer"))
        given = [key for key in ("command", "function") if scorer.get(key)]
        if "scorer" in golden and len(given) != 1:
            message = "a scorer is a `command` or a `function`, one of them"
            self._source.report((*where, "scorer"), "invalid-value", message)
        if golden.get("score") == "custom" and "scorer" not in golden:
            message = "`score: custom` needs a `scorer`"
            self._source.report((*where, "score"), "missing-key", message)

    def _policy(self, where: Path, policy: Record) -> None:
        self._handle((*where, "by"), policy.get("by"))
        verbs = self._vocabulary.verbs.names()
        self._refer((*where, "allow"), policy.get("allow"), verbs, "verb")
        when = policy.get("when")
        if isinstance(when, str):
            place = (*where, "when")
            check_expression(when, self._vocabulary.names(), self._reporter(place))

    def _component(self, where: Path, value: Json, port: str) -> None:
        kind = text(record(value).get("kind"))
        if kind is None:
            return
        try:
            model = self._vocabulary.adapters.config_class(port, kind)
        except InvalidInputError as error:
            place = (*where, "kind")
            self._source.report(place, "unknown-kind", error.message, hint=error.hint)
            return
        validate(self._source, model, value, where)

    def _serving(self, where: Path, serving: Json) -> None:
        if not isinstance(serving, Mapping):
            return
        if not serving.get("replicas") and not serving.get("url"):
            message = "give `replicas`, or the `url` of a balancer"
            self._source.report(where, "missing-key", message)
        seen: set[str] = set()
        for at, replica in enumerate(items(serving.get("replicas"))):
            name = text(record(replica).get("name"))
            if name is not None and name in seen:
                place = (*where, "replicas", at, "name")
                message = f"there is another replica `{name}`"
                self._source.report(place, "duplicate-id", message)
            seen.add(name or "")
        self._templates((*where, "hooks"), serving.get("hooks"), _HOOKS)

    def _templates(self, where: Path, value: Json, names: Mapping[str, YieldType]) -> None:
        for place, one in scalars(value, where):
            if "{" in one or "}}" in one:
                check_template(one, names, self._reporter(place))

    def _handle(self, where: Path, name: Json) -> None:
        self._refer(where, name, self._handles, "team or person")

    def _refer(self, where: Path, name: Json, known: Collection[str] | None, what: str) -> None:
        if known is not None and isinstance(name, str) and name not in known:
            hint = suggestion(name, known)
            self._source.report(where, "unknown-name", f"no {what} `{name}`", hint=hint)

    def _reporter(self, where: Path) -> Report:
        def report(column: int, code: str, message: str, hint: str) -> None:
            self._source.report(where, code, message, hint=hint, column=column)

        return report
