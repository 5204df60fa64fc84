"""The two Python environments: ours, which runs this, and the peers', which is created here.

The alias package that comes with advthumb has the import name of version 2.0.1 and would shadow it.
"""

import hashlib
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from harness import CACHE

PEERS = (
    "django_advance_thumbnail==2.0.1",
    "sorl-thumbnail==13.4.0",
    "easy-thumbnails==2.10.1",
    "django-imagekit==6.1.1",
    "django-stdimage==6.0.2",
    "django-versatileimagefield==3.1",
    "django-pictures==1.8.0",
)
SHARED = ("Django", "Pillow")
"""The packages that have the same version in both environments."""
ENGINE_LIBRARIES = ("pyvips", "pyvips-binary", "Wand")

OUR_PYTHON = sys.executable
PEERS_PYTHON = str(CACHE / "peers" / "bin" / "python")


def set_up_peers() -> None:
    """Create the peers' environment if it does not exist yet.

    Raises:
        CalledProcessError: Something could not be installed; pip has printed what.
    """
    wanted = (*(f"{name}=={version(name)}" for name in SHARED), *PEERS)
    facts = "\n".join((str(CACHE), sys.version, *wanted))
    stamp = CACHE / "peers" / "ready"
    digest = hashlib.sha256(facts.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    print("Installing version 2.0.1 and its peers into an environment of their own", flush=True)
    _run(sys.executable, "-m", "venv", "--clear", str(CACHE / "peers"))
    _run(PEERS_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)
    stamp.write_text(digest)


def versions() -> dict[str, str]:
    """Return the versions of all timed packages, by name."""
    found = {"Python": sys.version.split()[0]}
    for name in (*SHARED, *ENGINE_LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | dict(peer.split("==") for peer in PEERS)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
