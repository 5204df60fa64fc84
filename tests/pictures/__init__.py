"""Every picture of the test suite, made in code: functions and constants, mostly the bytes of a file.

Most come from the contract suite that ships with advthumb. The modules here make what only our own tests
need: documents, videos, raw photographs and the formats of other programs.
"""

from advthumb.testing import pictures
from advthumb.testing.pictures import *  # noqa: F403 - one name for all pictures of the suite

__all__ = pictures.__all__
