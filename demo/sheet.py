"""The contact sheet: every thumbnail on one picture, with its source and why that is interesting."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_COLUMNS = 3
_MARGIN = 16
_PICTURE = (212, 160)
_CAPTIONS = 66
_CARD = (3 * _PICTURE[0] + 4 * _MARGIN, _PICTURE[1] + _CAPTIONS + 2 * _MARGIN)
_HEADING = 64
_PAPER, _CARD_PAPER, _INK, _FAINT, _RED = "#eceae5", "#ffffff", "#222222", "#6b6b6b", "#b3261e"


@dataclass(frozen=True)
class Card:
    """One source on the sheet: its thumbnails with their captions, or why there are none."""

    title: str
    reason: str
    pictures: Sequence[tuple[Image.Image, str]]
    note: str = ""


def write_sheet(cards: Sequence[Card], heading: str, path: Path) -> None:
    """Lay the cards out in rows, and write the sheet as PNG."""
    rows = -(-len(cards) // _COLUMNS)
    step_x, step_y = _CARD[0] + _MARGIN, _CARD[1] + _MARGIN
    sheet = Image.new("RGB", (_MARGIN + _COLUMNS * step_x, _HEADING + rows * step_y), _PAPER)
    _text(sheet, (_MARGIN, _MARGIN), heading, 24)
    for index, card in enumerate(cards):
        row, column = divmod(index, _COLUMNS)
        sheet.paste(_draw(card), (_MARGIN + column * step_x, _HEADING + row * step_y))
    sheet.save(path, compress_level=6)


def _draw(card: Card) -> Image.Image:
    """Draw one card: two lines of words, then the thumbnails side by side over their captions."""
    drawn = Image.new("RGB", _CARD, _CARD_PAPER)
    _text(drawn, (_MARGIN, 10), card.title, 17)
    _text(drawn, (_MARGIN, 33), card.reason, 14, _FAINT)
    top = 60
    for column, (thumbnail, caption) in enumerate(card.pictures):
        left = _MARGIN + column * (_PICTURE[0] + _MARGIN)
        shown = thumbnail.convert("RGBA")
        shown.thumbnail(_PICTURE)
        backdrop = _checkerboard(shown.size)
        backdrop.paste(shown, mask=shown)
        drawn.paste(backdrop, (left, top))
        _text(drawn, (left, top + _PICTURE[1] + 4), caption, 13, _FAINT)
    _text(drawn, (_MARGIN, top + 20), card.note, 15, _RED)
    return drawn


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    """Return the grey squares that show through the transparent parts of a picture."""
    board = Image.new("RGB", size, "#ffffff")
    draw = ImageDraw.Draw(board)
    for top in range(0, size[1], 10):
        for left in range(top % 20, size[0], 20):
            draw.rectangle((left, top, left + 9, top + 9), fill="#d8d8d8")
    return board


def _text(on: Image.Image, at: tuple[int, int], words: str, size: int, color: str = _INK) -> None:
    """Write one line."""
    ImageDraw.Draw(on).text(at, words, fill=color, font=ImageFont.load_default(size=size))
