"""Uploads as a browser sends them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import pictures
from tests.conftest import picture


def sent(
    name: str = "a.jpg", data: bytes | None = None, content_type: str = "image/jpeg"
) -> SimpleUploadedFile:
    """Return an upload, by default a small picture."""
    return SimpleUploadedFile(name, picture() if data is None else data, content_type)


def broken(name: str = "a.jpg") -> SimpleUploadedFile:
    """Return an upload with a correct header but truncated pixels."""
    return sent(name, pictures.truncated("JPEG"))


def refusal(check: Callable[[Any], None], upload: object) -> ValidationError:
    """Return the error with which an upload is refused."""
    with pytest.raises(ValidationError) as caught:
        check(upload)
    return caught.value


DAMAGED = "This file is damaged or incomplete. Save it again, or upload another one."
