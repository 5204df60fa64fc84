"""What must always hold between rows and files, checked row by row."""

from collections.abc import Iterable
from pathlib import Path

from django.db.models import Model
from PIL import Image

from advthumb.core.fingerprints import Fingerprint, SourceFacts, content_token
from advthumb.core.names import ThumbnailName, files_of, members
from advthumb.fields import AdvanceThumbnailField
from advthumb.fields.relations import thumbnail_fields

_TOLERANCE = 6
"""By how many levels JPEG and WebP may change the colour of a one-colour picture."""


def violations(rows: Iterable[Model], media: Path) -> list[str]:
    """Return a sentence for each thumbnail that breaks a promise; empty if all are right."""
    found = []
    for row in rows:
        for field in thumbnail_fields(type(row)):
            wrong = _wrong_with(row, field, media)
            if wrong:
                found.append(f"{field} of pk={row.pk}: {wrong}")
    return found


def _wrong_with(row: Model, field: AdvanceThumbnailField, media: Path) -> str:
    """Return what is wrong with one thumbnail, or an empty string; no thumbnail is right too."""
    thumbnail, source = getattr(row, field.attname), getattr(row, field.source_field.attname)
    if not thumbnail:
        return ""
    if not source:
        return f"{thumbnail.name} has no source"
    for file in (thumbnail, source):
        if not (media / file.name).is_file():
            return f"{file.name} is named but missing"
    parsed = ThumbnailName.parse(thumbnail.name)
    if parsed is None:
        return f"{thumbnail.name} has no fingerprint in its name"
    data = (media / source.name).read_bytes()
    facts = SourceFacts(source.name, len(data), content_token(data))
    if parsed.fingerprint != Fingerprint.of(parsed.fingerprint.spec, facts):
        return f"{thumbnail.name} was not made from {source.name}"
    shown = _colour(media / source.name)
    for member in members(thumbnail.name):
        if not (media / member.name).is_file():
            return f"{member.name} is missing from its set"
        colour = _colour(media / member.name)
        if any(abs(one - other) > _TOLERANCE for one, other in zip(colour, shown, strict=True)):
            return f"{member.name} does not show {source.name}: {colour}, {shown}"
    return ""


def _colour(path: Path) -> tuple[int, ...]:
    with Image.open(path) as image:
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


def named(rows: Iterable[Model]) -> set[str]:
    """Return the names of all files of the thumbnails that rows have."""
    return {
        name
        for row in rows
        for field in thumbnail_fields(type(row))
        if getattr(row, field.attname)
        for name in files_of(getattr(row, field.attname).name)
    }


def stored(media: Path) -> set[str]:
    """Return the names of all files in the media folder that are not sources."""
    names = (path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())
    return {name for name in names if not name.startswith("images/")}
