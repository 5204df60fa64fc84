"""The contenders: our engines, version 2.0.1, its peers, and the decode floor, the lowest possible time.

A worker process sets Django up with a contender's apps and imports its module. The module defines
those of these names that its benchmarks need:

    Single, Triple      models with an `image`, and one or three thumbnails of it (None: cannot)
    fill(model, options)    makes all thumbnails of all rows, as the package's documentation says
    IMAGE               a template for the `<img>` of `row`, if there is a tag for it
    stored(row)         returns the storage names of a row's thumbnails, in the order of the sizes
    render(data, name, sizes, lossless)     returns encoded thumbnails of bytes: no storage, no row
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SINGLE_SIZES = ((300, 300),)
TRIPLE_SIZES = ((800, 800), (300, 300), (100, 100))
QUALITY = 85

ENGINES = ("pillow", "vips", "imagemagick")
PREVIEWS = ("pdf", "svg", "raw", "video", "jxl")
"""Our engines for files that are not pictures, or that need a special library."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One participant.

    Attributes:
        name: Its name in tables.
        module: The name of its module in this package.
        apps: What it adds to INSTALLED_APPS.
        at_home: Whether it runs in our environment and not in the peers'.
        engine: Our engine that it stands for, empty for the others.
        settings: What it adds to the settings.
        box: The box that its thumbnails fit, if its API cannot take both sides.
        checkout: The folder of another commit of ours, whose code it runs; None for this one.
    """

    name: str
    module: str
    apps: tuple[str, ...] = ()
    at_home: bool = False
    engine: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    box: tuple[int, int] | None = None
    checkout: str | None = None

    @property
    def elsewhere(self) -> str:
        """A remark on memory that is not measured because other processes use it."""
        return "and its own processes, not measured" if self.engine == "imagemagick" else ""


def ours(engine: str, **options: Any) -> Contender:
    """Return advthumb with one of its engines."""
    reference = {"BACKEND": engine, "OPTIONS": options} if options else engine
    return Contender(
        " ".join(("advthumb", engine, *(f"{name}={value}" for name, value in options.items()))),
        "ours",
        ("advthumb",),
        at_home=True,
        engine=engine,
        settings={"ADVANCE_THUMBNAIL_ENGINE": reference},
    )


BASELINE = Contender("2.0.1", "version_2", ("django_advance_thumbnail",))
PLAIN = Contender("plain ImageFields", "plain", at_home=True)
FLOOR = Contender("decode floor", "floor", at_home=True)
PROGRAM = Contender("vipsthumbnail", "vips_thumbnail", at_home=True)
PEERS = (
    Contender("sorl", "sorl_thumbnail", ("sorl.thumbnail",)),
    Contender("easy-thumbnails", "easy", ("easy_thumbnails",)),
    Contender("imagekit", "image_kit", ("imagekit",)),
    Contender("stdimage", "std_image"),
    Contender(
        "versatileimagefield",
        "versatile",
        ("versatileimagefield",),
        settings={"VERSATILEIMAGEFIELD_SETTINGS": {"jpeg_resize_quality": QUALITY}},
    ),
    Contender(
        "pictures",
        "pictures_field",
        ("pictures",),
        settings={
            "PICTURES": {
                "CONTAINER_WIDTH": 300,
                "GRID_COLUMNS": 1,
                "PIXEL_DENSITIES": [1],
                "FILE_TYPES": ["JPEG"],
                "PROCESSOR": "pictures.tasks._process_picture",
            }
        },
        box=(300, 10_000),
    ),
)
