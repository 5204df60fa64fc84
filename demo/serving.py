"""Serve the gallery and the admin on this machine."""

import contextlib
import socket
import subprocess
import sys
from pathlib import Path

HOST, PORT = "127.0.0.1", 8000
_MANAGE = str(Path(__file__).parent / "manage.py")


def is_free(port: int) -> bool:
    """Return whether the gallery could be served on a port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as runserver does
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def invite(address: str) -> None:
    """Make the user of the admin, and print where everything is."""
    from django.contrib.auth.models import User

    User.objects.create_superuser("admin", password="admin")  # noqa: S106 - on 127.0.0.1 only
    print(f"\nGallery  http://{address}/")
    print(f"Admin    http://{address}/admin/  (admin, admin)", flush=True)


def serve_gallery(address: str, environment: dict[str, str]) -> None:
    """Serve until Ctrl-C.

    Args:
        address: Host and port.
        environment: The environment of the server.
    """
    invite(address)
    manage = [sys.executable, _MANAGE, "runserver", "--noreload", address]
    with contextlib.suppress(KeyboardInterrupt):
        subprocess.run(manage, env=environment, check=False)
