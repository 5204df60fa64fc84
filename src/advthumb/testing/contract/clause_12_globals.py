"""Clause 12. No process-wide switch of the imaging library is changed."""

import decimal
import locale
import os
import signal
import warnings
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import render, wanted


def switches() -> dict[str, object]:
    """Return the settings of the process that an engine must not change."""
    return {
        "max pixels": Image.MAX_IMAGE_PIXELS,
        "truncated": ImageFile.LOAD_TRUNCATED_IMAGES,
        "png text": (PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY),
        "warnings": list(warnings.filters),
        "signals": [signal.getsignal(each) for each in (signal.SIGCHLD, signal.SIGALRM, signal.SIGTERM)],
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "locale": locale.setlocale(locale.LC_ALL),
        "decimals": decimal.getcontext().prec,
    }


class GlobalsClause:
    """Clause 12. No process-wide switch of the imaging library is changed."""

    @pytest.mark.smoke
    def test_the_host_finds_its_switches_as_it_left_them(self, engine: ThumbnailEngine) -> None:
        """Clause 12: after good and damaged pictures of every format."""
        before = switches()
        for image_format in pictures.RASTER_FORMATS:
            for data in (pictures.gradient(image_format=image_format), pictures.truncated(image_format)):
                for output in engine.writes:
                    with suppress(ThumbnailError):
                        render(engine, data, wanted(output=output))
        assert switches() == before

    @pytest.mark.parametrize("image_format", pictures.RASTER_FORMATS)
    @pytest.mark.reads("image_format")
    def test_the_host_s_own_pixel_limit_is_no_surprise(
        self, engine: ThumbnailEngine, image_format: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Clauses 9 and 12: a host that allows Pillow 9 pixels gets a thumbnail, or `too-large`."""
        data = pictures.gradient(60, 60, image_format)
        expected = render(engine, data).data
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9)
        try:
            assert render(engine, data).data == expected
        except ThumbnailError as error:
            assert error.code is ErrorCode.TOO_LARGE  # noqa: PT017 - either is right.
