"""Tell Wand which ImageMagick is installed. Import this before Wand, only in the process of the engine.

Wand tries two dozen names one after the other. For each, Python starts up to three programs to find the
library, including a compiler: 75 programs, which take longer than the rest of the start of a process.
"""

import os
import subprocess
from contextlib import suppress
from itertools import product

SUFFIXES = "WAND_MAGICK_LIBRARY_SUFFIX"
"""The environment variable with the names that Wand tries first. Users who have several versions installed
may set it to choose one."""
_OWN_PLACES = ("MAGICK_HOME", "LD_LIBRARY_PATH")
"""Variables with folders where Wand finds libraries that are not in the list of the system."""
_VERSIONS = ("", "-7", "-7.Q8", "-7.Q16", "-6", "-Q16", "-Q8", "-6.Q16")
_OPTIONS = ("", "HDRI", "HDRI-2")
"""The suffixes of the names that Wand tries, in its order."""
_LIST = ("/sbin/ldconfig", "-p")


def installed(listing: str) -> list[str]:
    """Return the suffixes that Wand tries and that the system has, matched up to a dot as Python does."""
    names = {line.split()[0] for line in listing.splitlines() if line.split()}
    suffixes = (version + option for version, option in product(_VERSIONS, _OPTIONS))
    return [each for each in suffixes if any(name.startswith(f"libMagickWand{each}.") for name in names)]


def tell_wand() -> None:
    """Set the environment variable for Wand, unless the user has set one of the variables."""
    if any(os.environ.get(name) for name in (SUFFIXES, *_OWN_PLACES)):
        return
    with suppress(OSError, subprocess.SubprocessError):  # on other systems, Wand has to search
        done = subprocess.run(_LIST, capture_output=True, text=True, check=True)  # noqa: S603 - a constant
        if found := installed(done.stdout):
            os.environ[SUFFIXES] = ";".join(found)


tell_wand()
