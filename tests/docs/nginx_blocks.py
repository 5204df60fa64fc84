"""Serves a folder as the nginx blocks of a page say: a real nginx, on a port of its own on loopback."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

from .blocks import Block

MEDIA = "/srv/site/media/"
"""The `MEDIA_ROOT` of the site in the documentation."""

# It has the file types of Debian's nginx.conf, and nothing else of it that changes a header.
_CONFIGURATION = """
daemon off;
master_process off;  # One process, which may read what the tests may.
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    include {types};
    access_log off;
    {temporary}
    server {{
        listen 127.0.0.1:{port};
        {blocks}
    }}
}}
"""
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_TYPES = Path("/etc/nginx/mime.types")
_SECONDS_TO_START = 20


class Server:
    """A running nginx.

    Args:
        port: Its port on loopback.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def get(self, path: str) -> tuple[int, Message, bytes]:
        """Return the status, the headers and the body of a URL."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()


def program() -> str | None:
    """Return the path of nginx, which Debian keeps out of the path of ordinary users; None without it."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")


@contextmanager
def serving(blocks: list[Block], media: Path, folder: Path) -> Iterator[Server]:
    """Run nginx with these blocks in its `server`.

    Args:
        blocks: The blocks of a page, in order.
        media: What stands for the media folder of the documentation.
        folder: An empty folder for the files of nginx itself.
    """
    nginx, port = program(), _free_port()
    assert nginx, "there is no nginx: apt-get install nginx-light"
    configuration = folder / "nginx.conf"
    text = "\n".join(block.text for block in blocks)
    assert MEDIA in text
    configuration.write_text(
        _CONFIGURATION.format(
            types=_TYPES,
            temporary="\n    ".join(f"{name}_temp_path {name};" for name in _TEMPORARY),
            port=port,
            blocks=text.replace(MEDIA, f"{media}/"),
        )
    )
    command = [nginx, "-p", str(folder), "-c", str(configuration), "-e", "stderr"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            _await_start(process, port)
            yield Server(port)
        finally:
            process.kill()  # It is one process, and has nothing to finish.


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await_start(process: "subprocess.Popen[str]", port: int) -> None:
    """Return when nginx accepts connections; fail with its own words if it ends."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            assert process.stderr
            raise AssertionError(process.stderr.read())
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    msg = f"nginx does not answer after {_SECONDS_TO_START} seconds"
    raise AssertionError(msg)
