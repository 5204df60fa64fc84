"""Tells Wand which ImageMagick is installed. To be imported before Wand, in the process of the engine alone.

Wand tries two dozen names one after the other, and Python starts up to three programs to find a library, a
compiler among them: 75 programs, which take more time than all the rest of the start of a process.
"""

import os
import subprocess
from contextlib import suppress
from itertools import product

SUFFIXES = "WAND_MAGICK_LIBRARY_SUFFIX"
"""The variable of names that Wand tries first, and of those who choose one of several themselves."""
_OWN_PLACES = ("MAGICK_HOME", "LD_LIBRARY_PATH")
"""Where Wand finds libraries that the list of the system does not have."""
_VERSIONS = ("", "-7", "-7.Q8", "-7.Q16", "-6", "-Q16", "-Q8", "-6.Q16")
_OPTIONS = ("", "HDRI", "HDRI-2")
"""How the names end that Wand tries, in its order."""
_LIST = ("/sbin/ldconfig", "-p")


def installed(listing: str) -> list[str]:
    """Return which of the names that Wand tries the system has, as Python matches them: up to a dot."""
    names = {line.split()[0] for line in listing.splitlines() if line.split()}
    suffixes = (version + option for version, option in product(_VERSIONS, _OPTIONS))
    return [each for each in suffixes if any(name.startswith(f"libMagickWand{each}.") for name in names)]


def tell_wand() -> None:
    """Say it by an environment variable, unless somebody has said something about it."""
    if any(os.environ.get(name) for name in (SUFFIXES, *_OWN_PLACES)):
        return
    with suppress(OSError, subprocess.SubprocessError):  # another system: Wand has to search
        done = subprocess.run(_LIST, capture_output=True, text=True, check=True)  # noqa: S603 - a constant
        if found := installed(done.stdout):
            os.environ[SUFFIXES] = ";".join(found)


tell_wand()
