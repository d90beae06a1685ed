"""A team's commands for its balancer: `URL drain|undrain REPLICA`, and `URL drained`."""

from __future__ import annotations

import sys

import httpx


def main(url: str, verb: str, *replicas: str) -> None:
    """Set or tell which replicas get no requests."""
    route = httpx.get(f"{url}/routes").raise_for_status().json()
    drained = set(route["drained"])
    match verb:
        case "drain":
            drained |= set(replicas)
        case "undrain":
            drained -= set(replicas)
        case _:
            sys.stdout.write("".join(f"{name}\n" for name in drained))
            return
    httpx.put(f"{url}/routes", json={**route, "drained": sorted(drained)}).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
