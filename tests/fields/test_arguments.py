"""The arguments of the field: which are refused, and which appear in migrations."""

import pytest
from django.core.exceptions import ImproperlyConfigured

import advthumb
from advthumb.core.formats import Effort, ImageFormat
from advthumb.core.spec import ResizeMethod
from advthumb.fields import (
    RESIZE_COVER,
    RESIZE_FILL,
    RESIZE_FIT,
    RESIZE_PAD,
    VALID_RESIZE_METHODS,
    AdvanceThumbnailField,
)
from advthumb.processors import Greyscale, Rounded, Sharpen, Watermark

BAD = [
    ("source_field", None),
    ("source_field", ""),
    ("source_field", 3),
    ("size", "300x300"),
    ("size", (300,)),
    ("size", (300, 300, 300)),
    ("size", (None, None)),
    ("size", (0, 300)),
    ("size", (300, -1)),
    ("size", (300, 2.5)),
    ("size", (True, 300)),
    ("resize_method", "stretch"),
    ("resize_method", None),
    ("gravity", "middle"),
    ("gravity", "North"),
    ("gravity", "Smart"),
    ("gravity", None),
    ("gravity", (0.5,)),
    ("gravity", (0.5, 1.1)),
    ("gravity", (-0.1, 0.5)),
    ("gravity", (float("nan"), 0.5)),
    ("gravity", (True, 0.5)),
    ("gravity", ("0.5", 0.5)),
    ("force_regenerate", "yes"),
    ("format", "BMP"),
    ("quality", 0),
    ("quality", 101),
    ("quality", "high"),
    ("quality", True),
    ("effort", "smaller"),
    ("effort", 1),
    ("effort", ""),
    ("progressive", "yes"),
    ("lossless", None),
    ("max_bytes", 0),
    ("max_bytes", 1.5),
    ("max_bytes", "20 kB"),
    ("max_bytes", True),
    ("widths", 400),
    ("widths", (400, "800")),
    ("widths", (400, True)),
    ("widths", (0,)),
    ("widths", (10_000,)),
    ("widths", (400, 400)),
    ("widths", (400, 300)),
    ("widths", tuple(range(1, 10))),
    ("densities", 2),
    ("densities", (1, 0.5)),
    ("densities", (2, True)),
    ("densities", (1, "2")),
    ("densities", (2, 2)),
    ("densities", (1.001,)),
    ("densities", (float("nan"),)),
    ("densities", (34,)),
    ("formats", "AVIF"),
    ("formats", ("BMP",)),
    ("formats", ("AVIF", "AVIF")),
    ("processors", [0.6]),
    ("processors", "sharpen"),
    ("background", "white"),
    ("background", "#12345"),
    ("upscale", None),
    ("animated", 1),
    ("revision", 0),
    ("revision", "2"),
    ("revision", True),
    ("mode", "sometimes"),
    ("mode", True),
]

GOOD = [
    {},
    {"size": (150, 150)},
    {"size": (150, None)},
    {"size": (None, 40), "resize_method": "pad", "background": "#102030"},
    {"resize_method": "fill", "force_regenerate": True},
    {"resize_method": "cover"},
    {"resize_method": "cover", "gravity": "northwest"},
    {"resize_method": "fill", "gravity": (0.25, 0.8)},
    {"resize_method": "fill", "gravity": "smart"},
    {"widths": (400, 1600), "formats": ("AVIF", "WEBP"), "format": "JPEG"},
    {"size": (None, 40), "widths": (400, 200)},
    {"size": (150, 150), "densities": (1, 1.5, 2)},
    {"revision": 2},
    {"mode": "task"},
    {"format": "WEBP", "quality": 70, "upscale": True, "animated": True},
    {"effort": "small", "max_bytes": 20_000},
    {"processors": [Sharpen(0.6), Watermark("brand/mark.png", "nw", opacity=0.5), Greyscale()]},
    {"processors": [Rounded(24)], "format": "PNG"},
    {"effort": "balanced", "progressive": True},
    {"format": "WEBP", "effort": "fast", "lossless": True},
    {"engine": "pillow"},
    {"engine": ["pillow", {"BACKEND": "a.b", "OPTIONS": {"c": 1}}]},
    {"fingerprint_field": "fingerprint", "width_field": "width", "upload_to": "t/", "max_length": 200},
]


@pytest.mark.parametrize(("argument", "value"), BAD)
def test_a_bad_argument_is_refused_by_name_and_value(argument, value):
    arguments = {"source_field": "image", argument: value}
    with pytest.raises(ImproperlyConfigured) as caught:
        AdvanceThumbnailField(**arguments)
    assert argument in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source_field": None}, "AdvanceThumbnailField requires 'source_field' parameter"),
        ({"source_field": 123}, "'source_field' must be a string, got int"),
        ({"size": "300x300"}, "'size' must be a tuple or list, got str"),
        ({"size": (300,)}, "'size' must have exactly 2 elements (width, height), got 1"),
        ({"size": ("300", 300)}, "'size' elements must be integers"),
        ({"size": (0, 300)}, "'size' dimensions must be positive integers"),
        ({"resize_method": "stretch"}, "'resize_method' must be one of ('fit', 'fill', 'cover'"),
    ],
)
def test_messages_contain_the_version_2_messages(arguments, message):
    with pytest.raises(ImproperlyConfigured) as caught:
        AdvanceThumbnailField(**{"source_field": "image"} | arguments)
    assert message in str(caught.value)


def test_a_field_without_arguments_says_that_the_source_field_is_required():
    with pytest.raises(ImproperlyConfigured, match="requires 'source_field' parameter"):
        AdvanceThumbnailField()


@pytest.mark.parametrize("arguments", GOOD)
def test_deconstruct_round_trips_with_non_defaults_only(arguments):
    field = AdvanceThumbnailField(source_field="image", **arguments)
    _name, path, args, kwargs = field.deconstruct()
    assert path == "advthumb.fields.AdvanceThumbnailField"
    assert args == []
    assert kwargs == {"upload_to": "", **arguments, "source_field": "image"}
    again = AdvanceThumbnailField(*args, **kwargs)
    assert again.deconstruct()[1:] == field.deconstruct()[1:]
    assert again.spec == field.spec


@pytest.mark.parametrize("method", ["fit", "pad"])
def test_only_a_method_that_crops_takes_a_gravity(method):
    for gravity in ("north", "smart"):
        with pytest.raises(ImproperlyConfigured, match=f"gravity='{gravity}'; it must be 'center' unless"):
            AdvanceThumbnailField(source_field="image", resize_method=method, gravity=gravity)


def test_a_gravity_is_a_point_of_the_spec():
    for gravity, point in (
        ("center", (500, 500)),
        ("south", (500, 1000)),
        ([0.3333, 1], (333, 1000)),
        ("smart", "smart"),
    ):
        field = AdvanceThumbnailField(source_field="image", resize_method="fill", gravity=gravity)
        assert field.spec.gravity == point


def test_explicit_defaults_are_omitted():
    field = AdvanceThumbnailField(
        source_field="image", size=[300, 300], resize_method="fit", background="#FFF", format=None
    )
    assert field.deconstruct()[3] == {"upload_to": "", "source_field": "image"}


def test_settings_never_get_into_migrations(settings):
    settings.ADVANCE_THUMBNAIL_FORMAT = "WEBP"
    settings.ADVANCE_THUMBNAIL_QUALITY = {"WEBP": 33}
    field = AdvanceThumbnailField(source_field="image")
    assert field.deconstruct()[3] == {"upload_to": "", "source_field": "image"}
    assert field.spec.format is ImageFormat.WEBP
    assert field.spec.quality(ImageFormat.WEBP) == 33


def test_the_field_s_quality_wins_over_the_setting(settings):
    settings.ADVANCE_THUMBNAIL_QUALITY = {"JPEG": 33}
    assert AdvanceThumbnailField(source_field="image").spec.quality(ImageFormat.JPEG) == 33
    field = AdvanceThumbnailField(source_field="image", quality=70)
    assert field.spec.quality(ImageFormat.JPEG) == 70
    assert field.spec.quality(ImageFormat.PNG) is None


def test_the_field_s_effort_wins_over_the_setting(settings):
    settings.ADVANCE_THUMBNAIL_EFFORT = "fast"
    field = AdvanceThumbnailField(source_field="image")
    assert field.spec.effort is Effort.FAST
    assert "effort" not in field.deconstruct()[3]
    assert AdvanceThumbnailField(source_field="image", effort="balanced").spec.effort is Effort.BALANCED


def test_a_field_that_writes_jpeg_cannot_be_lossless():
    with pytest.raises(ImproperlyConfigured, match="lossless=True; it must be False where format is 'JPEG'"):
        AdvanceThumbnailField(source_field="image", format="JPG", lossless=True)
    assert AdvanceThumbnailField(source_field="image", format="PNG", lossless=True).lossless
    any_format = AdvanceThumbnailField(source_field="image", lossless=True).spec
    assert any_format.encoding(ImageFormat.JPEG).quality == 85


def test_attributes_and_constants_of_version_2():
    field = AdvanceThumbnailField(source_field="image", size=[10, 20], resize_method=RESIZE_COVER)
    assert field.source_field_name == "image"
    assert field.size == (10, 20)
    assert field.resize_method == RESIZE_COVER
    assert field.spec.method is ResizeMethod.FILL
    fill = AdvanceThumbnailField(source_field="image", size=(10, 20), resize_method=RESIZE_FILL)
    assert field.spec == fill.spec
    assert field.force_regenerate is False
    assert VALID_RESIZE_METHODS == (RESIZE_FIT, RESIZE_FILL, RESIZE_COVER, RESIZE_PAD)
    assert (RESIZE_FIT, RESIZE_FILL, RESIZE_COVER) == ("fit", "fill", "cover")


def test_public_names():
    assert advthumb.__all__ == sorted(advthumb.__all__, key=lambda name: (name.upper() != name, name))
    for name in advthumb.__all__:
        assert getattr(advthumb, name) is not None
    assert set(advthumb.__all__) <= set(dir(advthumb))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        advthumb.Nothing  # noqa: B018


def test_the_alias_exports_the_same():
    import django_advance_thumbnail
    from django_advance_thumbnail import fields

    for module in (django_advance_thumbnail, fields):
        for name in module.__all__:
            assert getattr(module, name) is getattr(advthumb, name)
