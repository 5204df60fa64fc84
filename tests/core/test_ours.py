"""Which names in a thumbnail column belong to files that this package made."""

import pytest

from advthumb.core.names import is_legacy, is_ours

OURS = "thumbs/a_thumbnail_60x45_ecs4kd4b36fch1rz5nvq10.jpg"


@pytest.mark.parametrize(
    ("name", "legacy"),
    [
        ("thumbs/a_thumbnail.jpg", True),
        ("thumbs/a_thumbnail_AbC1234.JPEG", True),
        ("a_thumbnail_thumbnail.png", True),
        ("thumbs/_thumbnail.jpg", False),
        ("thumbs/a_thumbnail", False),
        ("thumbs/a_thumbnail_large.jpg", False),
        ("thumbs/a_thumbnail/b.jpg", False),
        ("a_thumbnails.jpg", False),
        ("placeholders/none.png", False),
        ("", False),
    ],
)
def test_names_of_version_2_are_legacy(name, legacy):
    assert is_legacy(name) == legacy
    assert is_ours(name) == legacy


def test_names_that_carry_a_fingerprint_are_ours():
    assert is_ours(OURS)
    assert not is_legacy(OURS)


def test_a_name_chosen_by_a_storage_is_ours_if_it_was_recorded():
    assert not is_ours("thumbs/0b5c1d.jpg")
    assert is_ours("thumbs/0b5c1d.jpg", record="ecs4kd4b36fch1rz5nvq10")
