"""The replicas that a service names, each behind its own HTTP address."""

from __future__ import annotations

from difflib import get_close_matches

from mlrespond.adapters.gate import AT_ONCE
from mlrespond.adapters.http import Http
from mlrespond.adapters.site import Site
from mlrespond.errors import InvalidInputError, NotThereError
from mlrespond.model.service import Serving

BALANCER = "balancer"


class Replicas:
    """Looks replicas up by name; a balancer without replicas is one called `balancer`."""

    def __init__(self, serving: Serving, site: Site, *, at_once: int = AT_ONCE) -> None:
        urls = {replica.name: replica.url for replica in serving.replicas}
        if not urls and serving.url:
            urls = {BALANCER: serving.url}
        if not urls:
            raise InvalidInputError(
                f"the serving of {site.service} has neither replicas nor a url",
                hint="give `replicas: [{name, url}]`",
            )
        self._https = {
            name: Http(
                url, clock=site.clock, auth=serving.auth, secrets=site.secrets, at_once=at_once
            )
            for name, url in urls.items()
        }

    def http(self, replica: str) -> Http:
        """Return how to speak to a replica; NotThereError with the nearest name if unknown."""
        found = self._https.get(replica)
        if found is None:
            near = get_close_matches(replica, self._https, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(self._https)}"
            raise NotThereError(f"there is no replica `{replica}`", hint=hint)
        return found
