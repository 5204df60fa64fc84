"""The daily work of a site: uploads, saves unrelated to the picture, and pages."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connections
from django.db.models import Model
from django.template import engines
from django.test.utils import CaptureQueriesContext
from harness.counting import storage_calls

from tasks import Answer, model_of, start_afresh, timed

_PAGE = "{{ row.thumbnail.url }} {{ row.thumbnail.width }} {{ row.thumbnail.height }}"
_IMAGE = (
    '<img src="{{ row.thumbnail.url }}" width="{{ row.thumbnail.width }}" '
    'height="{{ row.thumbnail.height }}" alt="{{ row.title }}" loading="lazy" decoding="async">'
)


def create(contender: ModuleType, source: str) -> Answer:
    """Time the creation of a row with a fresh upload, and count its queries and reads."""
    model = model_of(contender, "Single")
    answer: Answer = {}
    for measure in (_counted, timed):  # separately, because counting takes time
        start_afresh()
        upload = _upload(source)
        answer |= measure(lambda upload=upload: model.objects.create(title="new", image=upload))
        upload.close()
    return answer | {"made": _paths(contender, model.objects.get())}


def touch(contender: ModuleType, source: str, rows: int, using: str = "default") -> Answer:
    """Time `save()` on that many loaded rows whose pictures do not change, and count its cost."""
    model = model_of(contender, "Single")
    have(model, source, rows, using)
    loaded = list(model.objects.using(using).order_by("pk")[:rows])

    def save_all() -> None:
        for row in loaded:
            row.title = "other"
            row.save(using=using)

    return _counted(lambda: loaded[0].save(using=using), using) | _each(timed(save_all), rows)


def page(contender: ModuleType, source: str, rows: int) -> Answer:
    """Time url, width and height of that many freshly loaded rows, and count their cost.

    `url` in the answer is the time of the plain url, on equally fresh rows.
    """
    model = model_of(contender, "Single")
    have(model, source, rows, "default")

    def read_all(read: Callable[[Any], object]) -> Answer:
        loaded = list(model.objects.order_by("pk")[:rows])
        getattr(contender, "forget_names", bool)()
        return _each(timed(lambda: [read(row.thumbnail) for row in loaded]), rows)

    row = model.objects.first()
    counts = _counted(lambda: engines["django"].from_string(_PAGE).render({"row": row}))
    url = read_all(lambda file: file.url)
    answer = read_all(lambda file: (file.url, file.width, file.height))
    return counts | answer | {"url": url["seconds"]}


def image(contender: ModuleType, source: str, rows: int) -> Answer:
    """Time a template with the `<img>` of that many freshly loaded rows, and count the cost of one.

    A contender has a tag for it (`IMAGE`), or the element is written by hand.
    """
    model = model_of(contender, "Single")
    have(model, source, rows, "default")
    one = getattr(contender, "IMAGE", _IMAGE)
    row = model.objects.first()
    counts = _counted(lambda: engines["django"].from_string(one).render({"row": row}))
    loaded = list(model.objects.order_by("pk")[:rows])
    page = engines["django"].from_string(f"{{% for row in rows %}}{one}{{% endfor %}}")
    getattr(contender, "forget_names", bool)()
    return counts | _each(timed(lambda: page.render({"rows": loaded})), rows)


def picture(contender: ModuleType, source: str, rows: int) -> Answer:
    """Time a template with the `<picture>` of that many rows, and count the cost of one.

    Each has 3 formats and 4 widths. The files do not exist, because a page does not look at them.
    """
    model = model_of(contender, "Single")
    have(model, source, rows, "default")
    loaded = list(model.objects.order_by("pk")[:rows])
    for row in loaded:
        row.thumbnail = contender.with_set(row.thumbnail.name)
    counts = _counted(lambda: engines["django"].from_string(contender.PICTURE).render({"row": loaded[0]}))
    page = engines["django"].from_string(f"{{% for row in rows %}}{contender.PICTURE}{{% endfor %}}")
    contender.forget_names()
    return counts | _each(timed(lambda: page.render({"rows": loaded})), rows)


def _upload(source: str) -> TemporaryUploadedFile:
    """Return a photo as Django provides an upload of this size: in a temporary file."""
    path = Path(source)
    upload = TemporaryUploadedFile(path.name, "image/jpeg", path.stat().st_size, None)
    with path.open("rb") as file:
        shutil.copyfileobj(file, upload)
    upload.seek(0)
    return upload


def have(model: type[Model], source: str, rows: int, using: str) -> None:
    """Make sure that there are that many rows, each with its own source and thumbnail."""
    data, name = Path(source).read_bytes(), Path(source).name
    plain = not hasattr(model._meta.get_field("thumbnail"), "source_field_name")
    for _ in range(rows - model.objects.using(using).count()):
        own = {"thumbnail": ContentFile(data, name)} if plain else {}
        model(title="new", image=ContentFile(data, name), **own).save(using=using)


def _counted(action: Callable[[], object], using: str = "default") -> Answer:
    """Do something once, and return the number of its queries and storage calls."""
    with storage_calls() as calls, CaptureQueriesContext(connections[using]) as queries:
        action()
    return {"queries": len(queries), "storage": dict(calls)}


def _each(answer: Answer, rows: int) -> Answer:
    return {name: value / rows for name, value in answer.items()}


def _paths(contender: ModuleType, row: Any) -> list[str]:
    if not hasattr(contender, "stored"):
        return []
    return [row.thumbnail.storage.path(name) for name in contender.stored(row)]
