"""Every picture of the test suite, made in code: functions and constants, most of them bytes of a file.

`pixels` are arrays, `files` turn them into ordinary files; the others make what Pillow cannot: turned
(`oriented`), coloured (`profiles`, `inks`), deep (`png`), tiled (`heif`), talkative (`metadata`) and
malicious (`hostile`).
"""

from .files import animated, as_image, encode, gradient, multipage_tiff, plain, save, timed
from .heif import HeifPart, Properties, heif, heif_box, heif_grid, heif_property
from .hostile import (
    BOMBS,
    EMPTY,
    EPS,
    PDF,
    RASTER_FORMATS,
    SVG,
    TEXT,
    UNSUPPORTED,
    corrupt_png,
    header_only,
    png_bomb,
    tiff_without_its_strips,
    truncated,
    truncated_progressive_jpeg,
)
from .inks import cmyk_jpeg, cmyk_tiff, without_profile, ycck_jpeg
from .metadata import METADATA_FORMATS, SECRETS, TRACES, broken_exif_jpeg, camera_exif, with_metadata
from .oriented import ORIENTED_FORMATS, exif_directory, orientation_exif, oriented, stored_pixels
from .parts import Part, apng_of, gif_of, webp_of
from .pixels import (
    CORNERS,
    Colour,
    Pixels,
    corner_pixels,
    gradient_pixels,
    halves_pixels,
    noise_pixels,
    photo_pixels,
    plain_pixels,
)
from .png import low_bit_grey_png, palette_png, png16
from .profiles import (
    ADOBE,
    P3,
    SWAPPED,
    RGBProfile,
    grey_in_srgb,
    grey_profile,
    lab_tiff,
    swapped_ink_profile,
)

__all__ = [
    "ADOBE",
    "BOMBS",
    "CORNERS",
    "EMPTY",
    "EPS",
    "METADATA_FORMATS",
    "ORIENTED_FORMATS",
    "P3",
    "PDF",
    "Part",
    "RASTER_FORMATS",
    "SECRETS",
    "SVG",
    "SWAPPED",
    "TEXT",
    "TRACES",
    "UNSUPPORTED",
    "Colour",
    "HeifPart",
    "Pixels",
    "Properties",
    "RGBProfile",
    "animated",
    "as_image",
    "broken_exif_jpeg",
    "camera_exif",
    "cmyk_jpeg",
    "cmyk_tiff",
    "corner_pixels",
    "corrupt_png",
    "encode",
    "exif_directory",
    "gradient",
    "gradient_pixels",
    "grey_in_srgb",
    "grey_profile",
    "halves_pixels",
    "header_only",
    "heif",
    "heif_box",
    "heif_grid",
    "heif_property",
    "lab_tiff",
    "low_bit_grey_png",
    "multipage_tiff",
    "noise_pixels",
    "orientation_exif",
    "oriented",
    "palette_png",
    "photo_pixels",
    "plain",
    "plain_pixels",
    "png16",
    "png_bomb",
    "save",
    "stored_pixels",
    "swapped_ink_profile",
    "tiff_without_its_strips",
    "timed",
    "truncated",
    "truncated_progressive_jpeg",
    "with_metadata",
    "without_profile",
    "ycck_jpeg",
]
