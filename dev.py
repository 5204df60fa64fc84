"""Set this project up and run it: `python3 dev.py demo [--serve]` or `python3 dev.py test [pytest args]`.

`python3 dev.py demo --workers` shows thumbnails made in the background: a web server and two workers.

`python3 dev.py messages` brings the translations in src/advthumb/locale up to date with the source.

`python3 dev.py bench [--quick] [--engine NAME] [--only NAME]` measures it; see benchmarks/README.md.
`python3 dev.py docs` builds the site into build/docs/; a warning is an error.

Standard library only. What is missing goes into .venv; with root and apt, Debian's python3-venv and
MagickWand packages are installed too. `test` runs every check; with pytest arguments the suite runs as they
say.
"""

import functools
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - said here to those who have an older one.
    sys.exit("dev.py needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info))

import tomllib  # New in Python 3.11.

ROOT = Path(__file__).resolve().parent
PROJECT = ROOT / "pyproject.toml"
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
# Debian 12 says libmagickwand-6.q16-6, Debian 13 7.q16-10; not the HDRI builds, nor the extras that read SVG.
MAGICKWAND_PACKAGE = r"^libmagickwand-[0-9]+\.q16-[0-9]+(t64)?$"

CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    # What users see of the types; see typing_tests/__init__.py.
    "mypy, plugin": ["mypy", "--config-file", "typing_tests/mypy-plugin.ini"],
    "mypy, no plugin": ["mypy", "--config-file", "typing_tests/mypy-plain.ini"],
    "pyright": ["basedpyright", "--project", "typing_tests", "--pythonpath", PYTHON],
    "import contracts": ["lint-imports"],
    "workflows": [
        "check-jsonschema",
        "--builtin-schema=vendor.github-workflows",
        *map(str, ROOT.glob(".github/workflows/*.yml")),
    ],
    "pytest": ["pytest", "--numprocesses=auto", "--dist=worksteal"],
    # By its own tests alone: to measure all of them takes half as long again. nox does, by a faster Python.
    "core coverage": [
        "pytest",
        "-q",
        "--cov=advthumb.core",
        "--cov-branch",
        "--cov-fail-under=100",
        "tests/core",
    ],
}


def main(argv: list[str]) -> int:
    """Run the command that the first argument names; the rest is the command's own."""
    command, *rest = argv or [""]
    if command == "demo":
        set_up("demo", "--group", "demo")
        return run([PYTHON, "demo/run.py", *rest])
    if command == "test":
        set_up("test", "--group", "dev")
        return test(rest)
    if command == "bench":
        set_up("demo", "--group", "demo")  # it needs the same
        return run([PYTHON, "benchmarks/run.py", *rest])
    if command == "messages":
        set_up("test", "--group", "dev")
        return run([PYTHON, "-m", "tests.translations"])
    if command == "docs":
        set_up("docs", "--group", "docs")
        return docs()
    print(__doc__)
    return 2


def test(pytest_args: list[str]) -> int:
    """Run every check to its end, sum up, and fail if any of them failed."""
    checks = dict(CHECKS)
    if pytest_args:
        checks["pytest"] = ["pytest", *pytest_args]
        del checks["core coverage"]
    # Tests start hundreds of processes; without bytecode each would compile the package anew.
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    summary = []
    for name, (tool, *args) in checks.items():
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        verdict = "FAILED" if run([BIN / tool, *args], env=environment) else "ok"
        summary.append(f"{verdict:8}{name:18}{time.monotonic() - started:6.1f} s")
    print("\n" + "\n".join(summary))
    return int(any(line.startswith("FAILED") for line in summary))


def docs() -> int:
    """Build the site anew and give the exit code of Sphinx."""
    shutil.rmtree(ROOT / "docs" / "api", ignore_errors=True)  # Generated; a module may have gone.
    sphinx = [BIN / "sphinx-build", "-W", "--keep-going", "-E", "-q", "-b", "html", "docs", "build/docs"]
    failed = run(sphinx)
    if not failed:
        print("Built: build/docs/index.html")
    return failed


def set_up(command: str, *pip_args: str) -> None:
    """Make .venv hold what the command needs; a stamp spares the work until the project or Python changes."""
    stamp = VENV / f"ready-for-{command}"
    facts = "\n".join([str(ROOT), sys.version, *pip_args, PROJECT.read_text("utf-8")])
    digest = hashlib.sha256(facts.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    if not venv_is_sound():
        if importlib.util.find_spec("ensurepip") is None:
            install_system_package("Python's venv module", "^python3-venv$")
        print("Making .venv", flush=True)
        run_or_exit([sys.executable, "-m", "venv", "--clear", VENV])
        pip_install("--upgrade", "pip>=25.1")  # The first that knows --group.
    print("Installing the project and what it needs, about half a minute", flush=True)
    extras = ",".join(tomllib.loads(PROJECT.read_text("utf-8"))["project"]["optional-dependencies"])
    pip_install("--editable", f".[{extras}]", *pip_args)
    if run([PYTHON, "-c", "import wand.api"], stderr=subprocess.DEVNULL):
        install_system_package("ImageMagick's MagickWand library", MAGICKWAND_PACKAGE)
    stamp.write_text(digest)


def venv_is_sound() -> bool:
    """Tell whether .venv was made here, runs, has pip, and is of the Python that runs this file."""
    config = VENV / "pyvenv.cfg"
    # A copied .venv still starts the scripts of the place it was copied from.
    if not PYTHON.exists() or str(VENV) not in config.read_text("utf-8"):
        return False
    probe = [PYTHON, "-c", "import pip, sys; print(sys.version)"]
    return subprocess.run(probe, capture_output=True, text=True, check=False).stdout.strip() == sys.version


def pip_install(*args: str) -> None:
    """Install into .venv, or exit."""
    run_or_exit([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *args])


def install_system_package(what: str, pattern: str) -> None:
    """Install the newest Debian package of that name; where that cannot be, say what to run and go on."""
    if not shutil.which("apt-get"):
        print(f"{what} is missing: please install it with your system's package manager.", flush=True)
        return
    may_install = os.geteuid() == 0
    if may_install:
        refresh_package_lists()
    search = ["apt-cache", "search", "--names-only", pattern]
    listing = subprocess.run(search, capture_output=True, text=True, check=False).stdout
    names = sorted((line.split()[0] for line in listing.splitlines()), key=numbers_in)
    package = names[-1] if names else pattern
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    if may_install:
        print(f"Installing {package} with apt", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    if not may_install or run([*install, "-qq"], **quiet):
        line = f"apt-get update && {' '.join(install)}"
        print(f'{what} is missing. Please run: sudo sh -c "{line}"', flush=True)


@functools.cache
def refresh_package_lists() -> None:
    """Fetch apt's package lists, once; a failure shows again, and better, at the installation."""
    run(["apt-get", "update", "-qq"])


def numbers_in(name: str) -> list[int]:
    """Give the numbers in a package name, so that 7.q16-10 sorts after 7.q16-9."""
    return [int(number) for number in re.findall(r"\d+", name)]


def run_or_exit(command: list[str | Path]) -> None:
    """Run a command that must succeed."""
    if run(command):
        sys.exit(f"This failed, see above: {' '.join(map(str, command))}")


def run(command: list[str | Path], **options: object) -> int:
    """Run a command in the project's folder and give its exit code."""
    process = subprocess.Popen(command, cwd=ROOT, **options)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()  # It got Ctrl-C as well. subprocess.run() would kill it while it ends what it started.
        raise


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # The way to end `demo --serve`.
        sys.exit(130)
