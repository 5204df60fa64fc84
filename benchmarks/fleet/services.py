"""What the machines of a fleet share: a database on PostgreSQL, and an S3 API on this machine (moto)."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BUCKET = "fleet"
DEFAULT_SERVER = "postgresql://postgres@127.0.0.1:54329/postgres"
"""The server that `.ci/servers.sh start` starts."""


@dataclass(frozen=True, slots=True)
class Services:
    """Where the services are, and how slow the storage is.

    Attributes:
        server: The URL of a PostgreSQL server.
        database: The name of a database on it, which no other run uses.
        storage: The URL of the S3 API.
        call_seconds: How much longer each call of the storage takes than it does by itself.
        storage_process: The process of the S3 API.
    """

    server: str
    database: str
    storage: str
    call_seconds: float
    storage_process: int

    def processor_seconds(self) -> float:
        """Return the processor time that the S3 API has used."""
        numbers = Path(f"/proc/{self.storage_process}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")

    def database_seconds(self) -> float:
        """Return how long the server has worked on statements of processes that have ended."""
        time.sleep(1)  # A process of the server tells its times when it ends, shortly after its client.
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            statement = "SELECT active_time FROM pg_stat_database WHERE datname = %s"
            [milliseconds] = connection.execute(statement, [self.database]).fetchone()
        return milliseconds / 1000

    def as_json(self) -> str:
        """Return them for the argument of a process."""
        return json.dumps(asdict(self))


@contextmanager
def started(server: str, call_seconds: float) -> Iterator[Services]:
    """Make an empty database, start an S3 API, and end both afterwards."""
    if not server.startswith("postgresql://"):
        msg = f"{server!r} is no URL of a PostgreSQL server"
        raise ImproperlyConfigured(msg)
    database = f"advthumb_fleet_{os.getpid()}"
    _administer(server, f"CREATE DATABASE {database}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    storage = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(port, storage)
        yield Services(server, database, f"http://127.0.0.1:{port}", call_seconds, storage.pid)
    finally:
        storage.terminate()
        storage.wait()
        _administer(server, f"DROP DATABASE {database} WITH (FORCE)")


def _administer(server: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    msg = "the S3 API does not answer"
    raise TimeoutError(msg)


def django_settings(services: Services) -> dict[str, object]:
    """Return the settings of a machine that uses these services."""
    url = urlsplit(services.server)
    return {
        "SECRET_KEY": "benchmarks",
        "USE_TZ": True,
        "INSTALLED_APPS": ["django.contrib.contenttypes", "contenders", "advthumb"],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": services.database,
                "USER": url.username or "",
                "PASSWORD": url.password or "",
                "HOST": url.hostname or "",
                "PORT": url.port or "",
            }
        },
        "STORAGES": {
            "default": {
                "BACKEND": "fleet.storage.SlowStorage",
                "OPTIONS": {
                    "bucket_name": BUCKET,
                    "endpoint_url": services.storage,
                    "region_name": "us-east-1",
                    "access_key": "benchmark",
                    "secret_key": "benchmark",
                },
            }
        },
    }


def machine_process(services: Services, *arguments: str) -> "subprocess.Popen[str]":
    """Start a machine: a process of `fleet/machine.py`."""
    script = Path(__file__).with_name("machine.py")
    root = script.parents[2]
    path = os.pathsep.join([str(script.parents[1]), str(root / "src"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, str(script), services.as_json(), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )


def answers_of(processes: Sequence["subprocess.Popen[str]"]) -> list[dict[str, float]]:
    """Let processes that are ready begin together, and return their answers."""
    for process in processes:
        if process.stdout.readline().strip() != "ready":
            msg = "a machine did not start; see above"
            raise RuntimeError(msg)
    answers = []
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        said, _ = process.communicate()
        if process.returncode:
            msg = "a machine failed; see above"
            raise RuntimeError(msg)
        answers.append(json.loads(said))
    return answers
