"""What the web process of a site with workers does: `python -m tests.background.site create 300`."""

import json
import sys
from collections import Counter

import django


def create(count: int) -> None:
    """Upload pictures."""
    from tests.conftest import upload
    from tests.testapp.models import Photo

    for number in range(count):
        Photo.objects.create(image=upload(f"{number}.jpg", size=(400, 300)))


def report() -> None:
    """Print what there is: thumbnails by verdict, files that no row names, and tasks in the database."""
    from django.apps import apps
    from django.core.files.storage import default_storage

    from tests.testapp.models import Photo

    verdicts = Counter(photo.thumbnail.status for photo in Photo.objects.all())
    named = set(Photo.objects.values_list("thumbnail", flat=True))
    files = {f"thumbnails/{name}" for name in default_storage.listdir("thumbnails")[1]}
    tasks = {}
    if apps.is_installed("django_tasks_db"):
        results = apps.get_model("django_tasks_database", "DBTaskResult").objects
        tasks = Counter(results.values_list("status", flat=True))
    found = {"verdicts": verdicts, "unused": sorted(files - named), "tasks": tasks}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    django.setup()
    name, *arguments = sys.argv[1:]
    {"create": create, "report": report}[name](*map(int, arguments))
