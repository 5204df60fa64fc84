"""The nginx configuration of docs/csp-and-caching.md runs, and sends the headers that the page promises."""

import os
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from tests.conftest import upload
from tests.testapp.models import Photo

from .blocks import ROOT, all_blocks, blocks_of
from .nginx_blocks import Server, program, serving

PAGE = ROOT / "docs" / "csp-and-caching.md"
BLOCKS = [block for block in blocks_of(PAGE) if block.language == "nginx"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not program() and not os.environ.get("ADVTHUMB_REQUIRE_NGINX"),
        reason="nginx is not installed (Debian: nginx-light)",
    ),
]


@pytest.fixture
def server(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return an nginx with all blocks of the page, as a site has them."""
    with serving(BLOCKS, media, tmp_path_factory.mktemp("nginx")) as running:
        yield running


@pytest.fixture
def photo(media: Path) -> Photo:
    """Return a row with a picture and its thumbnail."""
    return Photo.objects.create(image=upload("beach.jpg"))


def promised() -> str:
    """Return the header for thumbnails that the page shows before any configuration."""
    header = next(block.text for block in blocks_of(PAGE) if block.language == "text")
    return header.removeprefix("Cache-Control: ").strip()


def protection(headers: Message) -> tuple[str | None, ...]:
    """Return the headers that keep an upload from running in the site's own origin."""
    return tuple(headers[name] for name in ("Content-Disposition", "Content-Security-Policy"))


def test_every_nginx_block_is_run() -> None:
    assert [block for block in all_blocks() if block.language == "nginx"] == BLOCKS


def test_a_thumbnail_may_be_cached_forever(server: Server, photo: Photo) -> None:
    status, headers, body = server.get(photo.thumbnail.url)
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert body == Path(photo.thumbnail.path).read_bytes()
    assert headers["Cache-Control"] == promised()
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert protection(headers) == (None, None)


def test_a_missing_thumbnail_is_not_cached(server: Server, photo: Photo) -> None:
    """Otherwise a page that was shown too early would miss its picture for a year."""
    status, headers, _ = server.get(f"{photo.thumbnail.url}.gone")
    assert (status, headers["Cache-Control"]) == (404, None)


@pytest.mark.parametrize("name", ["drawing.svg", "page.html", "beach.jpg"])
def test_an_upload_cannot_run_in_the_sites_origin(server: Server, media: Path, name: str) -> None:
    (media / "images").mkdir()
    (media / "images" / name).write_bytes(b"<script>alert(1)</script>")
    status, headers, _ = server.get(f"/media/images/{name}")
    assert status == 200
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert protection(headers) == ("attachment", "sandbox; default-src 'none'")
    assert headers["Cache-Control"] is None
