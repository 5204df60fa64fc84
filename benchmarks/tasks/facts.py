"""What a package does in situations that every site meets: observed from outside, and counted.

If a package raises an exception, this is an answer here, not an error: the name of the exception.
"""

import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.management import load_command_class
from django.db import connection, transaction
from django.template import engines
from django.test.utils import CaptureQueriesContext
from harness.counting import file_calls
from harness.shown import Shown
from PIL import Image

from tasks import Answer, start_afresh


def picture(contender: ModuleType, source: str, folder: str) -> Answer:
    """Save a row with a picture and open its page.

    Returns:
        `save` and `page`: what was raised, or None. `at_save`: how many thumbnails the save made.
        `made`: copies of the thumbnails that the page shows, in the folder. `lost`: names on the page whose
        file is missing. `empty`: whether the page has an `<img>` without a source.
    """
    start_afresh()
    _, save = _tried(lambda: _create(contender, source))
    at_save = len(_thumbnails(source))
    html, page = _tried(lambda: _page(contender))
    shown = Shown.names(html or "")
    made = [shutil.copy(path, folder) for path in map(_path, shown) if path.is_file()]
    lost = [name for name in shown if not _path(name).is_file()]
    empty = 'src=""' in (html or "")
    return {"save": save, "page": page, "at_save": at_save, "made": made, "lost": lost, "empty": empty}


def page_costs(contender: ModuleType, source: str, rows: int) -> Answer:
    """Count queries and storage calls for a page whose thumbnails all exist.

    `restarted` is the first page after the cache was emptied, `again` the one after it. The query that loads
    the rows is not counted.
    """
    start_afresh()
    for _ in range(rows):
        _create(contender, source)
    _page(contender)
    _forget(contender)
    cache.clear()
    return {"restarted": _counted(contender), "again": _counted(contender)}


def changed_size(contender: ModuleType, source: str) -> Answer:
    """Change the size in the code, and return the longer side of what the page shows.

    Returns:
        `at_once`: right after the change; `updated`: after thumbnails of the whole table were made in the
        package's own way; `update`: what that raised. `old_files`: how many files of the old size are left.
    """
    start_afresh()
    _create(contender, source)
    _page(contender)
    before = _thumbnails(source)
    cache.clear()
    answer: Answer = {"at_once": _side(contender, contender.Resized)}
    _, answer["update"] = _tried(lambda: getattr(contender, "update", contender.fill)(contender.Resized, ()))
    answer["updated"] = _side(contender, contender.Resized)
    answer["old_files"] = len(before & _thumbnails(source))
    return answer


def replaced(contender: ModuleType, source: str, other: str) -> Answer:
    """Replace a picture, then delete the row, and count the thumbnails that are no longer needed."""
    start_afresh()
    row = _create(contender, source)
    _page(contender)
    before = _thumbnails(source, other)
    row.image = ContentFile(Path(other).read_bytes(), Path(other).name)
    row.save()
    _page(contender)
    left = len(before & _thumbnails(source, other))
    of_the_row = _thumbnails(source, other) - before
    row.delete()
    return {"left_by_replacing": left, "left_by_deleting": len(of_the_row & _thumbnails(source, other))}


def rolled_back(contender: ModuleType, source: str, other: str) -> Answer:
    """Replace a picture in a transaction that is rolled back.

    Returns:
        `same`: whether the page is as before, with all files; `raised`: what it raised; `left`: how many new,
        unneeded thumbnails are left.
    """
    start_afresh()
    row = _create(contender, source)
    before_page, before = _page(contender), _thumbnails(source, other)
    row.image = ContentFile(Path(other).read_bytes(), Path(other).name)
    with transaction.atomic():
        row.save()
        transaction.set_rollback(True)
    html, raised = _tried(lambda: _page(contender))
    lost = [name for name in Shown.names(html or "") if not _path(name).is_file()]
    return {
        "raised": raised,
        "same": html == before_page and not lost,
        "left": len(_thumbnails(source, other) - before),
    }


def command(contender: ModuleType, app: str, source: str) -> Answer:
    """Return which commands an app has, and what the one that makes thumbnails of a whole table does."""
    start_afresh()
    module = import_module(app)
    folders = [str(Path(folder) / "management" / "commands") for folder in module.__path__]
    names = sorted(found.name for found in iter_modules(folders))
    wanted: tuple[str, ...] = getattr(contender, "COMMAND", ())
    if not wanted:
        return {"commands": names, "fills": "", "raised": None, "made": 0}
    (Path(settings.MEDIA_ROOT) / "photos" / "stored.jpg").write_bytes(Path(source).read_bytes())
    contender.Single.objects.bulk_create([contender.Single(image="photos/stored.jpg")])
    name, *arguments = wanted
    argv = ["manage.py", name, *arguments]
    _, raised = _tried(lambda: load_command_class(app, name).run_from_argv(argv))
    return {"commands": names, "fills": name, "raised": raised, "made": len(_thumbnails(source))}


def _create(contender: ModuleType, source: str) -> Any:
    path = Path(source)
    return contender.Single.objects.create(image=ContentFile(path.read_bytes(), path.name))


def _page(contender: ModuleType, model: Any = None) -> str:
    rows = list((model or contender.Single).objects.order_by("pk"))
    template = contender.RESIZED_PAGE if model and hasattr(contender, "RESIZED_PAGE") else contender.PAGE
    return engines["django"].from_string(template).render({"rows": rows})


def _counted(contender: ModuleType) -> Answer:
    with CaptureQueriesContext(connection) as queries, file_calls() as calls:
        _page(contender)
    return {"queries": len(queries) - 1, "storage": dict(calls)}


def _side(contender: ModuleType, model: Any) -> int | str:
    """Return the longer side of the first picture that a page shows, or what is wrong with it."""
    html, raised = _tried(lambda: _page(contender, model))
    paths = [_path(name) for name in Shown.names(html or "")]
    if raised or not paths:
        return raised or "no picture"
    # If a page offers several, the first one is measured.
    if not paths[0].is_file():
        return "file missing"
    with Image.open(paths[0]) as image:
        return max(image.size)


def _thumbnails(*sources: str) -> set[str]:
    """Return the files in the media folder that are not uploads: their bytes differ from the sources."""
    uploaded = [Path(source).read_bytes() for source in sources]
    root = Path(settings.MEDIA_ROOT)
    paths = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)) for path in paths if path.read_bytes() not in uploaded}


def _path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


def _forget(contender: ModuleType) -> None:
    getattr(contender, "forget_names", bool)()


def _tried(action: Callable[[], Any]) -> tuple[Any, str | None]:
    """Return the result of something, and the name of the exception that it raises."""
    try:
        return action(), None
    except SystemExit as ended:
        return None, None if not ended.code else f"exit code {ended.code}"
    except Exception as error:  # noqa: BLE001 - any exception is an answer
        return None, type(error).__name__
