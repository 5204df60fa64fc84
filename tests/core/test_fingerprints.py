"""`core.fingerprints`: tokens and fingerprints, pinned against accidents (promises 1 and 2)."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core import fingerprints as module
from advthumb.core.detection import ThumbnailFacts, fingerprint_of
from advthumb.core.fingerprints import (
    NAME_TOKEN_WIDTH,
    Fingerprint,
    SourceFacts,
    content_token,
    fresh_marks,
    point_token,
    spec_token,
    spec_tokens,
)
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.spec import ResizeMethod, ThumbnailSpec

BOX = ThumbnailSpec(width=300, height=300)
BEACH = SourceFacts("products/beach.jpg", 12_345, content_token(b"advthumb"))
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

tokens = st.text(ALPHABET, min_size=5, max_size=5)
name_tokens = st.text("0123456789abcdef", min_size=7, max_size=7)
fingerprints = st.builds(Fingerprint, tokens, name_tokens, tokens, tokens, st.just("") | name_tokens)


@pytest.mark.parametrize(
    ("image_format", "token"),
    [("JPEG", "yx9tj"), ("PNG", "xh9qf"), ("WEBP", "trrfc"), ("AVIF", "df663"), ("GIF", "7s43s")],
)
def test_the_spec_token_is_pinned(image_format: str, token: str) -> None:
    """A change here makes every stored thumbnail `spec-changed`: raise the revision or revert."""
    assert spec_token(BOX, ImageFormat(image_format)) == token


def test_the_content_token_is_pinned() -> None:
    assert (content_token(b""), content_token(b"advthumb")) == ("w7xk6", "shgz4")


def test_the_whole_fingerprint_is_pinned() -> None:
    """Spec, source name, source size, content, in this order."""
    fingerprint = Fingerprint.of(spec_token(BOX, ImageFormat.JPEG), BEACH)
    assert str(fingerprint) == "yx9tja62720f1nx1cshgz4"
    assert fingerprint == Fingerprint(spec="yx9tj", name="a62720f", size="1nx1c", content="shgz4")


def test_the_name_token_is_the_md5_that_sql_compares() -> None:
    """Fresh thumbnails share a prefix: the mark of a format, then the start of an MD5."""
    fingerprint = Fingerprint.of(spec_token(BOX, ImageFormat.PNG), BEACH)
    name_token = hashlib.md5(BEACH.name.encode(), usedforsecurity=False).hexdigest()[:NAME_TOKEN_WIDTH]
    assert fingerprint.name == name_token
    assert any(f"_{fingerprint}".startswith(mark + name_token) for mark in fresh_marks(BOX))
    assert len(fresh_marks(replace(BOX, format=ImageFormat.PNG))) == 1


def test_a_focal_point_adds_a_token_in_front_and_changes_no_other() -> None:
    """Its token is an MD5 as well, so that SQL compares it."""
    plain = Fingerprint.of("yx9tj", BEACH)
    pointed = Fingerprint.of("yx9tj", BEACH._replace(point="0.260,0.787"))
    token = hashlib.md5(b"0.260,0.787", usedforsecurity=False).hexdigest()[:NAME_TOKEN_WIDTH]
    assert str(pointed) == f"{token}{plain}" == "670be6byx9tja62720f1nx1cshgz4"
    assert (len(str(plain)), len(str(pointed))) == (22, 29)
    assert point_token("") == ""


def test_tokens_are_lower_case_base_32_without_ambiguous_letters() -> None:
    found = "".join(content_token(b"%d" % number) for number in range(500))
    assert set(found) == set(ALPHABET)
    assert not set("ilou") & set(ALPHABET)


def test_a_collision_is_rarer_than_one_in_ten_million() -> None:
    assert len(ALPHABET) ** module.TOKEN_WIDTH > 10**7
    assert 16**NAME_TOKEN_WIDTH > 10**7
    distinct = {content_token(b"%d" % number) for number in range(2_000)}
    assert len(distinct) >= 1_999  # the chance that two of 2 000 collide is 1 in 17


def test_a_spec_has_one_token_per_possible_output_format() -> None:
    assert spec_tokens(BOX) == {spec_token(BOX, image_format) for image_format in OUTPUTS}
    png_only = replace(BOX, format=ImageFormat.PNG)
    assert spec_tokens(png_only) == {"xh9qf"}


@pytest.mark.parametrize(
    "change", [{"width": 301}, {"height": None}, {"method": ResizeMethod.PAD}, {"upscale": True}], ids=repr
)
def test_different_specs_share_no_token(change: dict[str, object]) -> None:
    assert not spec_tokens(replace(BOX, **change)) & spec_tokens(BOX)  # type: ignore[arg-type]


def test_a_new_render_revision_changes_every_spec_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENDER_REVISION", module.RENDER_REVISION + 1)
    spec_token.cache_clear()
    try:
        assert spec_token(BOX, ImageFormat.JPEG) != "yx9tj"
    finally:
        spec_token.cache_clear()


@given(fingerprints)
def test_a_fingerprint_survives_a_round_trip_through_text(fingerprint: Fingerprint) -> None:
    assert Fingerprint.parse(str(fingerprint)) == fingerprint


@pytest.mark.parametrize(
    "text", ["", *("0" * n for n in (21, 23, 28, 30)), "0" * 21 + "u", "0" * 21 + "A", "0" * 22 + "\n"]
)
def test_other_text_is_not_a_fingerprint(text: str) -> None:
    assert Fingerprint.parse(text) is None


@pytest.mark.parametrize("unknown", ["size", "content"])
def test_a_fingerprint_needs_the_size_and_the_content(unknown: str) -> None:
    with pytest.raises(ValueError, match="the size and the content"):
        Fingerprint.of("yx9tj", BEACH._replace(**{unknown: None}))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["\udc80.jpg", "写真.jpg", "a\x00b", ""])
def test_any_source_name_has_a_token(name: str) -> None:
    assert Fingerprint.of("yx9tj", BEACH._replace(name=name)).name != "a62720f"


def test_the_fingerprint_in_the_name_wins_over_the_recorded_one() -> None:
    recorded = "0" * 22
    named = ThumbnailFacts("thumbs/beach_thumbnail_300x200_yx9tja62720f1nx1cshgz4_x7k2m9q.jpg", recorded)
    assert str(fingerprint_of(named)) == "yx9tja62720f1nx1cshgz4"
    assert str(fingerprint_of(ThumbnailFacts("thumbs/4711.jpg", recorded))) == recorded
    assert fingerprint_of(ThumbnailFacts("thumbs/4711.jpg", "")) is None


def test_a_thumbnail_from_any_engine_of_the_field_matches_its_spec() -> None:
    spec = replace(BOX, engine_revisions=(1, 3))
    assert spec_token(spec, ImageFormat.PNG, 3) in spec_tokens(spec)
    assert spec_token(spec, ImageFormat.PNG) in spec_tokens(spec)
    assert spec_token(spec, ImageFormat.PNG, 2) not in spec_tokens(spec)
    assert {f"_{token}" for token in spec_tokens(spec)} == set(fresh_marks(spec))


def test_the_first_revision_of_an_engine_changes_no_token() -> None:
    assert spec_token(BOX, ImageFormat.PNG, 1) == spec_token(BOX, ImageFormat.PNG)
