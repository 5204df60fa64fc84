#!/usr/bin/env bash
# Test the engine `imagemagick` with ImageMagick 7 of Debian 13, on a machine that has another version: the smoke
# clauses of the contract suite, what holds for ImageMagick alone, and the tables of layouts, on both builds (Q16 and Q16-HDRI).
#
# Debian's packages are unpacked into a temporary folder, together with Debian 13's own Python and C library, and
# the tests run in there (chroot). No package is installed on the machine and no script of a package runs.
# ADVTHUMB_WITHOUT_IMAGEMAGICK7=1 leaves this step out, for a machine that cannot reach Debian 13.
set -euo pipefail
cd "$(dirname "$0")/.."

RELEASE=trixie
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
PACKAGES=(base-files libc-bin python3 libmagickwand-7.q16-10 libmagickwand-7.q16hdri-10)
PYTHON=3.13 # Of that release.
MODULES=(numpy pytest pytest-django pytest-randomly pytest-xdist) # What the tests that run here import.

refuse() {
    echo "ImageMagick 7 was not tested: $*" >&2
    echo "To leave this step out, set ADVTHUMB_WITHOUT_IMAGEMAGICK7=1." >&2
    exit 1
}

# Print where this machine gets Debian's packages from.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1
}

# Unpack PACKAGES and what they depend on. Arguments: the folder, another one for what is downloaded, the mirror.
unpack() {
    local root=$1 apt=$2 source=$3
    mkdir -p "$apt/lists/partial" "$apt/archives/partial"
    : >"$apt/status" # Nothing is installed yet, so every dependency is downloaded.
    echo "deb [signed-by=$KEYRING] $source $RELEASE main" >"$apt/sources.list"
    # The machine's own settings, such as a proxy, stay; its sources, lists and pins do not.
    local options=(
        -qq
        -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
        -o "Dir::State::Lists=$apt/lists" -o "Dir::State::Status=$apt/status" -o "Dir::Cache=$apt"
        -o APT::Update::Error-Mode=any -o APT::Install-Recommends=false -o Acquire::Languages=none
        -o APT::Update::Post-Invoke= -o APT::Update::Post-Invoke-Success= # These are for the machine's own lists.
        -o APT::Sandbox::User=root # The user _apt may not enter the temporary folder.
    )
    apt-get "${options[@]}" update || refuse "$source has no Debian 13 ($RELEASE), or cannot be reached; see above."
    apt-get "${options[@]}" install -y --download-only "${PACKAGES[@]}" >/dev/null ||
        refuse "$source has no ${PACKAGES[*]} for Debian 13; see above."
    local package
    for package in "$apt"/archives/*.deb; do
        dpkg-deb --extract "$package" "$root"
    done
    chroot "$root" ldconfig # Wand looks its library up in the cache of the linker.
}

# Run a Python in the folder with nothing of this machine's environment. Arguments: the folder, the build of
# ImageMagick (Q16, Q16-HDRI), and the arguments of Python.
python_inside() {
    local root=$1 build=$2
    shift 2
    env -i PATH=/usr/bin:/bin HOME=/tmp LANG=C.UTF-8 ADVTHUMB_REQUIRE_ENGINES=imagemagick \
        "WAND_MAGICK_LIBRARY_SUFFIX=-7.${build/-/}" "$(command -v chroot)" "$root" python3 "$@"
}

# Test one build after the other. Argument: the folder.
test_inside() {
    local root=$1 build version
    local pytest=(-m pytest -c /project/pyproject.toml -p no:cacheprovider -q --numprocesses=auto --dist=worksteal)
    mount --bind /dev "$root/dev"
    for build in Q16 Q16-HDRI; do
        version=$(python_inside "$root" "$build" -c 'import wand.version; print(wand.version.MAGICK_VERSION)')
        echo "$version"
        [[ $version == "ImageMagick 7."*" $build "* ]] || refuse "Wand loads that instead of version 7 $build."
        python_inside "$root" "$build" "${pytest[@]}" -m smoke -k imagemagick \
            --ignore-glob="*/test_vips*" /project/tests/engines
        python_inside "$root" "$build" "${pytest[@]}" -m "not smoke" \
            /project/tests/engines/test_imagemagick.py /project/tests/engines/test_imagemagick_memory.py
        python_inside "$root" "$build" "${pytest[@]}" -k imagemagick \
            /project/tests/engines/test_tiff.py /project/tests/engines/test_exotic.py
    done
}

if [ -n "${ADVTHUMB_WITHOUT_IMAGEMAGICK7:-}" ]; then
    echo "ADVTHUMB_WITHOUT_IMAGEMAGICK7 is set: ImageMagick 7 is not tested."
    exit
fi
[ "$(id -u)" = 0 ] || refuse "a chroot takes root."
command -v apt-get >/dev/null || refuse "its packages are Debian's, and this machine has no apt-get."

source=$(mirror)
if [ -z "$source" ]; then # apt knows whose a mirror is once it has its lists.
    apt-get update -qq || true # A failure of a source that is not needed here does not matter.
    source=$(mirror)
fi
[ -n "$source" ] || refuse "apt has no source of Debian's packages; see /etc/apt/sources.list and sources.list.d."

scratch=$(mktemp -d)
trap 'rm -rf --one-file-system "$scratch"' EXIT
root=$scratch/root
mkdir "$root"
unpack "$root" "$scratch/apt" "$source"

mkdir "$root/project"
cp -r pyproject.toml README.md LICENSE docs src tests "$root/project"
.venv/bin/pip install --quiet --disable-pip-version-check --no-compile --only-binary=:all: --python-version "$PYTHON" \
    --target "$root/usr/local/lib/python$PYTHON/dist-packages" "$root/project[imagemagick,heif]" "${MODULES[@]}"

# In namespaces of their own, so that every mount and every process is gone when this ends, however it ends.
export -f test_inside python_inside refuse
unshare --mount --mount-proc="$root/proc" --pid --fork --kill-child bash -euo pipefail -c 'test_inside "$1"' - "$root"
