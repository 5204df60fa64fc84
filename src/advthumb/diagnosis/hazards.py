"""What makes hostile uploads dangerous on this machine: vulnerable versions, and Ghostscript."""

import re
import shutil
from collections.abc import Iterator, Mapping
from itertools import takewhile

_SOUND_FROM: Mapping[str, tuple[str, str]] = {
    "libwebp": ("1.3.2", "CVE-2023-4863: a crafted WebP overwrites memory"),
    "pyvips-binary": ("8.14.5", "CVE-2023-4863 in its libwebp: a crafted WebP overwrites memory"),
    "libavif": ("1.3.0", "CVE-2025-48174: a crafted AVIF overwrites memory"),
    "libheif": ("1.23.3", "GHSA-x8r2-mggj-j6wr: a crafted HEIF file overwrites memory"),
}
"""The first version of each library without a known vulnerability that an upload can reach. Distributions fix
older versions without a new number, so this is a hint and not a proof."""

_GHOSTSCRIPT = ("gs", "gswin64c", "gswin32c")


def bad_versions(versions: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each library that is too old."""
    for name, (sound, hole) in _SOUND_FROM.items():
        if name in versions and _numbers(versions[name]) < _numbers(sound):
            yield f"{name} {versions[name]} is older than {sound}: {hole}. Has your distribution fixed it?"


def surroundings() -> Iterator[str]:
    """Yield a sentence for each program that image libraries start without being asked."""
    found = next(filter(None, map(shutil.which, _GHOSTSCRIPT)), None)
    if found:
        yield (
            f"Ghostscript is reachable ({found}). advthumb never starts it, but any other Image.open() "
            "of an upload in this project does, if the file is PostScript, whatever its name."
        )


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: `1.23.6-rc1` gives 1, 23, 6."""
    parts = (re.match(r"\d+", part) for part in version.split("."))
    return tuple(int(number[0]) for number in takewhile(bool, parts) if number)
