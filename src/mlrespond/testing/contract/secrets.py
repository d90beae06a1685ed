"""What every source of secrets must do. Subclass, and define the fixture `secrets`.

`env:TOKEN` is `s3cr3t-token`, `env:EMPTY` is empty, `env:PIN` is `1234`, and `env:MISSING` and
`file:missing` are not there.
"""

from __future__ import annotations

import pytest

from mlrespond.errors import AccessRefusedError
from mlrespond.ports.person import Secrets


class SecretsContract:
    """A secret is given, or it is said which one is missing: never what it is."""

    def test_a_secret_is_given(self, secrets: Secrets) -> None:
        assert secrets.get("env:TOKEN") == "s3cr3t-token"

    @pytest.mark.parametrize("reference", ["env:EMPTY", "env:MISSING", "file:missing"])
    def test_a_secret_that_is_not_there_is_named(self, secrets: Secrets, reference: str) -> None:
        with pytest.raises(AccessRefusedError, match=reference):
            secrets.get(reference)

    def test_a_secret_that_could_not_be_redacted_is_refused(self, secrets: Secrets) -> None:
        with pytest.raises(AccessRefusedError) as raised:
            secrets.get("env:PIN")

        assert "env:PIN" in raised.value.message
        assert "1234" not in raised.value.message + raised.value.hint

    @pytest.mark.parametrize("reference", ["s3cr3t-token", "", "vault:x", "env", "file:"])
    def test_what_is_no_reference_is_not_repeated(self, secrets: Secrets, reference: str) -> None:
        with pytest.raises(AccessRefusedError) as raised:
            secrets.get(reference)

        assert "s3cr3t" not in raised.value.message
