"""Emulators of Google Cloud Storage and of Azure, used by the clients of Google and Microsoft.

`nox --session emulators` installs them and runs these tests. ADVTHUMB_AZURITE names the program of Azurite;
without it these tests are left out.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.storage import default_storage

AZURITE = os.environ.get("ADVTHUMB_AZURITE", "")
# The account that Azurite has: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

collect_ignore_glob = [] if AZURITE else ["test_*.py"]


@contextmanager
def emulator(*line: str, log: Path) -> Iterator[int]:
    """Start an emulator on a free port, which is added to its command line, and return the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*line, str(port)]
    with (
        log.open("wb") as out,
        # Node.js of PyPI is a program that starts another one: they are ended as a group.
        subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True) as server,
    ):
        try:
            until = time.monotonic() + 120
            while not answers(port):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, f"the emulator does not answer: {log.read_text()}"
                time.sleep(0.1)
            yield port
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def answers(port: int) -> bool:
    """Return whether something listens on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Start Azurite, and return the options of a storage that uses it."""
    options = ("--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence")
    log = tmp_path_factory.mktemp("azurite") / "log"
    with emulator(AZURITE, *options, "--blobHost", "127.0.0.1", "--blobPort", log=log) as port:
        parts = {
            "DefaultEndpointsProtocol": "http",
            "AccountName": AZURE_ACCOUNT,
            "AccountKey": AZURE_KEY,
            "BlobEndpoint": f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}",
        }
        text = ";".join(f"{name}={value}" for name, value in parts.items())
        yield {"connection_string": text, "azure_container": "media"}


@pytest.fixture(scope="session")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Start gcp-storage-emulator, and return the options of a storage that uses it."""
    from google.auth.credentials import AnonymousCredentials

    program = Path(sys.executable).with_name("gcp-storage-emulator")
    log = tmp_path_factory.mktemp("google") / "log"
    options = ("--in-memory", "--host", "127.0.0.1")
    with (
        emulator(str(program), "start", *options, "--port", log=log) as port,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
        yield {
            "bucket_name": "media",
            "project_id": "test",
            "credentials": AnonymousCredentials(),
            "querystring_auth": False,
        }


@pytest.fixture(params=["", "site/a"], ids=["the whole bucket", "a folder of it"])
def location(request: pytest.FixtureRequest) -> str:
    """Return what precedes every name in the bucket or container."""
    return request.param


@pytest.fixture(params=["google", "azure"])
def store(request: pytest.FixtureRequest, settings: Any, location: str) -> Iterator[Any]:
    """Keep all files in an empty bucket or container, and return the storage."""
    name = request.param
    classes = {"google": "gcloud.GoogleCloudStorage", "azure": "azure_storage.AzureStorage"}
    options = {**request.getfixturevalue(name), "location": location}
    backend = {"BACKEND": f"storages.backends.{classes[name]}", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": backend}
    client = default_storage.client
    if name == "google":
        bucket = client.create_bucket("media")
        yield default_storage
        bucket.delete(force=True)
    else:
        client.create_container()
        yield default_storage
        client.delete_container()
    client.close()


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch, store: Any) -> Callable[[], Counter[str]]:
    """Return a function that returns which requests were sent since the last call, by kind."""
    counts: Counter[str] = Counter()
    send = http.client.HTTPConnection.putrequest

    def counting(
        connection: http.client.HTTPConnection, method: str, url: str, *args: Any, **kw: Any
    ) -> None:
        counts[kind(method, url)] += 1
        send(connection, method, url, *args, **kw)

    monkeypatch.setattr(http.client.HTTPConnection, "putrequest", counting)

    def taken() -> Counter[str]:
        found = counts.copy()
        counts.clear()
        # The client of Google looks in a thread whether the bucket exists after a file did not.
        del found["bucket"]
        return found

    return taken


def kind(method: str, url: str) -> str:
    """Return what a request is for, with the same words for Google and Azure."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    if method == "POST":
        return "upload" if parts.path.startswith("/upload/") else "batch"
    if method != "GET":
        return {"HEAD": "metadata", "PUT": "upload", "DELETE": "delete"}[method]
    if parts.path.endswith("/o") or asked.get("comp") == ["list"]:
        return "list"
    if parts.path.startswith(f"/{AZURE_ACCOUNT}/") or asked.get("alt") == ["media"]:
        return "download"
    return "metadata" if "/o/" in parts.path else "bucket"
