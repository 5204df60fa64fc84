"""The suite on every corner of what is supported: `.venv/bin/nox`.

An interpreter that this machine lacks is named in nox's report and skipped. A corner that was tested already,
such as that of .venv by `dev.py test`, can be named in ADVTHUMB_CORNER_DONE (`3.11+5.2`).

The sessions `tests-on-servers` need ADVTHUMB_NOX_DATABASES, the URLs of PostgreSQL and MariaDB with a space
between them, as `.ci/servers.sh start` prints them; without it they fail.
"""

import os
from pathlib import Path

import nox

nox.options.error_on_missing_interpreters = False

DONE = os.environ.get("ADVTHUMB_CORNER_DONE", "")
SUPPORTED = [("3.11", "5.2"), ("3.12", "6.0"), ("3.13", "6.1")]
CORNERS = [corner for corner in SUPPORTED if "+".join(corner) != DONE]
PYTEST = ["pytest", "-q", "--numprocesses=auto", "--dist=worksteal"]
# What only tells of the imaging libraries, the same for every Python, is left to `dev.py test`.
OF_THE_LIBRARIES = [
    f"--ignore=tests/engines/{name}.py" for name in ("test_equality", "test_hostile_names", "test_mutations")
]
# What depends on the database. PostgreSQL, where a test can drop a table and roll that back, runs more.
OF_DATABASES = ["tests/consistency"]
OF_POSTGRESQL = [*OF_DATABASES, "tests/fields", "tests/integration", "tests/management/test_scanning.py"]
PYENV_VERSIONS = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"

# pyenv's shims answer for versions that are not switched on: its real interpreters have to come first.
for python, _ in SUPPORTED:
    for folder in PYENV_VERSIONS.glob(f"{python}.*/bin"):
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


@nox.session
@nox.parametrize("python,django", CORNERS)
def tests(session: nox.Session, django: str) -> None:
    """Run the suite on one Python and one Django; the newest, which does so quickly, measures coverage."""
    extras = ",".join(nox.project.load_toml("pyproject.toml")["project"]["optional-dependencies"])
    session.install("--editable", f".[{extras}]", "--group", "test", f"Django=={django}.*")
    coverage = ["--cov"] if (session.python, django) == SUPPORTED[-1] else []
    session.run(
        *(*PYTEST, *coverage, *OF_THE_LIBRARIES, *session.posargs),
        env={"COVERAGE_CORE": "sysmon"},
    )


@nox.session(name="tests-on-servers")
@nox.parametrize("python,django", SUPPORTED)
def tests_on_servers(session: nox.Session, django: str) -> None:
    """Run what depends on the database on PostgreSQL and MariaDB; of the engines only Pillow."""
    urls = os.environ.get("ADVTHUMB_NOX_DATABASES", "").split()
    if not urls:
        session.error("ADVTHUMB_NOX_DATABASES names no database; see .ci/servers.sh")
    session.install("--editable", ".", "--group", "test", f"Django=={django}.*")
    for url in urls:
        more = url.startswith("postgresql") and (session.python, django) == SUPPORTED[0]
        tests = OF_POSTGRESQL if more else OF_DATABASES
        env = {
            "ADVTHUMB_TEST_DATABASE_URL": url,
            "ADVTHUMB_REQUIRE_ENGINES": "",
            "ADVTHUMB_REQUIRE_SERVERS": "1",
        }
        session.run(*PYTEST, *tests, *session.posargs, env=env)


@nox.session(name="with-wagtail")
def with_wagtail(session: nox.Session) -> None:
    """Publish pages of Wagtail, whose revisions django-modelcluster makes."""
    session.install("--editable", ".", "--group", "test", "wagtail", "django-modelcluster")
    # Without its migrations, which take half a minute, Wagtail has the same tables.
    settings = ["--ds=tests.with_wagtail.settings", "--nomigrations"]
    session.run("pytest", "-q", *settings, "tests/with_wagtail", *session.posargs)
