"""A secret that a hostile server says back appears nowhere: not whole, not cut, not in disguise."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.loopback import Page, Seen
from tests.adapters.replica import Replica
from tests.hostile.town import Town

from mlrespond.adapters.secrets import redactable

TOKEN = "tok-9f3A.*+(x)[y]$1-b7Zq"
FROM_FILE = "über-gëheim-Ω-key-42"
RUNBOOK = """\
runbook: leaky
title: Ask what tells secrets
mitigated_when: steps.asked.outcome == "ok"
mitigated_for: 0s
defaults: {retry: {attempts: 1}}
steps:
  - id: triage
    diagnose: {}
    on_inconclusive: continue
    on_failure: continue
  - id: asked
    http: {url: "URL", effect: read, headers: {authorization: env:HOSTILE_TOKEN}}
    on_failure: continue
    on_inconclusive: continue
  - id: refused
    http: {url: "URL/refused", effect: read, headers: {x-key: env:HOSTILE_TOKEN}}
    on_failure: continue
    on_inconclusive: continue
  - id: printed
    command:
      args: [sh, -c, 'printf "%s\\n" "$K" "$F"']
      effect: read
      env: {K: env:HOSTILE_TOKEN, F: "file:secrets/key"}
    on_failure: continue
    on_inconclusive: continue
  - id: broken
    command:
      args: [sh, -c, 'echo "no: $K" >&2; exit 3']
      effect: read
      env: {K: env:HOSTILE_TOKEN}
    on_failure: continue
    on_inconclusive: continue
  - id: told
    notify: {to: ana, say: "{{ steps.asked.out }} {{ steps.printed.out }}"}
    on_failure: continue
"""


def disguises(secret: str) -> dict[str, str]:
    """Return what a server may make of a secret."""
    raw = secret.encode()
    return {
        "plain": secret,
        "base64": base64.b64encode(raw).decode(),
        "base64 in a pair": base64.b64encode(b"user:" + raw).decode(),
        "quoted": quote(secret, safe=""),
        "hex": raw.hex(),
        "over lines": "\n".join(secret[at : at + 5] for at in range(0, len(secret), 5)),
        "with zero width": "\u200b".join(secret),
        "json in json": json.dumps(json.dumps(secret)),
    }


def echo(secret: str, pad: int = 0) -> str:
    """Return a text that says a secret in all ways, after so much padding."""
    return "x" * pad + " " + " ; ".join(disguises(secret).values())


def prepare(town: Town, secret: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the town a secret, and servers that say `told` wherever they can."""
    monkeypatch.setenv("HOSTILE_TOKEN", secret)
    town.write("secrets/key", FROM_FILE)
    serving = town.definition["serving"]
    assert isinstance(serving, dict)
    town.definition["serving"] = {**serving, "auth": {"bearer": "env:HOSTILE_TOKEN"}}
    town.settle()
    url = f"{town.servers.other.url}/thing"
    town.write("runbooks/leaky.yaml", RUNBOOK.replace("URL", url))
    replica = Replica()

    def answer(seen: Seen) -> Page:
        found = replica(seen)
        if not seen.path.endswith("infer"):
            return Page(json.dumps({"error": told}).encode(), 400)
        body = {**json.loads(found.body), "model_version": told, "parameters": {"a": told}}
        return Page(json.dumps(body).encode())

    def other(seen: Seen) -> Page:
        status = 401 if seen.path.endswith("refused") else 200
        return Page(json.dumps({"error": told, told: [told]}).encode(), status)

    town.servers.replica.answers(answer)
    town.servers.other.answers(other)


def everywhere(town: Town, printed: str) -> Iterator[tuple[str, str]]:
    """Yield everything that a run printed or left: files, and what is packed in the database."""
    yield "printed", printed
    for name, content in town.stored():
        yield name, content.decode("utf-8", "replace")
    with closing(sqlite3.connect(town.timeline)) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            query = f'SELECT * FROM "{table}"'  # noqa: S608  # tables of this very file
            for row in db.execute(query):
                yield table, " ".join(str(one) for one in row)
        for digest, codec, content in db.execute("SELECT digest, codec, bytes FROM evidence"):
            plain = zlib.decompress(content) if codec == "zlib" else content
            yield f"evidence {digest}", plain.decode("utf-8", "replace")


def play(town: Town) -> str:
    """Run all that looks, acts, plans and tells; return all that was printed."""
    plan = str(town.folder / "plan.json")
    lines: tuple[tuple[str, ...], ...] = (
        ("diagnose",),
        ("diagnose", "--json"),
        ("compare", "--against", "5", "--json"),
        ("plan", "--runbook", "leaky", "--out", plan),
        ("respond", "--no-input", "--approve", "all", "--runbook", "leaky"),
        ("respond", "--no-input", "--runbook", "leaky", "--new-incident", "--json"),
        ("timeline", "--all"),
        ("timeline", "--jsonl"),
        ("postmortem", "-o", str(town.folder / "postmortems")),
        ("postmortem", "--stdout"),
        ("audit",),
    )
    said = [town.mlir(*args) for args in lines]
    assert [one.args[4:6] for one in said if one.code in {2, 3}] == []
    return "".join(one.all for one in said)


def assert_nowhere(town: Town, printed: str, secret: str) -> None:
    found = [
        (place, name)
        for place, text in everywhere(town, printed)
        for name, form in disguises(secret).items()
        if form in text
    ]
    assert found == []


@pytest.mark.parametrize("pad", [0, 190])
def test_a_secret_that_is_said_back_is_nowhere(
    town: Town, monkeypatch: pytest.MonkeyPatch, pad: int
) -> None:
    prepare(town, TOKEN, echo(TOKEN, pad), monkeypatch)

    printed = play(town)

    assert any(one.headers.get("authorization") == TOKEN for one in town.servers.other.seen)
    assert "[secret]" in printed
    assert_nowhere(town, printed, TOKEN)
    assert_nowhere(town, printed, FROM_FILE)


@pytest.mark.parametrize("pad", [150, 168, 180, 380])
def test_a_secret_that_is_cut_leaves_no_beginning(
    town: Town, monkeypatch: pytest.MonkeyPatch, pad: int
) -> None:
    prepare(town, TOKEN, "x" * pad + TOKEN, monkeypatch)

    printed = "".join(
        town.mlir(*args).all
        for args in (("diagnose", "--json"), ("respond", "--no-input", "--runbook", "leaky"))
    )

    for length in (6, 12, 18):
        found = [place for place, text in everywhere(town, printed) if TOKEN[:length] in text]
        assert found == [], f"{length} characters are in {found}"


SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126) | st.sampled_from("éßΩ漢🔑"),
    min_size=8,
    max_size=24,
).filter(lambda one: redactable(one) and one == one.strip() and one.strip("0"))
"""Of noughts alone is the hash that stands before the first event of each stream."""


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(secret=SECRETS, pad=st.integers(0, 250))
def test_any_secret_that_is_said_back_is_nowhere(town: Town, secret: str, pad: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        prepare(town, secret, echo(secret, pad), patch)

        printed = town.mlir("diagnose", "--json").all
        printed += town.mlir("respond", "--no-input", "--runbook", "leaky", "--new-incident").all

    assert_nowhere(town, printed, secret)


def test_a_token_goes_to_the_hosts_of_its_adapter_only(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTILE_TOKEN", TOKEN)
    serving = town.definition["serving"]
    assert isinstance(serving, dict)
    town.definition["serving"] = {**serving, "auth": {"bearer": "env:HOSTILE_TOKEN"}}
    town.settle()

    town.respond()

    def told(seen: Seen) -> bool:
        return TOKEN in json.dumps(dict(seen.headers)) or TOKEN in seen.path

    servers = town.servers
    assert servers.replica.seen
    assert all(
        one.headers.get("authorization") == f"Bearer {TOKEN}" for one in servers.replica.seen
    )
    for other in (servers.metrics, servers.other, servers.router):
        assert other.seen
        assert not any(told(one) for one in other.seen)


def test_a_command_sees_path_home_lang_and_what_is_declared(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTILE_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-you")
    out = town.folder / "seen.txt"
    town.write(
        "runbooks/env.yaml",
        "runbook: env\ntitle: See\nmitigated_when: 'true'\nmitigated_for: 0s\nsteps:\n"
        "  - id: see\n    command:"
        f" {{args: [sh, -c, 'env > {out}'], effect: read, env: {{MINE: env:HOSTILE_TOKEN}}}}\n",
    )

    town.mlir("respond", "--no-input", "--runbook", "env")

    names = {line.partition("=")[0] for line in out.read_text().splitlines()}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} <= {"PATH", "HOME", "LANG", "MINE"}
    assert "MINE" in names
