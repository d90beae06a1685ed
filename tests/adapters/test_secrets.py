"""Secrets of the environment and of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.errors import AccessRefusedError
from mlrespond.ports.person import Secrets
from mlrespond.testing.contract.secrets import SecretsContract


class TestEnvSecrets(SecretsContract):
    @pytest.fixture
    def secrets(self, tmp_path: Path) -> Secrets:
        environ = {"TOKEN": "s3cr3t-token", "EMPTY": "", "PIN": "1234"}
        return EnvSecrets(tmp_path, environ)


def test_a_file_is_relative_to_the_folder_and_loses_its_newline(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cr3t-token\n")

    assert EnvSecrets(tmp_path, {}).get("file:token") == "s3cr3t-token"
    assert EnvSecrets(Path("/"), {}).get(f"file:{tmp_path}/token") == "s3cr3t-token"


def test_the_environment_is_the_process_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLRESPOND_TEST_TOKEN", "s3cr3t-token")

    assert EnvSecrets(tmp_path).get("env:MLRESPOND_TEST_TOKEN") == "s3cr3t-token"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe s3cr3t", b"abc"])
def test_a_file_that_holds_no_secret_is_named_and_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token").write_bytes(content)

    with pytest.raises(AccessRefusedError, match="file:token") as raised:
        EnvSecrets(tmp_path, {}).get("file:token")

    assert "s3cr3t" not in f"{raised.value!r}{raised.value.__cause__!r}"


def test_a_folder_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(AccessRefusedError, match="cannot be read"):
        EnvSecrets(tmp_path, {}).get("file:.")


@pytest.mark.parametrize("secret", ["true", "null", "secret", "1.5e-7", "12345", "-0.25", "abc"])
def test_what_would_break_json_when_it_is_replaced_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(AccessRefusedError):
        EnvSecrets(tmp_path, {"X": secret}).get("env:X")


def test_what_was_handed_out_is_remembered_and_nothing_else(tmp_path: Path) -> None:
    secrets = EnvSecrets(tmp_path, {"A": "first-secret", "B": "second-secret", "C": "third"})
    assert secrets.handed_out() == frozenset()

    secrets.get("env:A")
    before = secrets.handed_out()
    secrets.get("env:A")
    assert secrets.handed_out() is before

    secrets.get("env:B")
    assert secrets.handed_out() == {"first-secret", "second-secret"}


def test_a_secret_that_changed_is_given_anew_and_the_old_one_stays_known(tmp_path: Path) -> None:
    environ = {"A": "old-secret"}
    secrets = EnvSecrets(tmp_path, environ)
    secrets.get("env:A")
    environ["A"] = "new-secret"

    assert secrets.get("env:A") == "new-secret"
    assert secrets.handed_out() == {"old-secret", "new-secret"}
