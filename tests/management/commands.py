"""Run the commands as a project does, and make rows for them to work on."""

import json
from io import StringIO
from typing import Any, NamedTuple

from django.core.management import CommandError, call_command
from django.db.models import Model

from advthumb.core.fingerprints import Fingerprint, SourceFacts, content_token, spec_token
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.core.names import ThumbnailName, stem_of
from advthumb.fields import AdvanceThumbnailField
from tests.conftest import upload
from tests.testapp.models import Photo

GENERATE = "generate_thumbnails"
REGENERATE = "regenerate_thumbnails"
SYNC = "sync_thumbnails"
BOTH = (GENERATE, REGENERATE)
ALL = (*BOTH, SYNC)


class Done(NamedTuple):
    """A command that has run."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def outcomes(self) -> dict[str, int]:
        """How many thumbnails had each outcome, without zeros."""
        return {name: count for name, count in self.json["outcomes"].items() if count}

    @property
    def verdicts(self) -> dict[str, int]:
        """How many thumbnails had each verdict, without zeros."""
        return {name: count for name, count in self.json["verdicts"].items() if count}


def run(command: str, *arguments: str, **streams: Any) -> Done:
    """Run a command with the arguments of a command line."""
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command(command, *arguments, **({"stdout": out, "stderr": err} | streams))
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    return Done(code, out.getvalue(), err.getvalue())


def report(command: str, *arguments: str) -> Done:
    """Run a command that reports in JSON."""
    return run(command, "--json", *arguments)


def photo(thumbnail: str = "keep", **upload_options: Any) -> Photo:
    """Return a saved row; `thumbnail` is written to it with a plain UPDATE."""
    row = Photo.objects.create(image=upload(**upload_options))
    if thumbnail != "keep":
        Photo.objects.filter(pk=row.pk).update(thumbnail=thumbnail)
        row.refresh_from_db()
    return row


def wiped(model: type[Model], *names: str) -> Any:
    """Return a new row whose thumbnail columns were emptied with a plain UPDATE."""
    row = model.objects.create(image=upload())
    model.objects.filter(pk=row.pk).update(**dict.fromkeys(names or ["thumbnail"], ""))
    return row


def rows_without_thumbnails(count: int, model: type[Model] = Photo) -> None:
    """Insert rows that share one source."""
    name = model.objects.create(image=upload()).image.name
    model.objects.all().delete()
    model.objects.bulk_create(model(image=name) for _ in range(count))


def broken_photo(name: str = "broken.jpg") -> Photo:
    """Return a saved row whose source is a truncated JPEG; its failure is recorded."""
    file = upload(name)
    file.truncate(len(file) // 2)
    return Photo.objects.create(image=file)


def fresh_name(field: AdvanceThumbnailField, source_name: str) -> str:
    """Return the name under which a fresh thumbnail of a source of 3 bytes would be stored."""
    facts = SourceFacts(source_name, size=3, content=content_token(b"abc"))
    fingerprint = Fingerprint.of(spec_token(field.spec, ImageFormat.JPEG), facts)
    name = ThumbnailName(stem_of(source_name), Size(60, 40), fingerprint, ImageFormat.JPEG, "x7k2m9q")
    return field.upload_to + str(name)
