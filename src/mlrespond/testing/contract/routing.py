"""What every router must do. Subclass, and define the fixture `routing`.

Requests go to `primary`, nothing is drained; there are the replicas `eu-1` and `us-1`, which serve
version 6. What only drains has DrainingContract; a whole router has RoutingContract, and the
fallback's route `rules-v1`, which calls itself so in its answers.
"""

from __future__ import annotations

import pytest

from mlrespond.errors import RejectedError
from mlrespond.model.reading import Route
from mlrespond.ports.service import Routing

PRIMARY = Route(to="primary")


class DrainingContract:
    """Replicas are drained and taken back, and what cannot be is refused."""

    def test_requests_go_to_the_primary(self, routing: Routing) -> None:
        assert routing.route() == PRIMARY

    @pytest.mark.parametrize("name", ["eu-1", "us-1"])
    def test_a_replica_that_was_drained_is_read_back(self, routing: Routing, name: str) -> None:
        drained = Route(to="primary", drained=(name,))

        routing.set_route(drained)
        routing.set_route(drained)

        assert routing.route() == drained

    def test_another_drain_replaces_the_first(self, routing: Routing) -> None:
        routing.set_route(Route(to="primary", drained=("us-1",)))
        routing.set_route(Route(to="primary", drained=("eu-1",)))

        assert routing.route() == Route(to="primary", drained=("eu-1",))

        routing.set_route(PRIMARY)
        assert routing.route() == PRIMARY

    @pytest.mark.parametrize(
        "route",
        [
            Route(to="rules-v9"),
            Route(to="primary", drained=("eu-9",)),
            Route(to="primary", drained=("eu-1", "us-1")),
        ],
    )
    def test_what_cannot_be_is_refused_and_the_route_stays(
        self, routing: Routing, route: Route
    ) -> None:
        with pytest.raises(RejectedError):
            routing.set_route(route)

        assert routing.route() == PRIMARY


class RoutingContract(DrainingContract):
    """A route is set whole, and the data plane says who answers."""

    @pytest.mark.parametrize(
        "route",
        [
            Route(to="rules-v1"),
            Route(to="rules-v1", share=25),
            Route(to="rules-v1", share=1, drained=("eu-1",)),
        ],
    )
    def test_a_route_that_was_set_is_read_back(self, routing: Routing, route: Route) -> None:
        routing.set_route(route)

        assert routing.route() == route

    def test_a_route_is_replaced_whole(self, routing: Routing) -> None:
        routing.set_route(Route(to="rules-v1", share=25, drained=("us-1",)))
        routing.set_route(PRIMARY)

        assert routing.route() == PRIMARY

    def test_the_data_plane_says_who_answers(self, routing: Routing) -> None:
        assert routing.answered_by() == "6"

        routing.set_route(Route(to="rules-v1"))
        assert routing.answered_by() == "rules-v1"

        routing.set_route(Route(to="primary", drained=("us-1",)))
        assert routing.answered_by() == "6"
