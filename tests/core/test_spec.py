"""`core.spec`: what a field asks for, and the text that represents it in fingerprints."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.formats import OUTPUTS, Effort, ImageFormat
from advthumb.core.gravity import CENTRE, COMPASS, SMART, Point
from advthumb.core.images import RGB, Encoding
from advthumb.core.spec import ResizeMethod, ThumbnailSpec, qualities

BOX = ThumbnailSpec(width=300, height=300)

PINNED = [
    (BOX, ImageFormat.JPEG, "300x300 fit JPEG quality=85"),
    (BOX, ImageFormat.PNG, "300x300 fit PNG"),
    (BOX, ImageFormat.GIF, "300x300 fit GIF"),
    (BOX, ImageFormat.WEBP, "300x300 fit WEBP quality=80"),
    (BOX, ImageFormat.AVIF, "300x300 fit AVIF quality=60"),
    (replace(BOX, width=None), ImageFormat.PNG, "x300 fit PNG"),
    (replace(BOX, height=None), ImageFormat.PNG, "300x fit PNG"),
    (replace(BOX, method=ResizeMethod.FILL), ImageFormat.PNG, "300x300 fill PNG"),
    (replace(BOX, method=ResizeMethod.PAD), ImageFormat.PNG, "300x300 pad PNG"),
    (
        replace(BOX, method=ResizeMethod.FILL, gravity=Point(260, 787)),
        ImageFormat.PNG,
        "300x300 fill PNG gravity=0.260,0.787",
    ),
    (replace(BOX, gravity=Point(260, 787)), ImageFormat.PNG, "300x300 fit PNG"),
    (
        replace(BOX, method=ResizeMethod.FILL, gravity=SMART),
        ImageFormat.PNG,
        "300x300 fill PNG gravity=smart",
    ),
    (replace(BOX, gravity=SMART), ImageFormat.PNG, "300x300 fit PNG"),
    (replace(BOX, method=ResizeMethod.FILL, width=None, gravity=SMART), ImageFormat.PNG, "x300 fill PNG"),
    (
        replace(BOX, method=ResizeMethod.FILL, height=None, gravity=Point(0, 0)),
        ImageFormat.PNG,
        "300x fill PNG",
    ),
    (
        replace(BOX, method=ResizeMethod.FILL, focus=Point(260, 787)),
        ImageFormat.PNG,
        "300x300 fill PNG",
    ),
    (replace(BOX, background=RGB(0, 16, 255)), ImageFormat.PNG, "300x300 fit PNG background=#0010ff"),
    (replace(BOX, upscale=True), ImageFormat.PNG, "300x300 fit PNG upscale"),
    (replace(BOX, revision=2), ImageFormat.PNG, "300x300 fit PNG revision=2"),
    (replace(BOX, engine_revisions=(1, 2)), ImageFormat.PNG, "300x300 fit PNG"),
    (replace(BOX, animated=True), ImageFormat.GIF, "300x300 fit GIF animated"),
    (replace(BOX, animated=True), ImageFormat.JPEG, "300x300 fit JPEG quality=85"),
    (replace(BOX, effort=Effort.FAST), ImageFormat.JPEG, "300x300 fit JPEG quality=85 effort=fast"),
    (
        replace(BOX, effort=Effort.SMALL),
        ImageFormat.JPEG,
        "300x300 fit JPEG quality=85 effort=small progressive",
    ),
    (replace(BOX, effort=Effort.SMALL), ImageFormat.WEBP, "300x300 fit WEBP quality=80 effort=small"),
    (replace(BOX, effort=Effort.SMALL), ImageFormat.GIF, "300x300 fit GIF"),
    (replace(BOX, effort=Effort.FAST), ImageFormat.AVIF, "300x300 fit AVIF quality=60 effort=fast"),
    (replace(BOX, effort=Effort.SMALL), ImageFormat.AVIF, "300x300 fit AVIF quality=60"),
    (replace(BOX, progressive=True), ImageFormat.JPEG, "300x300 fit JPEG quality=85 progressive"),
    (replace(BOX, progressive=True), ImageFormat.PNG, "300x300 fit PNG"),
    (replace(BOX, lossless=True), ImageFormat.WEBP, "300x300 fit WEBP lossless"),
    (replace(BOX, lossless=True), ImageFormat.AVIF, "300x300 fit AVIF lossless"),
    (replace(BOX, lossless=True), ImageFormat.JPEG, "300x300 fit JPEG quality=85"),
    (replace(BOX, lossless=True), ImageFormat.PNG, "300x300 fit PNG"),
    (replace(BOX, max_bytes=9000), ImageFormat.JPEG, "300x300 fit JPEG quality=85 max_bytes=9000"),
    (replace(BOX, max_bytes=9000), ImageFormat.PNG, "300x300 fit PNG"),
    (replace(BOX, processors="Blur(4)"), ImageFormat.PNG, "300x300 fit PNG processors=Blur(4)"),
    (
        replace(BOX, processors="Blur(4)", revision=2),
        ImageFormat.PNG,
        "300x300 fit PNG processors=Blur(4) revision=2",
    ),
    (replace(BOX, max_bytes=9000, lossless=True), ImageFormat.WEBP, "300x300 fit WEBP lossless"),
    (replace(BOX, widths=(100, 600)), ImageFormat.PNG, "300x300 fit PNG widths=100,600"),
    (
        replace(
            BOX,
            animated=True,
            effort=Effort.FAST,
            further_formats=(ImageFormat.AVIF, ImageFormat.WEBP),
            max_bytes=9000,
            revision=2,
        ),
        ImageFormat.JPEG,
        (
            "300x300 fit JPEG quality=85 effort=fast max_bytes=9000 also=AVIF,quality=60,effort=fast,"
            "max_bytes=9000 also=WEBP,quality=80,animated,effort=fast,max_bytes=9000 revision=2"
        ),
    ),
    (
        replace(BOX, further_formats=(ImageFormat.AVIF, ImageFormat.PNG)),
        ImageFormat.AVIF,
        "300x300 fit AVIF quality=60 also=PNG",
    ),
    (
        ThumbnailSpec(
            width=80,
            height=None,
            method=ResizeMethod.PAD,
            format=ImageFormat.WEBP,
            qualities=qualities({ImageFormat.WEBP: 50}),
            background=RGB(0, 0, 0),
            upscale=True,
        ),
        ImageFormat.WEBP,
        "80x pad WEBP quality=50 background=#000000 upscale",
    ),
]

specs = st.builds(
    ThumbnailSpec,
    width=st.integers(1, 9999),
    height=st.none() | st.integers(1, 9999),
    method=st.sampled_from(ResizeMethod),
    gravity=st.sampled_from([*COMPASS.values(), SMART]),
    format=st.none() | st.sampled_from(list(OUTPUTS)),
    qualities=st.dictionaries(st.sampled_from(list(OUTPUTS)), st.integers(1, 100)).map(qualities),
    background=st.builds(RGB, *[st.sampled_from([0, 1, 255])] * 3),
    upscale=st.booleans(),
    effort=st.sampled_from(Effort),
    progressive=st.booleans(),
    lossless=st.booleans(),
    max_bytes=st.none() | st.integers(1, 9999),
    processors=st.sampled_from(["", "Blur(4)", "Blur(5)"]),
    widths=st.lists(st.integers(1, 9999), max_size=2).map(tuple),
    further_formats=st.lists(st.sampled_from(list(OUTPUTS)), max_size=2, unique=True).map(tuple),
)


@pytest.mark.parametrize(("spec", "image_format", "text"), PINNED, ids=[text for *_, text in PINNED])
def test_the_canonical_text_is_pinned(spec: ThumbnailSpec, image_format: ImageFormat, text: str) -> None:
    """A changed text changes every fingerprint: all thumbnails of all users would be remade."""
    assert spec.canonical(image_format) == text


def test_the_quality_of_another_format_leaves_the_text_unchanged() -> None:
    other = replace(BOX, qualities=qualities({ImageFormat.AVIF: 10}))
    assert other.canonical(ImageFormat.JPEG) == BOX.canonical(ImageFormat.JPEG)
    assert other.canonical(ImageFormat.AVIF) != BOX.canonical(ImageFormat.AVIF)


def test_naming_the_default_format_leaves_the_text_unchanged() -> None:
    assert replace(BOX, format=ImageFormat.PNG).canonical(ImageFormat.PNG) == BOX.canonical(ImageFormat.PNG)


@given(specs, specs, st.sampled_from(list(OUTPUTS)))
def test_two_specs_share_a_text_only_if_they_make_the_same_picture(
    one: ThumbnailSpec, other: ThumbnailSpec, image_format: ImageFormat
) -> None:
    def makes(spec: ThumbnailSpec) -> tuple[object, ...]:
        return (
            spec.width,
            spec.height,
            spec.method,
            spec.gravity if spec.crops else CENTRE,
            spec.encoding(image_format),
            spec.background,
            spec.upscale,
            spec.processors,
            spec.widths,
            [spec.encoding(each) for each in spec.further_formats if each is not image_format],
        )

    assert (one.canonical(image_format) == other.canonical(image_format)) == (makes(one) == makes(other))


def test_a_pickled_spec_leaves_out_its_cached_hash() -> None:
    """The hash of a string differs between processes, so it must not be pickled."""
    assert hash(BOX) == hash(replace(BOX))
    travelled = pickle.loads(pickle.dumps(BOX))
    assert travelled == BOX
    assert vars(travelled).keys() == vars(replace(BOX)).keys()


def test_qualities_have_defaults_and_a_fixed_order() -> None:
    wanted = {ImageFormat.AVIF: 10, ImageFormat.JPEG: 20}
    assert qualities(wanted) == (
        (ImageFormat.JPEG, 20),
        (ImageFormat.WEBP, 80),
        (ImageFormat.AVIF, 10),
    )
    assert qualities(dict(reversed(wanted.items()))) == qualities(wanted)
    assert BOX.qualities == qualities({})


def test_a_lossless_format_has_no_quality_even_if_one_is_given() -> None:
    spec = replace(BOX, qualities=qualities({ImageFormat.PNG: 50}))
    assert spec.quality(ImageFormat.PNG) is None
    assert spec.quality(ImageFormat.WEBP) == 80


@pytest.mark.parametrize("image_format", OUTPUTS)
def test_by_default_a_format_is_written_with_its_default_quality(image_format: ImageFormat) -> None:
    assert BOX.encoding(image_format) == Encoding(image_format, OUTPUTS[image_format].quality)


def test_an_encoding_has_only_the_options_that_affect_its_format() -> None:
    """Engines need nothing else, and no fingerprint changes without a reason."""
    spec = replace(BOX, effort=Effort.FAST, progressive=True, lossless=True, max_bytes=500)
    assert {name.value: spec.encoding(name) for name in OUTPUTS} == {
        "JPEG": Encoding(ImageFormat.JPEG, 85, Effort.FAST, progressive=True, max_bytes=500),
        "PNG": Encoding(ImageFormat.PNG, None, Effort.FAST),
        "WEBP": Encoding(ImageFormat.WEBP, None, Effort.FAST, lossless=True),
        "AVIF": Encoding(ImageFormat.AVIF, None, Effort.FAST, lossless=True),
        "GIF": Encoding(ImageFormat.GIF, None),
    }


def test_jpegs_with_effort_small_are_always_progressive() -> None:
    """Progressive files are smaller; asking for it explicitly leaves the text unchanged."""
    small = replace(BOX, effort=Effort.SMALL)
    assert small.encoding(ImageFormat.JPEG).progressive
    assert small.canonical(ImageFormat.JPEG) == replace(small, progressive=True).canonical(ImageFormat.JPEG)


def test_the_formats_are_all_or_the_given_one() -> None:
    assert BOX.formats == tuple(OUTPUTS)
    assert replace(BOX, format=ImageFormat.GIF).formats == (ImageFormat.GIF,)


@given(specs)
def test_equal_specs_are_the_same_cache_key(spec: ThumbnailSpec) -> None:
    assert len({spec, replace(spec)}) == 1
