"""An S3 server that counts its requests: moto, behind two addresses of our own.

GET `/-/requests` returns the counts as JSON, and DELETE empties them. Requests are counted by their method;
listings as LIST, and deletions of several objects as DELETE MANY.

Run it with a port of this machine.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

COUNTS = "/-/requests"


class CountingServer:
    """A WSGI application that counts what another one is asked."""

    def __init__(self, behind: Any) -> None:
        self._behind = behind
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == COUNTS:
            with self._lock:
                body = json.dumps(self._counts).encode()
                if environ["REQUEST_METHOD"] == "DELETE":
                    self._counts.clear()
            start_response("200 OK", [("Content-Type", "application/json")])
            return [body]
        with self._lock:
            self._counts[_kind(environ)] += 1
        return self._behind(environ, start_response)


def _kind(environ: dict[str, Any]) -> str:
    method = environ["REQUEST_METHOD"]
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    if method == "POST" and "delete" in query:
        return "DELETE MANY"
    is_bucket = not environ["PATH_INFO"].strip("/").partition("/")[2]
    return "LIST" if method == "GET" and is_bucket else method


if __name__ == "__main__":
    application = CountingServer(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True)
