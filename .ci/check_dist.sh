#!/usr/bin/env bash
# Build the distribution, and prove that its wheel works in an empty environment, its types included.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
bin=$PWD/.venv/bin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$bin/python" -m build --outdir "$scratch/dist"
"$bin/twine" check --strict "$scratch"/dist/*

"$bin/python" -m venv "$scratch/empty"
"$scratch/empty/bin/pip" install --quiet --disable-pip-version-check "$scratch"/dist/*.whl
check=$PWD/.ci/installed.py
cd "$scratch" # Away from the sources, so that only the wheel can be imported.
empty/bin/python -I "$check"

# The pytest plugin and the contract suite of the wheel, in projects that have it installed.
empty/bin/pip install --quiet --disable-pip-version-check "$(echo "$scratch"/dist/*.whl)[testing]" pytest-django
(cd "$root" && ADVTHUMB_TEST_PYTHON=$scratch/empty/bin/python "$bin/pytest" -q tests/test_pytest_plugin.py)

# What type checkers see of the wheel: they read its own types only where it says that it has some (py.typed).
cp -r "$root/typing_tests" "$scratch"
empty/bin/pip install --quiet --disable-pip-version-check django-stubs
"$bin/mypy" --python-executable empty/bin/python --config-file typing_tests/mypy-plain.ini
"$bin/basedpyright" --project typing_tests --pythonpath empty/bin/python
