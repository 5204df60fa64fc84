"""`core.attention`: which part of a picture a smart crop keeps."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advthumb.core.attention import PREVIEW_SIDE, focus, reduction
from advthumb.core.formats import ImageFormat
from advthumb.core.gravity import CENTRE, SMART, WHOLE, Point, crop_box
from advthumb.core.images import Box, Size, SourceInfo
from advthumb.core.planning import decided, plan
from advthumb.core.samples import Samples
from advthumb.core.spec import ResizeMethod, ThumbnailSpec

SMART_BOX = ThumbnailSpec(width=100, height=100, method=ResizeMethod.FILL, gravity=SMART)
WHITE, BLACK, CLEAR = (255, 255, 255, 255), (0, 0, 0, 255), (255, 255, 255, 0)
GREEN, SKIN = (60, 120, 60), (220, 172, 141)

previews = st.builds(Size, st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: st.integers(1, 4).flatmap(
        lambda bands: st.builds(
            Samples,
            st.just(size),
            st.just(bands),
            st.binary(min_size=size.pixels * bands, max_size=size.pixels * bands),
        )
    )
)


def painted(size: Size, ground: tuple[int, ...], box: Box, colour: tuple[int, ...]) -> Samples:
    """Return a picture of one colour with a rectangle of another one in it."""
    pixels = [
        colour if box.left <= x < box.right and box.top <= y < box.bottom else ground
        for y in range(size.height)
        for x in range(size.width)
    ]
    return Samples(size, len(ground), bytes(level for pixel in pixels for level in pixel))


def mirrored(samples: Samples) -> Samples:
    """Return a picture with its left half repeated in reverse on the right."""
    size, bands, data = samples
    pixels = [data[place : place + bands] for place in range(0, len(data), bands)]
    rows = [pixels[start : start + size.width] for start in range(0, len(pixels), size.width)]
    both = b"".join(b"".join([*row, *reversed(row)]) for row in rows)
    return Samples(Size(2 * size.width, size.height), bands, both)


@given(previews, st.integers(1, 500), st.integers(1, 500), st.integers(1, 500), st.integers(1, 500))
def test_the_point_is_always_inside(
    preview: Samples, width: int, height: int, more_wide: int, more_high: int
) -> None:
    kept, scaled = Size(width, height), Size(width + more_wide, height + more_high)
    point = focus(preview, kept, scaled)
    assert 0 <= point.x <= WHOLE
    assert 0 <= point.y <= WHOLE
    assert crop_box(scaled, kept, point).size == kept


@given(
    place=st.integers(0, 48),
    side=st.integers(4, 16),
    level=st.integers(60, 255),
    across=st.booleans(),
)
def test_a_bright_square_on_flat_ground_is_kept_as_a_whole(
    place: int, side: int, level: int, across: bool
) -> None:
    """Wherever it is, also at the rim."""
    place = min(place, 64 - side)
    box = Box(place, 8, place + side, 8 + side) if across else Box(8, place, 8 + side, place + side)
    size, kept = (Size(64, 32), Size(32, 32)) if across else (Size(32, 64), Size(32, 32))
    preview = painted(size, (30, 30, 30), box, (level, level, level))
    crop = crop_box(size, kept, focus(preview, kept, size))
    assert crop.left <= box.left
    assert crop.top <= box.top
    assert crop.right >= box.right
    assert crop.bottom >= box.bottom


@given(previews)
def test_a_symmetrical_picture_gives_the_centre(preview: Samples) -> None:
    whole = mirrored(preview)
    assert focus(whole, Size(50, 100), Size(100, 100)) == CENTRE


@given(st.integers(0, 255), st.integers(1, 4))
def test_a_picture_of_one_colour_gives_the_centre(level: int, bands: int) -> None:
    preview = Samples(Size(8, 6), bands, bytes([level]) * 48 * bands)
    assert focus(preview, Size(40, 60), Size(80, 60)) == CENTRE
    assert focus(preview, Size(80, 20), Size(80, 60)) == CENTRE


def test_both_axes_are_decided_on_their_own() -> None:
    preview = painted(Size(20, 20), (0,), Box(16, 0, 20, 3), (255,))
    assert focus(preview, Size(10, 10), Size(20, 20)) == Point(WHOLE, 0)
    assert focus(preview, Size(10, 20), Size(20, 20)) == Point(WHOLE, WHOLE // 2)
    assert focus(preview, Size(20, 20), Size(20, 20)) == CENTRE


@pytest.mark.parametrize("hidden", [(0, 0, 0, 0), (255, 0, 0, 0), (9, 200, 30, 0)])
def test_transparent_pixels_count_nothing(hidden: tuple[int, ...]) -> None:
    """Their colours are arbitrary: here they would be the most remarkable ones."""
    size = Size(60, 20)
    visible = painted(size, hidden, Box(0, 0, 30, 20), (128, 128, 128, 255))
    stripes = bytearray(visible.data)
    for y in range(8, 12):
        for x in range(2, 6):
            stripes[4 * (60 * y + x)] = 190
    for place in range(0, len(stripes), 4):
        if not stripes[place + 3]:
            stripes[place : place + 3] = random.Random(place).randbytes(3)
    assert focus(Samples(size, 4, bytes(stripes)), Size(20, 20), size).x < WHOLE // 3


def test_the_colours_of_transparent_pixels_make_no_difference() -> None:
    """Neither in themselves, nor for the mean colour, nor as a contrast to visible pixels."""
    size, kept = Size(60, 4), Size(12, 4)
    for seed in range(30):
        source = random.Random(seed)
        visible = [source.random() < 0.5 for _ in range(size.pixels)]
        levels = [source.choice((90, 100, 140)) for _ in range(size.pixels)]
        points = set()
        for hidden in (0, 255):
            colours = [level if seen else hidden for level, seen in zip(levels, visible, strict=True)]
            data = b"".join(bytes((each, 255 * seen)) for each, seen in zip(colours, visible, strict=True))
            points.add(focus(Samples(size, 2, data), kept, size))
        assert len(points) == 1


@pytest.mark.parametrize("hidden", [(0, 0, 0, 0), (100, 100, 100, 0), (255, 0, 90, 0)])
def test_a_drawing_of_one_colour_is_kept_in_view(hidden: tuple[int, ...]) -> None:
    """Its colour is the mean of the visible pixels, so nothing else tells it from what is transparent."""
    preview = painted(Size(60, 10), hidden, Box(44, 2, 56, 8), (100, 100, 100, 255))
    crop = crop_box(Size(60, 10), Size(20, 10), focus(preview, Size(20, 10), Size(60, 10)))
    assert crop.left <= 44
    assert crop.right >= 56


def test_a_picture_without_visible_pixels_gives_the_centre() -> None:
    noise = random.Random(1).randbytes(3 * 48)
    data = b"".join(noise[place : place + 3] + b"\0" for place in range(0, len(noise), 3))
    assert focus(Samples(Size(8, 6), 4, data), Size(30, 60), Size(80, 60)) == CENTRE


def test_opaque_alpha_changes_nothing() -> None:
    noise = random.Random(2).randbytes(3 * 600)
    data = b"".join(noise[place : place + 3] + b"\xff" for place in range(0, len(noise), 3))
    kept, scaled = Size(30, 60), Size(90, 60)
    opaque = focus(Samples(Size(30, 20), 3, noise), kept, scaled)
    assert focus(Samples(Size(30, 20), 4, data), kept, scaled) == opaque


def test_skin_counts_more_than_other_colours() -> None:
    """Two patches at the same distance from the centre, one with the colour of skin."""
    size = Size(60, 20)
    left = painted(size, (128, 128, 128), Box(4, 6, 12, 14), SKIN)
    both = bytearray(left.data)
    for y in range(6, 14):
        for x in range(48, 56):
            both[3 * (60 * y + x) : 3 * (60 * y + x) + 3] = bytes([141, 172, 220])  # the same, but blue
    assert focus(Samples(size, 3, bytes(both)), Size(20, 20), size).x < WHOLE // 2


def test_a_difference_of_one_level_does_not_move_the_crop() -> None:
    """The resamplers of the engines differ by a level here and there."""
    for seed in range(20):
        source = random.Random(seed)
        place = source.randrange(40)
        preview = painted(Size(60, 40), GREEN, Box(place, 10, place + 12, 30), SKIN)
        other = bytes(min(255, max(0, level + source.choice((-1, 0, 0, 0, 1)))) for level in preview.data)
        kept, scaled = Size(40, 40), Size(60, 40)
        assert focus(preview, kept, scaled) == focus(Samples(preview.size, 3, other), kept, scaled)


@pytest.mark.parametrize(
    ("source", "decoded", "factor"),
    [
        ((64, 48), (64, 48), 1),
        ((65, 48), (65, 48), 2),
        ((48, 129), (48, 129), 4),
        ((4000, 3000), (4000, 3000), 64),
        ((4000, 3000), (500, 375), 8),
        ((4001, 3000), (501, 375), 8),
        ((1, 70_000), (1, 70_000), 2048),
        ((4000, 3000), (40, 30), 1),
    ],
)
def test_a_picture_is_reduced_by_a_power_of_two(
    source: tuple[int, int], decoded: tuple[int, int], factor: int
) -> None:
    """A preview has the same pixels if the decoder has already shrunk the picture."""
    assert reduction(Size(*source), Size(*decoded)) == factor


@given(st.integers(1, 50_000), st.integers(1, 50_000))
def test_a_preview_is_never_larger_than_its_limit(width: int, height: int) -> None:
    factor = reduction(Size(width, height), Size(width, height))
    assert max(width, height) // factor <= PREVIEW_SIDE
    assert factor == 1 or max(width, height) > factor * PREVIEW_SIDE // 2


def test_a_smart_plan_is_decided_on_the_preview() -> None:
    info = SourceInfo(ImageFormat.PNG, Size(300, 100))
    planned = plan(SMART_BOX, info)
    assert planned.smart
    assert planned.crop == Box(100, 0, 200, 100)
    final = decided(planned, painted(Size(60, 20), (0, 0, 0), Box(50, 5, 60, 15), (255, 255, 255)))
    assert final == replace(planned, smart=False, crop=Box(200, 0, 300, 100))


@pytest.mark.parametrize(
    ("spec", "source"),
    [
        (replace(SMART_BOX, gravity=CENTRE), (300, 100)),
        (SMART_BOX, (300, 300)),
        (replace(SMART_BOX, height=None), (300, 100)),
        (replace(SMART_BOX, method=ResizeMethod.PAD), (300, 100)),
    ],
    ids=["centre", "same aspect", "one free side", "pad"],
)
def test_a_plan_is_smart_only_if_it_crops(spec: ThumbnailSpec, source: tuple[int, int]) -> None:
    """Otherwise no preview is made, and the plan stays as it is."""
    planned = plan(spec, SourceInfo(ImageFormat.PNG, Size(*source)))
    assert not planned.smart
    assert decided(planned, Samples(Size(1, 1), 1, b"\0")) is planned


@pytest.mark.parametrize(
    ("source", "size"),
    [((640, 480), (64, 48)), ((300, 900), (21, 64)), ((40, 30), (40, 30)), ((9999, 1), (64, 1))],
)
def test_a_decoder_leaves_enough_pixels_for_the_preview(
    source: tuple[int, int], size: tuple[int, int]
) -> None:
    """Even for a tiny thumbnail."""
    info = SourceInfo(ImageFormat.JPEG, Size(*source))
    floor = plan(replace(SMART_BOX, width=2, height=1), info).decode_floor
    assert floor.width >= 2 * size[0]
    assert floor.height >= 2 * size[1]
