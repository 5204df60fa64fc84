"""The engine `svg`: what is shown of a drawing, and what a drawing cannot do."""

import base64
import gzip
import os
import subprocess
import sys
import zlib
from functools import reduce
from pathlib import Path

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.previews import SvgEngine
from advthumb.exceptions import EngineUnavailable
from advthumb.testing.contract.rendering import (
    assert_close,
    probe,
    quarters,
    refusal,
    render,
    rgb,
    rgba,
    told,
    wanted,
)
from advthumb.testing.pictures.png import GREY, chunk, header
from tests.children import ROOT
from tests.pictures import plain
from tests.pictures.pages import NAMESPACES, quartered_drawing, svg

from .conftest import had

RED = (255, 0, 0, 255)
NOTHING = (0, 0, 0, 0)
CORNERS = ((255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 0))


@pytest.fixture(scope="module")
def engine() -> ThumbnailEngine:
    return had("svg")


@pytest.fixture(scope="module")
def quick() -> SvgEngine:
    """Return an engine with a time limit of three seconds."""
    had("svg")
    return SvgEngine(timeout=3, workers=1)


def place(engine: ThumbnailEngine, data: bytes, left: float = 0.5, top: float = 0.5) -> tuple[int, ...]:
    """Return the pixel at a position: 0 to 1 from the left and from the top."""
    pixels = rgba(render(engine, data, wanted(100, 100)))
    return tuple(pixels[int(top * pixels.shape[0]), int(left * pixels.shape[1])].tolist())


# The size


@pytest.mark.parametrize(
    ("root", "size", "corner"),
    [
        ('width="200" height="100"', (2048, 1024), ("100", "50")),
        ('width="200mm" height="100mm"', (2048, 1024), ("100mm", "50mm")),
        ('width="2in" height="96"', (2048, 1024), ("1in", "48")),
        ('viewBox="0 0 16 16"', (2048, 2048), ("8", "8")),
        ('viewBox="0 0 16 8" width="100%" height="100%"', (2048, 1024), ("8", "4")),
        ('viewBox="0 0 16 8" height="400"', (2048, 1024), ("8", "4")),
        ("", (2048, 1024), ("150", "75")),
        ('width="100%"', (2048, 1024), ("150", "75")),
        ('width="600" height="75%"', (2048, 512), ("300", "75")),
        ('width="100000" height="100000"', (2048, 2048), ("50%", "50%")),
        ('width="1e9" height="1e9"', (2048, 2048), ("50%", "50%")),
        ('width=".01" height="1e-2"', (2048, 2048), ("50%", "50%")),
        ('width="-5" height="nan"', (2048, 1024), ("50%", "50%")),
        ('width="200" height="100" style="width:5px;height:5px"', (2048, 1024), ("100", "50")),
        ('width="200" height="100" style="width:5px ! important"', (2048, 1024), ("100", "50")),
    ],
)
def test_a_drawing_is_shown_whole_at_the_size_that_browsers_give_it(engine, root, size, corner) -> None:
    data = svg(quartered_drawing(*corner), root)
    assert probe(engine, data).size == size
    assert_close(quarters(rgb(render(engine, data, wanted(200, 200)))), CORNERS, 1)


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('width="1e9" height="1"', (2048, 1)),
        ('viewBox="0 0 1 1e30"', (1, 2048)),
        ('viewBox="0 0 1e300 1e299"', (2048, 205)),
    ],
)
def test_an_extreme_aspect_ratio_keeps_at_least_one_pixel_per_side(engine, root, size) -> None:
    data = svg('<rect width="100%" height="100%"/>', root)
    assert probe(engine, data).size == size
    assert max(render(engine, data, wanted(64, 64)).size) == 64


@pytest.mark.parametrize("root", ['width="0" height="0"', 'width="0" height="9"'])
def test_a_drawing_without_a_size_is_corrupt(engine, root) -> None:
    assert refusal(engine, svg("<rect/>", root)).code is ErrorCode.CORRUPT


def test_a_style_that_gives_another_size_is_overruled(engine) -> None:
    style = "<style>svg, :root { width: 9999px !important; height: 7px !important }</style>"
    data = svg(style + quartered_drawing(), 'id="a" width="200" height="100"')
    assert_close(quarters(rgb(render(engine, data, wanted(200, 200)))), CORNERS, 1)


def test_a_style_that_cannot_be_overruled_is_unsupported(engine) -> None:
    data = svg("", 'width="200" height="100" style="width: 1e9px !/**/important"')
    error = refusal(engine, data)
    assert (error.code, "the style of the drawing" in error.message) == (ErrorCode.UNSUPPORTED, True)


def test_small_icons_are_sharp_at_any_size(engine) -> None:
    """An edge of a 16 px icon is as sharp in an 800 px thumbnail as an edge of a photo."""
    data = svg('<rect width="8" height="16"/>', 'width="16" height="16"')
    row = rgba(render(engine, data, wanted(800, 800)))[400, :, 3]
    assert row[:398].min() > 250
    assert row[402:].max() < 5


# What is shown


def test_the_background_of_a_drawing_is_transparent(engine) -> None:
    data = svg('<circle cx="50" cy="50" r="25" fill="red" fill-opacity="0.5"/>', 'viewBox="0 0 100 100"')
    assert probe(engine, data).has_alpha
    assert render(engine, data, wanted(output=None)).format is ImageFormat.PNG
    assert_close(place(engine, data), (255, 0, 0, 128), 1)
    assert place(engine, data, 0, 0) == NOTHING
    flat = rgb(render(engine, data, wanted(100, 100, "PNG", background=(0, 0, 255), method="pad")))
    assert flat.shape == (100, 100, 3)
    jpeg = rgb(render(engine, data, wanted(100, 100, "JPEG", background=(0, 0, 255))))
    assert_close(jpeg[50, 50], (128, 0, 127))
    assert_close(jpeg[2, 2], (0, 0, 255))


def test_pictures_in_the_file_are_shown(engine) -> None:
    assert place(engine, svg(picture(plain(8, 8, (255, 0, 0), "PNG")))) == RED


@pytest.mark.parametrize(
    "kind",
    [
        '<feGaussianBlur stdDeviation="9"/>',
        '<feDropShadow dx="30" dy="0" stdDeviation="3"/>',
        '<feDiffuseLighting><feDistantLight azimuth="9" elevation="60"/></feDiffuseLighting>',
    ],
)
def test_filters_that_threads_compute_are_drawn(engine, kind: str) -> None:
    """Shadows above all. The threads run before the process is sealed."""
    square = '<rect x="60" y="30" width="80" height="40" fill="red" filter="url(#f)"/>'
    assert place(engine, svg(f'<filter id="f">{kind}</filter>{square}'))[3] > 100


def test_xml_entities_prefixes_and_encodings_are_supported(engine) -> None:
    doctype = '<!DOCTYPE svg [<!ENTITY side "16"><!ENTITY c "re">]>'
    data = svg(
        '<rect width="8" height="8" fill="&c;d"/>',
        'viewBox="0 0 &side; &side;"',
        f"<?xml version='1.0'?>{doctype}",
    )
    assert place(engine, data, 0.2, 0.2) == RED
    prefixed = (
        b'<!DOCTYPE svg><s:svg xmlns:s="http://www.w3.org/2000/svg" width="9" height="9">'
        b'<s:rect width="9" height="9" fill="red"/></s:svg>'
    )
    assert place(engine, prefixed) == RED
    latin = svg("<rect width='100%' height='100%' fill='red'/>", 'width="9" height="9" id="\u00e9>\u00ab"')
    latin = b"<?xml version='1.0' encoding='iso-8859-1'?>" + latin.decode().encode("latin-1")
    assert place(engine, latin) == RED


def test_scripts_and_browser_only_content_are_ignored(engine) -> None:
    data = svg(
        """<rect width="100%" height="100%" fill="red" onload="this.remove()"/>
        <script>document.documentElement.remove()</script>
        <foreignObject width="100%" height="100%"><p xmlns="http://www.w3.org/1999/xhtml">no</p></foreignObject>"""
    )
    assert place(engine, data) == RED


# Text


def writing(*styles: str) -> bytes:
    each = (
        f'<text x="5" y="{20 * at + 14}" style="{style}">Hamburg</text>' for at, style in enumerate(styles)
    )
    return svg("".join(each), f'viewBox="0 0 100 {20 * len(styles)}" font-size="12"')


def rows(engine: ThumbnailEngine, *styles: str) -> list[bytes]:
    """Return the pixels of a word drawn in each style."""
    alpha = rgba(render(engine, writing(*styles), wanted(200, 40 * len(styles))))[:, :, 3]
    return [alpha[40 * at : 40 * at + 40].tobytes() for at in range(len(styles))]


needs_fonts = pytest.mark.skipif(
    not any(Path("/usr/share/fonts").rglob("*.[ot]tf")), reason="no fonts are installed here"
)
FACES = (
    "font-family:serif",
    "font-family:serif;font-weight:bold",
    "font-family:serif;font-style:italic",
    "font-family:sans-serif",
    "font-family:sans-serif;font-weight:bold",
    "font-family:sans-serif;font-style:italic",
    "font-family:monospace",
    "font-family:monospace;font-weight:bold",
)


@needs_fonts
def test_text_in_any_font_is_drawn_in_one_of_eight_fonts(engine) -> None:
    others = {
        "": "font-family:serif",
        "font-family:Times New Roman": "font-family:serif",
        "font-family:Georgia,Arial": "font-family:serif",
        "font-weight:900;font-style:italic": "font-family:serif;font-weight:bold",
        "font-family:Arial": "font-family:sans-serif",
        "font-family:Some Font,serif": "font-family:sans-serif",
        "font-family:Arial;font-weight:600;font-stretch:condensed": "font-family:sans-serif;font-weight:bold",
        "font-family:Courier New": "font-family:monospace",
        "font-family:Fira Mono;font-style:oblique": "font-family:monospace",
    }
    styles = [*FACES, *others]
    written = dict(zip(styles, rows(engine, *styles), strict=True))
    assert {style: written[style] == written[face] for style, face in others.items()} == dict.fromkeys(
        others, True
    )
    assert all(any(word) for word in written.values())


@needs_fonts
def test_a_drawing_with_many_fonts_does_not_affect_later_drawings() -> None:
    """The libraries close fonts not used recently, and a sealed process cannot reopen them."""
    had("svg")
    engine = SvgEngine(workers=1)
    before = rows(engine, *FACES)
    pid = engine._pool._idle[0].pid
    sizes = (f'<text y="50" font-family="serif" font-size="{10 + at / 10}">A</text>' for at in range(400))
    assert render(engine, svg("".join(sizes))).size == (50, 25)
    scripts = (
        "\u0928\u092e\u0938",
        "\u0e44\u0e17",
        "\uac00",
        "\u0623\u0628",
        "\U0001f600",
        "\u1200",
        "\u13a0",
    )
    strange = (
        f'<text y="50" font-family="{name}">{script}</text>' for script in scripts for name in ("serif", "x")
    )
    assert render(engine, svg("".join(strange))).size == (50, 25)
    assert rows(engine, *FACES) == before
    assert engine._pool._idle[0].pid == pid


WITHOUT_FONTS = """
import sys
from types import MappingProxyType
import django.conf
django.conf.settings.configure()
from advthumb.engines.previews import SvgEngine
from advthumb.testing.contract.rendering import render
from tests.engines.test_svg import writing
SvgEngine.environment = MappingProxyType({"FONTCONFIG_FILE": sys.argv[1]})
print(render(SvgEngine(workers=1), writing("", "font-family:serif")).size)
"""


def test_without_fonts_everything_but_text_is_drawn(engine, tmp_path: Path) -> None:
    nothing = tmp_path / "fonts.conf"
    nothing.write_text("<fontconfig></fontconfig>")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FONTS, str(nothing)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("50x20\n", 0), done.stderr


# What a drawing cannot do


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a picture on this machine, all red, with a drawing beside it."""
    path = tmp_path / "secret.png"
    path.write_bytes(plain(64, 64, (255, 0, 0), "PNG"))
    (tmp_path / "secret.svg").write_bytes(svg('<g id="a"><rect width="200" height="100" fill="red"/></g>'))
    (tmp_path / "secret.css").write_text("rect { fill: red }")
    (tmp_path / "secret.txt").write_text("<rect width='200' height='100' fill='red'/>")
    return path


OUTSIDE = [
    ('<image width="200" height="100" href="{path}"/>', ""),
    ('<image width="200" height="100" xlink:href="file://{path}"/>', ""),
    ('<image width="200" height="100" href="secret.png"/>', ""),
    ('<image width="200" height="100" href="http://127.0.0.1:9/a.png"/>', ""),
    ('<image width="200" height="100" href="file://{folder}/secret.svg"/>', ""),
    ('<use href="file://{folder}/secret.svg#a"/>', ""),
    ('<style>@import url("file://{folder}/secret.css");</style>', ""),
    ("", '<?xml-stylesheet href="file://{folder}/secret.css" type="text/css"?>'),
    (
        '<filter id="f"><feImage href="file://{path}"/></filter><g filter="url(#f)"><path d="M0,0"/></g>',
        "",
    ),
    ('<g xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{folder}/secret.txt"/></g>', ""),
    ("&a;", '<!DOCTYPE svg [<!ENTITY a SYSTEM "file://{folder}/secret.txt">]>'),
    ("", '<!DOCTYPE svg SYSTEM "file://{folder}/secret.txt">'),
    ("&a;", '<!DOCTYPE svg [<!ENTITY % p SYSTEM "file://{folder}/secret.txt"> %p;]>'),
]
"""Drawing content with external references, and what precedes the root: {folder} has secrets."""


@pytest.mark.parametrize(("content", "before"), OUTSIDE)
def test_nothing_outside_the_file_is_shown(engine, secret: Path, content: str, before: str) -> None:
    names = {"path": secret, "folder": secret.parent}
    data = svg(
        content.format(**names) + '<rect width="10" height="10" fill="#0000fe"/>',
        before="<?xml version='1.0'?>" + before.format(**names),
    )
    code, _ = told(engine, data)
    if code:
        assert code == ErrorCode.CORRUPT
        return
    assert place(engine, data, 0.01, 0.01) == (0, 0, 254, 255)
    pixels = rgba(render(engine, data, wanted(100, 100)))
    assert not ((pixels[:, :, 0] > 200) & (pixels[:, :, 3] > 200)).any()


def test_the_external_files_would_show_red_if_they_were_read(engine, secret: Path) -> None:
    """The test above relies on this: it looks for red."""
    assert place(engine, svg(picture(secret.read_bytes())), 0.6) == RED


def tenfold(opening: str, closing: str, one: str) -> str:
    """Return eleven definitions, each using the one before ten times: {at}, and {below} in `one`."""
    return "".join(
        opening.format(at=at) + one.format(below=at - 1) * 10 + closing.format(at=at) for at in range(1, 12)
    )


ENTITIES = "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY e0 '1'>" + tenfold(
    "<!ENTITY e{at} '", "'>", "&e{below};"
)
PATTERN = (
    '<pattern id="p{at}" width="0.01" height="0.01">'
    '<rect width="9" height="9" fill="url(#p{above})"/></pattern>'
)
BLURS = '<feGaussianBlur stdDeviation="90"/><feMorphology operator="dilate" radius="90"/>' * 40


def picture(data: bytes, kind: str = "png") -> str:
    """Return an element that shows an embedded picture."""
    inside = base64.b64encode(data).decode()
    return f'<image width="200" height="100" href="data:image/{kind};base64,{inside}"/>'


def large_png() -> bytes:
    """Return a black PNG of 900 megapixels and 110 KB."""
    rows = zlib.compress(bytes(30_000 * 3751))
    return header(30_000, 30_000, 1, GREY) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BOMBS = {
    "use": lambda: svg(
        '<defs><g id="g0"><rect width="1" height="1"/></g>'
        + tenfold('<g id="g{at}">', "</g>", '<use href="#g{below}"/>')
        + '</defs><use href="#g11"/>'
    ),
    "pattern": lambda: svg(
        "".join(PATTERN.format(at=at, above=at + 1) for at in range(12))
        + '<rect width="200" height="100" fill="url(#p0)"/>'
    ),
    "entity": lambda: svg("&e11;", before=ENTITIES + "]>"),
    "entity in the root": lambda: svg("", "width='&e11;'", ENTITIES + "]>"),
    "filter": lambda: svg(
        f'<filter id="f" x="-1e6" y="-1e6" width="1e9" height="1e9">{BLURS}</filter>'
        '<rect width="200" height="100" filter="url(#f)"/>'
    ),
    "nesting": lambda: svg("<g>" * 50_000 + "</g>" * 50_000),
    "nested drawings": lambda: svg('<svg width="1e9" height="1e9">' * 500 + "<rect/>" + "</svg>" * 500),
    "dashes": lambda: svg('<path d="M0,0 L1e9,1e9" stroke="red" stroke-dasharray="0.0001"/>'),
    "circle": lambda: svg('<g id="a"><use href="#a"/></g><use href="#a"/>'),
    "attributes": lambda: svg("", " ".join(f'a{at}="1"' for at in range(100_000))),
    "picture": lambda: svg(picture(large_png())),
    "drawings in drawings": lambda: svg(
        reduce(lambda inner, _: picture(svg(inner * 4), "svg+xml"), range(6), picture(plain(8, 8)))
    ),
    "elements": lambda: svg('<circle r="9"/>' * 1_100_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_decompression_bomb_uses_only_the_allowed_time(quick: SvgEngine, name: str) -> None:
    code, for_now = told(quick, BOMBS[name]())
    assert code in {"", ErrorCode.CORRUPT, ErrorCode.TOO_LARGE}
    assert for_now is (code == ErrorCode.TOO_LARGE)
    assert render(quick, svg("<rect/>")).size == Size(50, 25)


def test_compressed_drawings_are_neither_recognised_nor_unpacked(engine) -> None:
    data = gzip.compress(svg("<rect/>"))
    assert refusal(engine, data).code is ErrorCode.UNSUPPORTED
    with pytest.raises(ThumbnailError, match="does not start like an SVG") as caught:
        engine.probe(data, ImageFormat.SVG)
    assert caught.value.code is ErrorCode.CORRUPT


@pytest.mark.parametrize(
    ("data", "code", "told"),
    [
        (b"<?xml version='1.0'?><html><svg/></html>", ErrorCode.UNSUPPORTED, "starts with <html>"),
        (b"<svg", ErrorCode.CORRUPT, "it is not XML"),
        (f"<svg {NAMESPACES}><rect>".encode(), ErrorCode.CORRUPT, "cannot be decoded"),
        (b"<?xml version='1.0' encoding='no-such'?><svg/>", ErrorCode.CORRUPT, "it is not XML"),
        (b"<svg a='&none;'/>", ErrorCode.CORRUPT, "it is not XML"),
    ],
)
def test_a_file_that_is_not_an_svg_is_refused_with_a_reason(
    engine, data: bytes, code: ErrorCode, told: str
) -> None:
    error = refusal(engine, data)
    assert (error.code, told in error.message) == (code, True), error


def test_a_libvips_without_librsvg_is_reported(monkeypatch) -> None:
    """Some systems ship such a libvips."""
    svg_module = pytest.importorskip("advthumb.engines.previews.svg", exc_type=ImportError)
    monkeypatch.setattr(svg_module.pyvips, "type_find", lambda *_: 0)
    with pytest.raises(EngineUnavailable, match="this build of libvips has no librsvg"):
        svg_module.SvgDrawings()
