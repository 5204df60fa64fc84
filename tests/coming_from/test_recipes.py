"""Small sites built with our peers are moved to advthumb exactly as docs/coming-from says.

A site has pictures, thumbnails that its package made, a row without a picture, and a picture that was
replaced earlier. After each step its page is checked.
"""

import json
from pathlib import Path

import pytest
from PIL import Image

from advthumb.core.names import files_of
from tests.coming_from.recipes import PAGES, Step, read
from tests.coming_from.site import ADD, REPLACE, Site

PEERS = sorted(page.stem for page in PAGES.glob("*.md") if page.stem != "index")


@pytest.fixture
def uploads(tmp_path: Path) -> list[str]:
    """Return the paths of pictures to upload: a plain JPEG, one that is stored rotated, a PNG with alpha."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.effect_noise((900, 600), 60).convert("RGB").save(folder / "beach.jpg")
    Image.linear_gradient("L").resize((900, 600)).convert("RGB").save(folder / "hills.jpg", exif=turned)
    Image.radial_gradient("L").resize((700, 700)).convert("RGBA").save(folder / "logo.png")
    Image.new("RGB", (800, 500), "teal").save(folder / "later.jpg")
    Image.new("RGB", (500, 800), "olive").save(folder / "last.jpg")
    return [str(folder / name) for name in ("beach.jpg", "hills.jpg", "logo.png", "later.jpg", "last.jpg")]


@pytest.mark.parametrize("peer", PEERS)
def test_a_site_moves_without_a_broken_page_a_lost_picture_or_an_orphan(peer, tmp_path, uploads):
    recipe = read(peer)
    *first, replacement, last = uploads
    site = Site(tmp_path / "site", recipe.site)
    site.manage("makemigrations", "shop")
    site.manage("migrate")
    site.script(ADD, *first, "no picture")
    site.look()  # if the page makes the thumbnails, they exist from here on
    site.script(REPLACE, replacement)
    theirs_shown = site.look()
    before_code = {path: (site.folder / path).read_text() for path in recipe.site}
    originals = sources_of(site, uploads)
    theirs = set(site.files()) - set(originals)
    assert len(originals) == 4, "expected one replaced source and three that rows refer to"
    assert len(theirs) >= 4, "this package made no thumbnails, so this test would prove nothing"

    switched = False
    for step in recipe.steps:
        for action in step.actions:
            site.carry_out(action)
        shown = site.look()
        if "generate_thumbnails" in commands(step):
            assert shown == theirs_shown, "the page should still show the peer's thumbnails"
            assert are_fresh(site)
            site.script(ADD, last)
            originals |= sources_of(site, uploads)
            shown = theirs_shown = site.look()
            assert len(site.column(our_columns(site)[0])) == len(site.column("image")) == 4
        ours = set(site.column(our_columns(site)[0]))
        switched = switched or bool(ours & set(shown))
        if step.number in recipe.ways_back:
            back = site.copy(tmp_path / f"back-{step.number}")
            if recipe.ways_back[step.number]:
                back.script("from django.core.cache import cache\ncache.clear()\n")
            check_the_previous_code(back, before_code, uploads[0], ours)
        assert set(shown) >= ours if switched else shown == theirs_shown
        assert originals.items() <= site.files().items(), f"step {step.number} changed or lost a picture"

    assert switched
    assert are_fresh(site)
    names = (name for column in our_columns(site) for name in site.column(column))
    ours = {file for name in names for file in files_of(name)}
    assert set(site.files()) == set(originals) | ours, "a file of the peer or an orphan of ours is left over"
    unused = json.loads(site.manage("prune_thumbnails", "--older-than", "0s", "--json"))
    assert (unused["count"], unused["skipped"]) == (0, [])
    check_the_package_is_not_needed(site)


def sources_of(site: Site, uploads: list[str]) -> dict[str, str]:
    """Return the digests of the uploaded pictures by name, without files that a package made."""
    stems = tuple(Path(path).stem for path in uploads)
    named = set(site.column("image"))
    plain = {f"products/{stem}{suffix}" for stem in stems for suffix in (".jpg", ".png")}
    return {name: digest for name, digest in site.files().items() if name in named | plain}


def commands(step: Step) -> str:
    return "".join(action.text for action in step.actions if not action.path)


def our_columns(site: Site) -> list[str]:
    text = (site.folder / "shop" / "models.py").read_text()
    return [
        line.split()[0] for line in text.splitlines() if "AdvanceThumbnailField(" in line and " = " in line
    ]


def are_fresh(site: Site) -> bool:
    """Return whether each row with a picture has a fresh thumbnail whose file exists."""
    status = json.loads(site.manage("thumbnail_status", "--verify", "stat", "--json"))
    wanted = len(site.column("image"))
    assert len(status["fields"]) == len(our_columns(site))
    assert not status["unread"]
    for counts in status["fields"].values():
        found = {name: count for name, count in counts.items() if name != "level" and count}
        assert found == {"fresh": wanted}, counts
    return True


def check_the_previous_code(back: Site, code: dict[str, str], upload: str, unused: set[str]) -> None:
    """Deploy the previous code on a copy of the site, with our column in its table, and use it.

    Args:
        back: The copy.
        code: The previous code.
        upload: The path of a picture to upload.
        unused: The names in our column.
    """
    for path, text in code.items():
        (back.folder / path).write_text(text)
    back.manage("migrate")
    rows = len(back.column("image"))
    back.script(ADD, upload)
    shown = back.look()
    assert len(back.column("image")) == rows + 1
    assert len(shown) >= rows + 1
    assert not set(shown) & unused, "the page should show the peer's thumbnails again"


def check_the_package_is_not_needed(site: Site) -> None:
    """Without the package, check that migrations match the models and create the tables of a new site."""
    gone = (site.tools / "bin" / "uninstalled").read_text().split()
    assert gone, "the recipe should uninstall the package"
    site.manage("makemigrations", "--check", "--dry-run")
    assert "No planned migration operations" in site.manage("migrate", "--plan")
    assert not [name for name in site.tables() if not name.startswith(("shop_", "django_", "sqlite_"))]
    used = site.folder / "db.sqlite3"
    used.rename(used.with_name("used.sqlite3"))
    site.manage("migrate")
    site.script(ADD, "no picture")
    site.look()
