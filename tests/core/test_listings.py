"""`core.listings`: whatever a storage holds and whatever is wanted, against looking each file up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.listings import WORTH, shown_by

# Few characters, so that keys start alike; they sort differently by bytes, by locale and by UTF-16.
keys = st.text("aBé/\uff5e\U0001f600", min_size=1, max_size=4)
page_sizes = st.integers(1, 7)
bounds = st.integers(1, 5)


class Listing:
    """A storage that lists its files, and notes what it is asked."""

    def __init__(self, files, page=1000, *, inclusive=False):
        self.files = sorted(files, key=lambda key: key.encode())
        self.page = page
        self.inclusive = inclusive
        self.asked = []

    def __call__(self, after):
        self.asked.append(after)
        start = after.encode()
        found = (
            key for key in self.files if key.encode() > start or (self.inclusive and key.encode() == start)
        )
        return [(key, key.upper()) for key, _ in zip(found, range(self.page), strict=False)]


@given(st.sets(keys), st.sets(keys), page_sizes, bounds, st.booleans())
def test_what_is_shown_is_what_looking_it_up_gives(files, wanted, page, worth, inclusive):
    listing = Listing(files, page, inclusive=inclusive)
    shown = list(shown_by(listing, wanted, worth))
    assert len(dict(shown)) == len(shown)
    assert dict(shown).keys() <= files & wanted
    assert all(value == key.upper() for key, value in shown)
    assert len(listing.asked) <= len(shown) / worth + 2


@given(st.sets(keys), st.sets(keys), page_sizes)
def test_where_nothing_else_is_listed_all_files_are_shown(files, others, page):
    shown = shown_by(Listing(files, page), files | others, worth=1)
    assert {key for key, _ in shown} == files


@given(st.lists(st.lists(st.tuples(keys, st.just("")), max_size=5), min_size=1), st.sets(keys), bounds)
def test_a_listing_in_any_order_costs_no_more_pages(pages, wanted, worth):
    """Some kinds of buckets do not list in order. What they list repeats for ever here."""
    asked = []

    def list_after(after):
        asked.append(after)
        return pages[len(asked) % len(pages)]

    shown = [key for key, _ in shown_by(list_after, wanted, worth)]
    assert len(set(shown)) == len(shown)
    assert set(shown) <= wanted & {key for page in pages for key, _ in page}
    assert len(asked) <= len(shown) / worth + 2


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_the_order_of_code_points_is_that_of_the_bytes(texts):
    assert sorted(texts) == sorted(texts, key=str.encode)


def numbered(folder, numbers):
    return [f"{folder}/{number:06}.jpg" for number in numbers]


@pytest.mark.parametrize(("files", "pages"), [(1000, 1), (2000, 2), (2500, 3)])
def test_a_folder_of_wanted_files_is_listed_page_by_page(files, pages):
    names = numbered("a", range(files))
    listing = Listing(names)
    assert [key for key, _ in shown_by(listing, reversed(names))] == names
    assert len(listing.asked) == pages


def test_what_lies_between_wanted_files_is_jumped_over():
    wanted = [*numbered("a", range(500)), *numbered("z", range(500))]
    listing = Listing([*wanted, *numbered("a", range(500, 6000)), *numbered("m", range(5000))])
    assert [key for key, _ in shown_by(listing, wanted)] == wanted
    assert len(listing.asked) == 2


def test_a_page_begins_at_the_wanted_file():
    wanted = numbered("b", range(100))
    listing = Listing([*numbered("a", range(5000)), *wanted, *numbered("c", range(5000))])
    assert len(list(shown_by(listing, wanted))) == 100
    assert listing.asked == ["b/000000.jp"]


def test_few_files_among_many_are_given_up_after_two_pages():
    names = numbered("a", range(50_000))
    listing = Listing(names)
    shown = list(shown_by(listing, names[::100]))
    assert (len(shown), len(listing.asked)) == (20, 2)


def test_a_page_that_shows_enough_earns_the_next():
    names = numbered("a", range(20_000))
    listing = Listing(names)
    assert len(list(shown_by(listing, names[::20]))) == 1000
    assert len(listing.asked) == 20


def test_a_sparse_stretch_does_not_hide_a_dense_one():
    sparse, dense = numbered("a", range(0, 900, 300)), numbered("b", range(1000))
    listing = Listing([*numbered("a", range(900)), *dense, *numbered("a-other", range(900))])
    assert len(list(shown_by(listing, [*sparse, *dense]))) == 1003


@pytest.mark.parametrize(("count", "pages"), [(0, 0), (WORTH - 1, 0), (WORTH, 1)])
def test_few_wanted_files_are_not_worth_a_page(count, pages):
    names = numbered("a", range(count))
    listing = Listing(names)
    assert len(list(shown_by(listing, names))) == count * pages
    assert len(listing.asked) == pages


def test_the_same_file_is_wanted_once():
    names = numbered("a", range(WORTH - 1))
    listing = Listing(names)
    assert list(shown_by(listing, names * 3)) == []
    assert listing.asked == []


def test_names_that_differ_only_in_their_last_character_are_listed_once():
    """Without it, all of them begin alike: each page begins after the last one instead."""
    names = [f"a{chr(0x4E00 + number)}" for number in range(3000)]
    listing = Listing(names)
    assert [key for key, _ in shown_by(listing, names)] == names
    assert len(listing.asked) == 3


def test_what_was_shown_before_an_error_is_kept():
    names = numbered("a", range(3000))
    listing = Listing(names)

    def failing(after):
        if listing.asked:
            raise ConnectionError
        return listing(after)

    shown = shown_by(failing, names)
    assert [next(shown)[0] for _ in range(1000)] == names[:1000]
    with pytest.raises(ConnectionError):
        next(shown)
