#!/usr/bin/env bash
# Build the distribution, and prove that it is reproducible, and that its wheel works in an empty environment, types included.
# With a folder as argument, the wheel, the sdist and the list of parts (SBOM) are left there.
set -euo pipefail
out=$(realpath -m "${1:-.}")
cd "$(dirname "$0")/.."

bin=$PWD/.venv/bin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$bin/python" -m build --outdir "$scratch/dist"
"$bin/twine" check --strict "$scratch"/dist/*
"$bin/check-wheel-contents" "$scratch"/dist/*.whl

tar -tzf "$scratch"/dist/*.tar.gz | grep -c '/locale/de/LC_MESSAGES/django\.mo$' >/dev/null || {
    echo "The source distribution lacks the compiled translations." >&2
    exit 1
}

# From another folder, at another time, by another user's rights: the same bytes.
git clone --quiet . "$scratch/again"
git diff HEAD --binary | git -C "$scratch/again" apply --allow-empty
(umask 077 && "$bin/python" -m build --outdir "$scratch/dist-again" "$scratch/again")
(cd "$scratch/dist" && sha256sum -- *) | (cd "$scratch/dist-again" && sha256sum --check -)

"$bin/python" -m venv --without-pip "$scratch/empty"
"$bin/pip" --python "$scratch/empty" install --quiet --disable-pip-version-check "$scratch"/dist/*.whl
"$bin/cyclonedx-py" environment --output-reproducible --output-file "$scratch/dist/sbom.json" "$scratch/empty/bin/python"
check=$PWD/.ci/installed.py
(cd "$scratch" && empty/bin/python -I "$check") # Away from the sources, so that only the wheel can be imported.

# The pytest plugin and the contract suite of the wheel, in projects that have it installed.
in_empty() { "$bin/pip" --python "$scratch/empty" install --quiet --disable-pip-version-check "$@"; }
in_empty "$(echo "$scratch"/dist/*.whl)[testing]" pytest-django
ADVTHUMB_TEST_PYTHON=$scratch/empty/bin/python "$bin/pytest" -q tests/test_pytest_plugin.py

# What type checkers see of the wheel: they read its own types only where it says that it has some (py.typed).
cp -r typing_tests "$scratch"
in_empty django-stubs
(
    cd "$scratch"
    "$bin/mypy" --python-executable empty/bin/python --config-file typing_tests/mypy-plain.ini
    "$bin/basedpyright" --project typing_tests --pythonpath empty/bin/python
)

if [[ -n ${1:-} ]]; then
    mkdir -p "$out"
    cp "$scratch"/dist/* "$out/"
fi
