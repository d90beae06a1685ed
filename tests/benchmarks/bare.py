"""`python bare.py CALLS.json`: make calls in order, one connection a host, and nothing else.

A call is `{"method", "host", "port", "path", "body", "pause_s"}`; the pause comes before it.
What is not answered with 200 ends it. The standard library only: the floor that `mlir` stands on.
"""

from __future__ import annotations

import json
import sys
import time
from http.client import HTTPConnection
from pathlib import Path


def main(path: str) -> int:
    """Make the calls of a file."""
    connections: dict[int, HTTPConnection] = {}
    for call in json.loads(Path(path).read_text()):
        time.sleep(call["pause_s"])
        port = call["port"]
        connection = connections.setdefault(port, HTTPConnection(call["host"], port))
        body = None if call["body"] is None else json.dumps(call["body"])
        connection.request(call["method"], call["path"], body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            print(f"{call['method']} {call['path']}: {answer.status} {told[:500]!r}")
            return 1
        json.loads(told or b"null")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
