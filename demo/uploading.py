"""Uploads pictures to the web server, as a browser does."""

import http.client
import json
import time
from itertools import cycle, islice
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.crypto import get_random_string

_PHOTOS = sorted(Path(__file__).with_name("photos").glob("*.jpg"))


class UploadError(Exception):
    """The web server refused an upload."""


class Uploader:
    """Uploads the photos of the demo in turn.

    Args:
        address: Host and port of the web server.
        count: How many pictures are uploaded.

    Attributes:
        count: How many pictures are uploaded.
        milliseconds: How long each request took.
        with_thumbnail: How many rows had a thumbnail when their request was answered.
        stopped: Set it to end `run` after the present upload.
    """

    def __init__(self, address: str, count: int) -> None:
        self._address = address
        self.count = count
        self.milliseconds: list[float] = []
        self.with_thumbnail = 0
        self.stopped = False

    def run(self) -> None:
        """Upload all pictures, one after the other.

        Raises:
            UploadError: The web server refused one.
        """
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            for number, path in enumerate(islice(cycle(_PHOTOS), self.count)):
                if self.stopped:
                    return
                started = time.perf_counter()
                self.with_thumbnail += _upload(connection, f"{path.stem}-{number}", path.read_bytes())
                self.milliseconds.append((time.perf_counter() - started) * 1000)
        finally:
            connection.close()


def _upload(connection: http.client.HTTPConnection, title: str, data: bytes) -> bool:
    """Upload one picture, and return whether its row has a thumbnail by now."""
    token = get_random_string(32)
    headers = {
        "Content-Type": MULTIPART_CONTENT,
        # What the page of a form gives to a browser.
        "Cookie": f"{settings.CSRF_COOKIE_NAME}={token}",
        "X-CSRFToken": token,
    }
    file = SimpleUploadedFile(f"{title}.jpg", data, "image/jpeg")
    body = encode_multipart(BOUNDARY, {"title": title, "image": file})
    connection.request("POST", "/upload/", body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != http.HTTPStatus.CREATED:
        raise UploadError(
            f"{title} was refused with {answer.status}: {said.decode('utf-8', 'replace')[:1000]}"
        )
    return bool(json.loads(said)["thumbnail"])
