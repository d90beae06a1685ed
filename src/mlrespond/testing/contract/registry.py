"""What every registry must do. Subclass, and define the fixtures `registry` and `unset`.

`registry` holds the versions 1, 2 and 10, created in this order; the alias is on 2, whose metric
`accuracy` is 0.97. `unset` is one whose alias was never set.
"""

from __future__ import annotations

import pytest

from mlrespond.errors import NotThereError
from mlrespond.model.reading import Version
from mlrespond.ports.service import Registry


def named(registry: Registry, name: str) -> Version:
    """Return one version."""
    return next(one for one in registry.versions() if one.name == name)


class RegistryContract:
    """What a rollback trusts a registry to do."""

    def test_the_alias_names_the_version_that_is_wanted(self, registry: Registry) -> None:
        assert registry.wanted() == "2"

    def test_an_alias_that_was_never_set_is_none(self, unset: Registry) -> None:
        assert unset.wanted() is None

    def test_versions_are_oldest_first_and_ten_is_after_two(self, registry: Registry) -> None:
        assert [one.name for one in registry.versions()] == ["1", "2", "10"]

    def test_a_version_tells_its_metrics_and_when_it_was_made(self, registry: Registry) -> None:
        version = named(registry, "2")

        assert version.metrics["accuracy"] == pytest.approx(0.97)
        assert version.created_at is not None
        assert version.created_at.tzinfo is not None

    def test_moving_the_alias_is_read_back(self, registry: Registry) -> None:
        registry.want("1")

        assert registry.wanted() == "1"

    def test_an_alias_can_be_set_for_the_first_time(self, unset: Registry) -> None:
        unset.want("10")

        assert unset.wanted() == "10"

    def test_wanting_what_is_wanted_changes_nothing(self, registry: Registry) -> None:
        registry.want("2")

        assert registry.wanted() == "2"

    @pytest.mark.parametrize("version", ["3", "", "..", "1/../2", "not a version"])
    def test_an_unknown_version_is_refused_and_the_alias_stays(
        self, registry: Registry, version: str
    ) -> None:
        with pytest.raises(NotThereError):
            registry.want(version)

        assert registry.wanted() == "2"

    def test_a_tag_stays_and_leaves_the_rest_alone(self, registry: Registry) -> None:
        registry.tag("2", "mlir.suspect", "INC-1")
        registry.tag("2", "mlir.quarantined", "yes ☂")

        version = named(registry, "2")
        assert version.tags["mlir.suspect"] == "INC-1"
        assert version.tags["mlir.quarantined"] == "yes ☂"
        assert version.metrics["accuracy"] == pytest.approx(0.97)
        assert "mlir.suspect" not in named(registry, "1").tags

    def test_a_tag_can_be_set_again(self, registry: Registry) -> None:
        registry.tag("2", "mlir.suspect", "INC-1")
        registry.tag("2", "mlir.suspect", "INC-2")

        assert named(registry, "2").tags["mlir.suspect"] == "INC-2"

    def test_an_unknown_version_is_not_tagged(self, registry: Registry) -> None:
        with pytest.raises(NotThereError):
            registry.tag("3", "mlir.suspect", "INC-1")

        assert [one.name for one in registry.versions()] == ["1", "2", "10"]
