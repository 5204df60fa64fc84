"""A small Django site in a separate folder, with pages, uploads and a database."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.coming_from.recipes import Action, change

SETTINGS = """\
from pathlib import Path

BASE_DIR = Path(__file__).parents[1]
SECRET_KEY = "a site for tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "config.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
MEDIA_ROOT = BASE_DIR / "media"
MEDIA_URL = "/media/"
USE_TZ = True
# Shared by the processes of a site, as on a server.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": BASE_DIR / "cache-of-the-site",
    }
}

"""
URLS = """\
from django.shortcuts import render
from django.urls import path

from shop.models import Product


def products(request):
    return render(request, "shop/products.html", {"products": Product.objects.order_by("pk")})


urlpatterns = [path("", products)]
"""
MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
execute_from_command_line(sys.argv)
"""
# The pip commands of the recipes must not change the test environment: packages are hidden instead.
PIP = """\
#!/bin/bash
[ "$1 $2" = "uninstall -y" ] || { echo "pip $* is not expected in a recipe" >&2; exit 1; }
echo "$3" >>"$(dirname "$0")/uninstalled"
"""
HIDE = """\
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

gone = Path(__file__).parents[1] / "bin" / "uninstalled"
names = gone.read_text().split() if gone.exists() else []
hidden = names and {top for top, owners in packages_distributions().items() if set(owners) & set(names)}


class Hide:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}: it was uninstalled", name=name)


sys.meta_path.insert(0, Hide)
"""
ADD = """\
import sys
from pathlib import Path

from django.core.files import File

from shop.models import Product

for name in sys.argv[1:]:
    product = Product.objects.create(name=name)
    if Path(name).exists():
        with open(name, "rb") as stream:
            product.image.save(Path(name).name, File(stream))
"""
REPLACE = """\
import sys
from pathlib import Path

from django.core.files import File

from shop.models import Product

product = Product.objects.exclude(image="").earliest("pk")
with open(sys.argv[1], "rb") as stream:
    product.image.save(Path(sys.argv[1]).name, File(stream))
"""
LOOK = """\
import json
from html.parser import HTMLParser

from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image


class Pictures(HTMLParser):
    shown = ()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        listed = [each.split()[0] for each in (values.get("srcset") or "").split(",") if each.strip()]
        source = [values["src"]] if tag == "img" else []
        self.shown = (*self.shown, *source, *listed)


response = Client().get("/")
assert response.status_code == 200, response
parser = Pictures()
parser.feed(response.text)
names = [url.removeprefix(settings.MEDIA_URL) for url in parser.shown]
for name in names:
    with default_storage.open(name) as file, Image.open(file) as image:
        image.load()
print(json.dumps(names))
"""
SETUP = """\
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
"""


class Site:
    """The site in a folder; every action runs in a separate process, as on a server."""

    def __init__(self, folder: Path, files: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.tools = folder.parent / f"{folder.name}-tools"
        if files is None:
            return
        own = {"manage.py": MANAGE, "config/urls.py": URLS, "config/__init__.py": "", "shop/__init__.py": ""}
        own["shop/migrations/__init__.py"] = ""
        for path, text in (own | files).items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text if path != "config/settings.py" else SETTINGS + text)
        for path, text in {"bin/pip": PIP, "hide/sitecustomize.py": HIDE}.items():
            place = self.tools / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            place.chmod(0o755)

    def copy(self, folder: Path) -> "Site":
        """Return a copy of the site in another folder, with all packages installed."""
        shutil.copytree(self.folder, folder)
        there = Site(folder)
        shutil.copytree(self.tools, there.tools, ignore=shutil.ignore_patterns("uninstalled"))
        return there

    def carry_out(self, action: Action) -> None:
        """Carry out a block of a recipe."""
        if action.path:
            place = self.folder / action.path
            place.write_text(change(place.read_text(), action.text))
        else:
            self.run("bash", "-euc", action.text)

    def run(self, *command: str) -> str:
        """Run a command in the folder of the site and return what it printed; it must succeed."""
        path = os.pathsep.join(
            [str(self.tools / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PY"))}
        env = clean | {"PATH": path, "PYTHONPATH": str(self.tools / "hide")}
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        assert not done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def manage(self, *arguments: str) -> str:
        """Run manage.py."""
        return self.run("python", "manage.py", *arguments)

    def script(self, code: str, *arguments: str) -> str:
        """Run code in the site."""
        return self.run("python", "-c", SETUP + code, *arguments)

    def look(self) -> list[str]:
        """Open the page, decode every picture on it in full, and return their names."""
        return json.loads(self.script(LOOK))

    def files(self) -> dict[str, str]:
        """Return the digest of every file of the media folder, by name."""
        root = self.folder / "media"
        places = (place for place in root.rglob("*") if place.is_file())
        return {
            str(place.relative_to(root)): hashlib.sha256(place.read_bytes()).hexdigest() for place in places
        }

    def column(self, name: str) -> list[str]:
        """Return the values of a column of the products, without empty ones."""
        return [value for (value,) in self.query(f"SELECT {name} FROM shop_product ORDER BY id") if value]

    def tables(self) -> set[str]:
        """Return the names of the tables."""
        return {name for (name,) in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def query(self, sql: str) -> Iterable[tuple[str, ...]]:
        """Ask the database."""
        connection = sqlite3.connect(self.folder / "db.sqlite3")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
