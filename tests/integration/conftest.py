"""The servers that these tests use. Tests are skipped without their server; CI requires all of them.

`ADVTHUMB_TEST_DATABASE_URL` names a PostgreSQL server, `ADVTHUMB_TEST_REDIS_URL` a Redis server (by
default the one on this machine); an S3 server is started here. `ADVTHUMB_REQUIRE_SERVERS=1` makes
a missing server a failure.
"""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.core.files.storage import default_storage
from django.db import connection

REDIS = os.environ.get("ADVTHUMB_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")

_figures: list[str] = []


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return a function that records a figure of this test; all are printed at the end of the run."""
    return lambda figure: _figures.append(f"{request.node.name}: {figure}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that the tests recorded."""
    if _figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(_figures))


def missing(reason: str) -> None:
    """Skip tests whose server is missing, or fail if servers are required."""
    if os.environ.get("ADVTHUMB_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def answers(host: str, port: int) -> bool:
    """Return whether something listens at this address."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def postgresql() -> None:
    """Require PostgreSQL. Tests that need a server of Redis run with it, so that one corner has them all."""
    if connection.vendor != "postgresql":
        missing("ADVTHUMB_TEST_DATABASE_URL names no PostgreSQL database")


@pytest.fixture(scope="session")
def redis_url(postgresql: None) -> str:
    """Return the URL of a Redis server."""
    url = urlsplit(REDIS)
    if not answers(url.hostname or "", url.port or 6379):
        missing(f"no Redis server answers at {REDIS}")
    return REDIS


@pytest.fixture(scope="session")
def closed_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Start an S3 server on this machine and return its URL."""
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("storages") is None:
        missing("moto[server] and django-storages[s3] are not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("counting_s3.py"), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not answers("127.0.0.1", port):
            assert server.poll() is None, "the S3 server ended"
            assert time.monotonic() < until, "the S3 server does not answer"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(params=[True, False], ids=["overwriting", "renaming"])
def bucket(request: pytest.FixtureRequest, settings: Any, s3_url: str) -> Iterator[Any]:
    """Keep all files in an empty bucket; the storage overwrites, or finds another name."""
    keys = {"access_key": "test", "secret_key": "test"}
    options = {"bucket_name": "media", "endpoint_url": s3_url, "region_name": "us-east-1", **keys}
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": options | {"file_overwrite": request.param},
        }
    }
    made = default_storage.connection.create_bucket(Bucket="media")
    yield made
    made.objects.all().delete()
    made.delete()


@pytest.fixture
def requests(s3_url: str, bucket: Any) -> Callable[[], Counter[str]]:
    """Return a function that returns what the S3 server was asked since the last call, by method."""

    def taken() -> Counter[str]:
        with urlopen(Request(f"{s3_url}/-/requests", method="DELETE"), timeout=10) as answer:
            return Counter(json.load(answer))

    taken()
    return taken


@pytest.fixture
def kept(bucket: Any) -> Callable[[], list[str]]:
    """Return a function that lists the thumbnails in the bucket."""
    return lambda: sorted(item.key for item in bucket.objects.filter(Prefix="thumbnails/"))
