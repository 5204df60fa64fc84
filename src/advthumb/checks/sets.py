"""Checks of responsive sets: whether the storage keeps names, and whether a save waits for slow encoders."""

import logging
import posixpath
from collections.abc import Iterator

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from advthumb import storages
from advthumb.core.fingerprints import Fingerprint
from advthumb.core.formats import Effort, ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName, new_nonce
from advthumb.core.sets import SetCode
from advthumb.core.spec import ThumbnailSpec
from advthumb.fields.column import ThumbnailColumn

logger = logging.getLogger("advthumb")

_MANY_PIXELS = 500_000
"""Encoding this many pixels as AVIF with the default effort takes about half a second."""


def check_set(field: ThumbnailColumn) -> Iterator[checks.CheckMessage]:
    """Check a field that makes several files of each source."""
    try:
        spec = field.spec
    except ImproperlyConfigured:
        return  # the checks of settings report it
    if not (spec.widths or spec.further_formats):
        return
    wanted, given = _named(field)
    if given != wanted:
        yield checks.Error(
            f"The storage, or upload_to, of {field.name!r} gives a file another name: {wanted!r} becomes "
            f"{given!r}. The files of a set are found by the name of the main file.",
            hint="Choose others that keep names, or leave out widths, densities and formats.",
            obj=field,
            id="advthumb.E018",
        )
    if _is_slow(spec) and not field.made_by_task:
        yield checks.Warning(
            f"Each save of a new source makes the AVIF files of {field.name!r}, which takes seconds.",
            hint="Give the field mode='task', or effort='fast', or both.",
            obj=field,
            id="advthumb.W012",
        )


def _named(field: ThumbnailColumn) -> tuple[str, str]:
    """Return the name of a main file, and what it becomes, as far as that is known without storing a file.

    A storage with its own `get_available_name` is asked with a name that no file has. A function as
    `upload_to` needs a row, and is not called.
    """
    fingerprint = Fingerprint("0" * 5, "0" * 7, "0" * 5, "0" * 5)
    code = SetCode((), (1,))
    wanted = str(ThumbnailName("a", Size(2, 2), fingerprint, ImageFormat.JPEG, new_nonce(), code))
    storage = field.storage
    try:
        if callable(field.upload_to):
            given = storage.generate_filename(wanted)
        else:
            given = field.generate_filename(None, wanted)  # type: ignore[arg-type] # no row is needed
        if storages.overwrites(storage) is None:
            given = storage.get_available_name(given)
    except Exception:
        logger.debug("The storage of %s cannot be asked for names", field, exc_info=True)
        return wanted, wanted
    return wanted, posixpath.basename(given)


def _is_slow(spec: ThumbnailSpec) -> bool:
    """Return whether a set has many pixels of AVIF; a free side counts as long as the other one."""
    widths = (spec.width or spec.height or 0, *spec.widths)
    pixels = sum(width * width for width in widths)
    as_avif = ImageFormat.AVIF in (spec.format, *spec.further_formats)
    return as_avif and spec.effort is not Effort.FAST and pixels > _MANY_PIXELS
