#!/usr/bin/env bash
# Build the distribution, and prove that its wheel works in an empty environment.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$PWD/.venv/bin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$bin/python" -m build --outdir "$scratch/dist"
"$bin/twine" check --strict "$scratch"/dist/*

tar -tzf "$scratch"/dist/*.tar.gz | grep -c '/locale/de/LC_MESSAGES/django\.mo$' >/dev/null || {
    echo "The source distribution lacks the compiled translations." >&2
    exit 1
}

"$bin/python" -m venv "$scratch/empty"
"$scratch/empty/bin/pip" install --quiet --disable-pip-version-check "$scratch"/dist/*.whl
check=$PWD/.ci/installed.py
cd "$scratch" # Away from the sources, so that only the wheel can be imported.
empty/bin/python -I "$check"
