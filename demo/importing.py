"""Save every sample through the field, as an upload would, and report the results."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from django.core.files import File
from PIL import Image
from PIL.ExifTags import Base
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from advthumb import ThumbnailError
from advthumb.signals import thumbnail_failed
from expectations import FIELDS
from gallery.models import Photo
from samples import Sample

_COLUMNS = "{:18} {:5} {:>11} {:>4} {:>7} {:8} {:>9} {:>8} {:>8} {:>6}  {}"


@dataclass
class Upload:
    """One saved sample: the row, the time of `save()`, and the reason if there is no thumbnail."""

    sample: Sample
    path: Path
    photo: Photo
    milliseconds: float
    error: ThumbnailError | None


def upload_all(files: list[tuple[Sample, Path]]) -> list[Upload]:
    """Save all samples, one by one, with a progress bar on a terminal."""
    errors: list[ThumbnailError] = []

    def note_error(error: ThumbnailError, **_: object) -> None:
        errors.append(error)

    thumbnail_failed.connect(note_error)
    uploads = []
    with logging_redirect_tqdm():  # So that a logged error does not break the bar.
        for sample, path in tqdm(files, desc="Saving photos", unit="photo", disable=None):
            errors.clear()
            with path.open("rb") as stream:
                photo = Photo(title=sample.name, image=File(stream, name=sample.name))
                started = perf_counter()
                photo.save()
                milliseconds = (perf_counter() - started) * 1000
            uploads.append(Upload(sample, path, photo, milliseconds, errors[0] if errors else None))
    thumbnail_failed.disconnect(note_error)
    return uploads


def table(uploads: list[Upload]) -> Iterator[str]:
    """Return the lines of a table: the source, the result, its time and why the sample is here."""
    heads = ("source", "kind", "pixels", "EXIF", "MB", "result", *FIELDS, "ms", "why")
    yield _COLUMNS.format(*heads)
    for upload in uploads:
        sample, photo = upload.sample, upload.photo
        made = [getattr(photo, field) for field in FIELDS]
        with Image.open(upload.path) as source:
            kind, pixels = source.format, "{} x {}".format(*source.size)
            orientation = source.getexif().get(Base.Orientation, "-")
        yield _COLUMNS.format(
            sample.name,
            kind or "?",
            pixels,
            orientation,
            f"{upload.path.stat().st_size / 1e6:.1f}",
            upload.error.code if upload.error else "made",
            *(f"{file.width}x{file.height}" if file else "-" for file in made),
            f"{upload.milliseconds:.0f}",
            sample.why,
        )
