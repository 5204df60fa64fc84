"""The suite on every corner of what is supported: `.venv/bin/nox`.

An interpreter that this machine lacks is named in nox's report and skipped. A corner that was tested on
SQLite already, such as that of .venv by `dev.py test`, can be named in ADVTHUMB_CORNER_DONE (`3.11+5.2`).

What depends on the database runs on PostgreSQL and MariaDB as well. ADVTHUMB_NOX_DATABASES has their URLs,
with a space between them, as `.ci/servers.sh start` prints them; without it the sessions fail in the end.
"""

import os
import re
from pathlib import Path

import nox

nox.options.error_on_missing_interpreters = False

DONE = os.environ.get("ADVTHUMB_CORNER_DONE", "")
DATABASES = os.environ.get("ADVTHUMB_NOX_DATABASES", "").split()
SUPPORTED = [("3.11", "5.2"), ("3.12", "6.0"), ("3.13", "6.1")]
EVERYTHING = f".[{','.join(nox.project.load_toml('pyproject.toml')['project']['optional-dependencies'])}]"
PYTEST = ["pytest", "-q", "--numprocesses=auto", "--dist=worksteal"]
# What only tells of the imaging libraries, the same for every Python, is left to `dev.py test`.
OF_THE_LIBRARIES = [
    f"--ignore=tests/engines/{name}.py" for name in ("test_equality", "test_hostile_names", "test_mutations")
]
# What depends on the database; more of it on PostgreSQL, once.
OF_DATABASES = ["tests/consistency"]
OF_POSTGRESQL = [*OF_DATABASES, "tests/fields", "tests/integration", "tests/management/test_scanning.py"]
PYENV_VERSIONS = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"

# pyenv's shims answer for versions that are not switched on: its real interpreters have to come first.
for python, _ in SUPPORTED:
    for folder in PYENV_VERSIONS.glob(f"{python}.*/bin"):
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


@nox.session
@nox.parametrize("python,django", SUPPORTED)
def tests(session: nox.Session, django: str) -> None:
    """Run the suite on one Python and one Django: on SQLite, and what depends on the database on servers."""
    session.install("--editable", EVERYTHING, "--group", "test", f"Django=={django}.*")
    corner = (session.python, django)
    if "+".join(corner) != DONE:
        # The newest Python measures coverage, because it does so quickly.
        coverage = ["--cov"] if corner == SUPPORTED[-1] else []
        session.run(*PYTEST, *coverage, *OF_THE_LIBRARIES, *session.posargs, env={"COVERAGE_CORE": "sysmon"})
    for url in DATABASES:
        more = url.startswith("postgresql") and corner == SUPPORTED[0]
        env = {"ADVTHUMB_TEST_DATABASE_URL": url, "ADVTHUMB_REQUIRE_SERVERS": "1"}
        session.run(*PYTEST, *(OF_POSTGRESQL if more else OF_DATABASES), *session.posargs, env=env)
    if not DATABASES:
        session.error("ADVTHUMB_NOX_DATABASES names no database; see .ci/servers.sh")


@nox.session(name="oldest-libraries", python="3.11")
def oldest_libraries(session: nox.Session) -> None:
    """Run the engines on the oldest imaging libraries that pyproject.toml allows."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    extras = project["optional-dependencies"]
    del extras["testing"]  # no library of these makes pictures
    floors = [*project["dependencies"], *(each for extra in extras.values() for each in extra)]
    session.install("--editable", ".", "--group", "test", *(floor.replace(">=", "==") for floor in floors))
    apart = [f"--ignore=tests/engines/{name}.py" for name in ("test_hostile_names", "test_mutations")]
    # The table in docs/ is that of the newest.
    newest = "--deselect=tests/engines/test_tiff.py::test_the_table_in_the_docs_is_up_to_date"
    session.run(*PYTEST, *apart, newest, "tests/engines", *session.posargs)


@nox.session
def neighbours(session: nox.Session) -> None:
    """Use the packages that sites have beside advthumb: serializers, schemas, filters and the like."""
    session.install("--editable", EVERYTHING, "--group", "neighbours")
    settings = ["--ds=tests.neighbours.settings", "--nomigrations"]
    session.run("pytest", "-q", *settings, "tests/neighbours", *session.posargs)
    # The code of the documentation that needs them is skipped elsewhere.
    session.run("pytest", "-q", "tests/docs/test_blocks.py", "-k", "howto or works")


@nox.session(python="3.11")
def emulators(session: nox.Session) -> None:
    """Use Google Cloud Storage and Azure by the clients of Google and Microsoft, with emulators of both."""
    session.install("--editable", EVERYTHING, "--group", "emulators")
    folder = Path(session.create_tmp()).absolute()
    session.run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "azurite@3.35.0")
    env = {"ADVTHUMB_AZURITE": str(folder / "node_modules" / ".bin" / "azurite-blob")}
    session.run("pytest", "-q", "tests/emulators", *session.posargs, env=env)
    # The code of the documentation that needs these clients is skipped elsewhere.
    session.run("pytest", "-q", "tests/docs/test_blocks.py", "-k", "object-storage")


@nox.session
@nox.parametrize("python,django", [SUPPORTED[0], SUPPORTED[-1]])
def workers(session: nox.Session, django: str) -> None:
    """Make thumbnails in the background, on each backend: two workers, one of which is killed.

    For Celery and RQ, the test starts a `redis-server`, which `.ci/servers.sh` installs. Tasks in the
    database are tested on SQLite and on PostgreSQL.
    """
    rows_by_backend, packages = {"db": "300"}, []
    if django != "5.2":  # The backend for Celery needs Django 6.0.
        rows_by_backend |= {"celery": "300", "rq": "100"}
        packages = ["celery[redis]>=5.4", "django-tasks-celery", "django-tasks-rq>=0.12"]
    session.install("--editable", EVERYTHING, "--group", "test", f"Django=={django}.*", *packages)
    on_postgresql = [url for url in DATABASES if url.startswith("postgresql")]
    for backend, rows in rows_by_backend.items():
        for url in ["", *on_postgresql] if backend == "db" else [""]:
            env = {
                "ADVTHUMB_WORKER_BACKEND": backend,
                "ADVTHUMB_WORKER_ROWS": rows,
                "ADVTHUMB_TEST_DATABASE_URL": url,
            }
            session.run("pytest", "-q", "tests/background/test_workers.py", *session.posargs, env=env)
    if not DATABASES:
        session.error("ADVTHUMB_NOX_DATABASES names no database; see .ci/servers.sh")


@nox.session(name="with-wagtail")
def with_wagtail(session: nox.Session) -> None:
    """Publish pages of Wagtail, whose revisions django-modelcluster makes."""
    session.install("--editable", ".", "--group", "test", "wagtail", "django-modelcluster")
    # Without its migrations, which take half a minute, Wagtail has the same tables.
    settings = ["--ds=tests.with_wagtail.settings", "--nomigrations"]
    session.run("pytest", "-q", *settings, "tests/with_wagtail", *session.posargs)


@nox.session(name="with-unfold")
def with_unfold(session: nox.Session) -> None:
    """Look at the admin of django-unfold, in Chromium."""
    session.install("--editable", ".", "--group", "test", "django-unfold")
    settings = ["--ds=tests.browser.unfold_settings", "--nomigrations"]
    session.run("pytest", "-q", *settings, "tests/browser", *session.posargs)


@nox.session(python="3.11", default=False)  # .ci/run builds it by `dev.py docs`.
def docs(session: nox.Session) -> None:
    """Build the site; a warning is an error."""
    session.install("--editable", EVERYTHING, "--group", "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-E", "-q", "-b", "html", "docs", "build/docs")


@nox.session(name="coming-from")
def coming_from(session: nox.Session) -> None:
    """Carry out the recipes of docs/coming-from, with the packages in the versions of the benchmarks."""
    environments = Path("benchmarks/harness/environments.py").read_text("utf-8")
    peers = re.findall(r'^    "((?:sorl|easy|django)-[\w-]+==[\d.]+)",$', environments, re.MULTILINE)
    session.install("--editable", ".", "--group", "test", *peers)
    # Without a peer, collection fails instead of leaving its tests out.
    session.run(*PYTEST, "tests/coming_from", *session.posargs, env={"ADVTHUMB_REQUIRE_PEERS": "1"})
