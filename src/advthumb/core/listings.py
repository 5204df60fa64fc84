"""Finds many files in a sorted listing that is read page by page, as object storages give it."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

ValueT = TypeVar("ValueT")

WORTH = 50
"""How many wanted files a page must show, so that listing is cheaper than asking for each file.

A page costs as much as 10 to 13 requests for one file, and takes as long as about 50 of them, because those
are made in many threads.
"""

_TOO_MANY = 2
"""How many pages may be read in vain: the files may be dense further on."""


def shown_by(
    list_after: Callable[[str], Sequence[tuple[str, ValueT]]], wanted: Iterable[str], worth: int = WORTH
) -> Iterator[tuple[str, ValueT]]:
    """Yield the wanted keys that a listing shows, with their values, as long as listing is cheaper.

    It jumps from page to page: what lies between the end of a page and the next wanted key is not read. It
    stops where the pages show too few wanted keys: then they are few among many. So a key that is not yielded
    may exist, and is better asked for by itself. With `n` keys yielded, it reads at most `n / worth + 2`
    pages.

    Args:
        list_after: Returns the first keys after a given key, with a value for each, in the order of their
            code points, which is also that of their bytes in UTF-8. At the end it returns nothing. If it
            keeps to another order, fewer keys are found.
        wanted: The keys.
        worth: How many keys a page must show.
    """
    rest = sorted(set(wanted))
    at = pages = shown = 0
    last = ""
    while len(rest) - at >= worth and pages < shown // worth + _TOO_MANY:
        # Without its last character, a key comes before itself, and few others come in between.
        page = list_after(max(last, rest[at][:-1]))
        pages += 1
        if not page:
            return
        last = max(last, page[-1][0])
        end = bisect_right(rest, last, lo=at)
        here = set(rest[at:end])
        for key, value in page:
            if key in here:
                here.remove(key)
                shown += 1
                yield key, value
        at = end
