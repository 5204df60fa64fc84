"""Signed URLs, the default of django-storages for S3: pages cost no request, and their HTML is valid."""

import re
from collections import Counter
from io import BytesIO
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from PIL import Image

from tests.conftest import upload
from tests.templates.conftest import django, jinja
from tests.templates.html import elements, image
from tests.testapp.models import Photo

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "other"]),
    pytest.mark.parametrize("bucket", [True], indirect=True, ids=["overwriting"]),
]

TAG = "{% thumbnail row.thumbnail alt=row.title %}"
CALL = "{{ thumbnail(row.thumbnail, alt=row.title) }}"


def is_signed(url):
    return {"Signature", "X-Amz-Signature"} & parse_qs(urlsplit(url).query).keys()


def downloaded_size(url):
    with urlopen(url, timeout=30) as answer, Image.open(BytesIO(answer.read())) as found:
        return found.size


@pytest.mark.parametrize(("render", "card"), [(django, TAG), (jinja, CALL)], ids=["Django", "Jinja2"])
def test_a_page_of_twenty_rows_costs_one_query_and_no_request(
    requests, render, card, django_assert_num_queries
):
    for number in range(20):
        Photo.objects.create(title=f"“{number}” & more", image=upload(f"{number}.jpg"))
    requests()
    with django_assert_num_queries(1):
        html = render(f"{{% for row in rows %}}{card}{{% endfor %}}", rows=Photo.objects.order_by("pk"))
    assert requests() == Counter()
    images = elements(html)
    assert [attributes["alt"] for _tag, attributes in images] == [
        f"“{number}” & more" for number in range(20)
    ]
    assert {(each["width"], each["height"]) for _tag, each in images} == {("60", "40")}
    assert all(is_signed(each["src"]) for _tag, each in images)
    assert re.findall(r"&(?!amp;)", html) == []
    assert downloaded_size(images[-1][1]["src"]) == (60, 40)


def test_a_written_page_and_an_api_get_the_same_signed_url(requests):
    row = Photo.objects.create(image=upload())
    requests()
    urls = [row.thumbnail.url, row.thumbnail.url_or("none"), row.thumbnail.as_dict()["url"]]
    written = image(django('<img src="{{ row.thumbnail.url }}">', row=row))["src"]
    filtered = image(django('<img src="{{ row.thumbnail|thumbnail_url }}">', row=row))["src"]
    assert requests() == Counter()
    assert all(is_signed(url) for url in (*urls, written, filtered))
    paths = {urlsplit(url).path for url in (*urls, written, filtered)}
    assert paths == {f"/media/{row.thumbnail.name}"}
    assert [downloaded_size(url) for url in (written, filtered)] == [(60, 40), (60, 40)]


def test_the_fallback_is_the_signed_source(requests, settings):
    settings.ADVANCE_THUMBNAIL_FALLBACK = "source"
    row = Photo.objects.create(image=upload())
    Photo.objects.update(thumbnail="")
    row.refresh_from_db()
    requests()
    html = django(TAG, row=row)
    assert requests() == Counter()
    shown = image(html)
    assert is_signed(shown["src"])
    assert urlsplit(shown["src"]).path == f"/media/{row.image.name}"
    assert re.findall(r"&(?!amp;)", html) == []
    assert downloaded_size(shown["src"]) == (120, 80)
