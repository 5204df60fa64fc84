"""The engine `pdf`: what is shown of a document, and what a document cannot do."""

import zlib
from hashlib import md5

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.previews import PdfEngine
from advthumb.testing.contract.rendering import (
    assert_close,
    probe,
    quarters,
    refusal,
    render,
    rgb,
    told,
    wanted,
)
from tests.pictures.pages import QUARTERS, fonts, lines, pdf, pdf_of, quartered_page, stream

from .conftest import had

WHITE, RED, BLUE = (255, 255, 255), (255, 0, 0), (0, 0, 255)
FULL_RED = b"1 0 0 rg 0 0 200 100 re f\n"


@pytest.fixture(scope="module")
def engine() -> ThumbnailEngine:
    return had("pdf")


@pytest.fixture(scope="module")
def quick() -> PdfEngine:
    """Return an engine with a time limit of three seconds."""
    had("pdf")
    return PdfEngine(timeout=3, workers=1)


def place(engine: ThumbnailEngine, data: bytes, left: float = 0.5, top: float = 0.5) -> tuple[int, ...]:
    """Return the pixel at a position: 0 to 1 from the left and from the top."""
    pixels = rgb(render(engine, data, wanted(100, 100)))
    return tuple(pixels[int(top * pixels.shape[0]), int(left * pixels.shape[1])].tolist())


# What is shown


def test_the_page_has_an_opaque_white_background(engine) -> None:
    data = pdf(b"1 0 0 rg 50 25 100 50 re f")
    assert not probe(engine, data).has_alpha
    assert render(engine, data, wanted(output=None)).format is ImageFormat.JPEG
    assert (place(engine, data), place(engine, data, 0, 0)) == (RED, WHITE)


@pytest.mark.parametrize(
    ("box", "page", "size"),
    [
        ((0, 0, 595.3, 841.9), b"", (1448, 2048)),
        ((0, 0, 3, 3), b"", (2048, 2048)),
        ((-100, -50, 100, 50), b"", (2048, 1024)),
        ((200, 100, 0, 0), b"", (2048, 1024)),
        ((0, 0, 200, 100), b"/Rotate 90", (1024, 2048)),
        ((0, 0, 200, 100), b"/Rotate -90", (1024, 2048)),
        ((0, 0, 200, 100), b"/Rotate 180", (2048, 1024)),
        ((0, 0, 400, 400), b"/CropBox[0 0 200 100]", (2048, 1024)),
        ((0, 0, 200, 100), b"/UserUnit 4", (2048, 1024)),
        ((0, 0, 1e7, 1), b"", (2048, 1)),
    ],
)
def test_a_thumbnail_has_the_aspect_ratio_of_its_page(engine, box, page, size) -> None:
    data = pdf(box=box, page=page)
    assert probe(engine, data).size == size
    assert max(render(engine, data, wanted(64, 64)).size) == 64


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (5, 5, 5, 50)])
def test_a_page_without_a_size_is_letter_sized_as_in_viewers(engine, box) -> None:
    assert probe(engine, pdf(box=box)).size == (round(2048 * 612 / 792), 2048)


def test_a_page_is_cropped_and_rotated_as_in_viewers(engine) -> None:
    content = b"0.5 g 0 0 999 999 re f 1 0 0 1 50 50 cm " + quartered_page()
    data = pdf(content, box=(0, 0, 300, 300), page=b"/CropBox[50 50 250 150]/Rotate 90")
    top_left, top_right, bottom_left, bottom_right = QUARTERS
    shown = quarters(rgb(render(engine, data, wanted(100, 100))))
    assert shown == (bottom_left, top_left, bottom_right, top_right)


def test_the_first_page_is_shown(engine) -> None:
    data = pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 2/Kids[5 0 R 3 0 R]/MediaBox[0 0 200 100]>>",
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
            stream(FULL_RED),
            b"<</Type/Page/Parent 2 0 R/Contents 6 0 R>>",
            stream(b"0 0 1 rg 0 0 200 100 re f"),
        ]
    )
    assert place(engine, data) == BLUE


def test_print_colours_and_transparency_are_rendered(engine) -> None:
    assert_close(place(engine, pdf(b"0 1 1 0 k 0 0 200 100 re f")), (237, 28, 36), 30)
    states = b"/Resources<</ExtGState<</G<</ca 0.5>>>>>>"
    assert_close(place(engine, pdf(b"/G gs " + FULL_RED, page=states)), (255, 128, 128), 2)


@pytest.mark.parametrize(
    "name", ["Helvetica", "Times-Roman", "Courier", "Symbol", "ZapfDingbats", "Arial,Bold", "NobodyHasThis"]
)
def test_text_in_fonts_that_are_not_embedded_is_drawn(engine, name: str) -> None:
    pixels = rgb(render(engine, pdf(lines("Hamburg", size=40), page=fonts(name)), wanted(200, 200)))
    assert 0.01 < (pixels < 128).mean() < 0.3


def annotated(flags: int = 4, kind: bytes = b"Stamp") -> bytes:
    """Return a page with an annotation that is drawn as a red rectangle."""
    look = stream(b"1 0 0 rg 0 0 100 50 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 100 50]")
    note = b"<</Type/Annot/Subtype/%b/Rect[50 25 150 75]/F %d/AP<</N 6 0 R>>/FT/Tx>>" % (kind, flags)
    return pdf(
        page=b"/Annots[5 0 R]",
        others=[note, look],
        catalogue=b"/AcroForm<</Fields[5 0 R]>>" if kind == b"Widget" else b"",
    )


@pytest.mark.parametrize(
    ("flags", "kind", "shown"),
    [
        (4, b"Stamp", RED),
        (4, b"Widget", RED),
        (4, b"FreeText", RED),
        (2, b"Stamp", WHITE),
        (32, b"Stamp", WHITE),
        (4, b"Popup", WHITE),
        (2, b"Widget", WHITE),
        (32, b"Widget", WHITE),
    ],
)
def test_annotations_and_filled_fields_are_shown_unless_they_are_hidden(engine, flags, kind, shown) -> None:
    assert place(engine, annotated(flags, kind)) == shown


def test_invalid_annotations_are_skipped(engine) -> None:
    data = annotated().replace(b"/Annots[5 0 R]", b"/Annots[null 7 99 0 R 4 0 R 3 0 R 5 0 R]")
    assert place(engine, data) == RED


# Encryption and damage

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for each in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(each ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def encrypted(password: bytes) -> bytes:
    """Return a red page protected by a password (ISO 32000-1, 7.6.3: algorithms 1 to 4)."""
    identity, rights = b"0123456789abcdef", -4
    padded = (password + _PADDING)[:32]
    owner = rc4(md5((b"owner" + _PADDING)[:32]).digest()[:5], padded)
    key = md5(padded + owner + rights.to_bytes(4, "little", signed=True) + identity).digest()[:5]
    own = md5(key + (4).to_bytes(3, "little") + bytes(2)).digest()[:10]
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/P %d/O<%b>/U<%b>>>" % (
        rights,
        owner.hex().encode(),
        rc4(key, _PADDING).hex().encode(),
    )
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 200 100]>>",
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
            stream(rc4(own, FULL_RED)),
        ],
        lock + b"/ID[<%b><%b>]" % (identity.hex().encode(), identity.hex().encode()),
    )


def test_a_document_that_needs_a_password_is_unsupported(engine) -> None:
    error = refusal(engine, encrypted(b"secret"))
    assert (error.code, "password" in error.message) == (ErrorCode.UNSUPPORTED, True)


def test_an_encrypted_document_that_needs_no_password_is_shown(engine) -> None:
    assert place(engine, encrypted(b"")) == RED


def test_a_refusal_gives_the_reason_for_this_document(engine) -> None:
    """PDFium keeps the code of its last error, which a document without pages does not replace."""
    for _ in range(4):
        assert refusal(engine, encrypted(b"secret")).code is ErrorCode.UNSUPPORTED
    assert refusal(engine, pdf_of([b"<</Type/Catalog>>"])).code is ErrorCode.CORRUPT


def test_an_unknown_encryption_method_is_unsupported(engine) -> None:
    data = encrypted(b"").replace(b"/Filter/Standard", b"/Filter/Nobodys0")
    assert refusal(engine, data).code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + bytes(5000),
        pdf_of([b"<</Type/Catalog>>"]),
        pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]),
        pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 5/Kids[]>>"]),
        pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"]),
        pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[9 0 R]>>"]),
    ],
)
def test_a_document_without_a_page_is_corrupt(engine, data: bytes) -> None:
    assert refusal(engine, data).code is ErrorCode.CORRUPT


def test_a_file_that_does_not_begin_like_a_pdf_is_corrupt(engine) -> None:
    with pytest.raises(ThumbnailError, match="no PDF signature") as caught:
        engine.probe(b"\n" + pdf(), ImageFormat.PDF)
    assert caught.value.code is ErrorCode.CORRUPT


# What a document cannot do

SCRIPT = b"<</S/JavaScript/JS(app.alert\\('x'\\); while \\(true\\) {})>>"


ACTIONS = [
    (b"", b"/OpenAction" + SCRIPT),
    (b"/AA<</O" + SCRIPT + b">>", b""),
    (b"", b"/Names<</JavaScript<</Names[(a)" + SCRIPT + b"]>>>>"),
    (b"", b"/OpenAction<</S/Launch/F(/bin/sh)>>"),
    (b"", b"/OpenAction<</S/URI/URI(http://127.0.0.1:9/)>>"),
    (b"", b"/AcroForm<</XFA[(template)4 0 R]/Fields[]/NeedAppearances true>>"),
    (b"", b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a)/EF<</F 4 0 R>>>>]>>>>"),
]
"""Entries of a page or catalogue that would run or open something."""


@pytest.mark.parametrize(("page", "catalogue"), ACTIONS)
def test_nothing_in_a_document_runs(quick, page: bytes, catalogue: bytes) -> None:
    assert place(quick, pdf(FULL_RED, page=page, catalogue=catalogue)) == RED


def test_content_in_another_file_is_not_read(engine, tmp_path) -> None:
    other = tmp_path / "content"
    other.write_bytes(FULL_RED)
    data = pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 200 100]>>",
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
            stream(b"", b"/F(%b)" % str(other).encode()),
        ]
    )
    assert place(engine, data) == WHITE


def test_ten_thousand_pages_cost_no_more_than_one(quick) -> None:
    assert place(quick, pdf(FULL_RED, pages=10_000)) == RED


def test_a_false_page_count_is_not_trusted(quick) -> None:
    data = pdf(FULL_RED).replace(b"/Count 1", b"/Count 2000000000")
    assert told(quick, data) in {("", False), ("corrupt", False)}


def form_bomb() -> bytes:
    """Return a page with a form that draws another form ten times, nested eleven deep."""
    forms = [
        stream(
            b"/X Do " * 10,
            b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]/Resources<</XObject<</X %d 0 R>>>>" % (number + 1),
        )
        for number in range(5, 16)
    ]
    last = stream(FULL_RED, b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]")
    return pdf(b"/X Do", page=b"/Resources<</XObject<</X 5 0 R>>>>", others=[*forms, last])


def picture(width: int, height: int) -> bytes:
    """Return a page with a black picture of that size."""
    body = zlib.compress(bytes(min(width * height, 10**8)), 9)
    entries = b"/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray" % (width, height)
    return pdf(
        b"200 0 0 100 0 0 cm /X Do",
        page=b"/Resources<</XObject<</X 5 0 R>>>>",
        others=[stream(body, entries + b"/Filter/FlateDecode")],
    )


def test_a_large_picture_is_shown(engine) -> None:
    assert place(engine, picture(10_000, 10_000)) == (0, 0, 0)


BOMBS = {
    "forms": form_bomb,
    "picture": lambda: picture(100_000, 100_000),
    "content": lambda: pdf(b"0 0 m 200 100 l S\n" * 3_000_000),
    "deflate": lambda: pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 200 100]>>",
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
            stream(zlib.compress(zlib.compress(bytes(2 * 10**8))), b"/Filter[/FlateDecode/FlateDecode]"),
        ]
    ),
    "nesting": lambda: pdf(page=b"/A" + b"[" * 500_000 + b"]" * 500_000),
    "dashes": lambda: pdf(b"[0.0001] 0 d 0 0 m 1000000 1000000 l S"),
    "pattern": lambda: pdf(
        b"/Pattern cs /P scn 0 0 200 100 re f",
        page=b"/Resources<</Pattern<</P 5 0 R>>>>",
        others=[
            stream(
                FULL_RED,
                b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep .0001/YStep .0001",
            )
        ],
    ),
    "states": lambda: pdf(b"q " * 2_000_000 + FULL_RED),
    "sizes": lambda: pdf(lines("Hamburg", size=10**9), page=fonts("Helvetica")),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_decompression_bomb_uses_only_the_allowed_time(quick: PdfEngine, name: str) -> None:
    code, for_now = told(quick, BOMBS[name]())
    assert code in {"", ErrorCode.CORRUPT, ErrorCode.TOO_LARGE}
    assert for_now is (code == ErrorCode.TOO_LARGE)
    assert render(quick, pdf()).size == Size(50, 25)


def test_a_page_that_takes_too_long_is_too_large_for_now(quick: PdfEngine) -> None:
    assert told(quick, form_bomb()) == (ErrorCode.TOO_LARGE, True)
