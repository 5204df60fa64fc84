"""Item 11 on a real Redis: shared, evicting, stopping or dead, it affects nothing but speed."""

from random import Random
from uuid import uuid4

import pytest
from django.core.cache import cache, caches
from django.core.files.base import ContentFile
from redis.exceptions import ConnectionError as NoRedis

from advthumb.cache import FingerprintCache
from advthumb.core.names import ThumbnailName
from tests.conftest import colour_of, picture, upload
from tests.testapp.models import Fingerprinted, Photo

pytestmark = pytest.mark.django_db(transaction=True)

DUMMY = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
RUN = uuid4().hex
BROKEN = b"\xff\xd8\xff no picture"


@pytest.fixture
def site(settings, redis_url):
    """Return a function that gives the cache the prefix of a site; its keys are removed at the end."""

    def use(name, url=redis_url):
        config = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
        settings.CACHES = {"default": config | {"KEY_PREFIX": f"{RUN}-{name}"}}

    yield use
    use("any")
    for key in keys():
        client().delete(key)


def client():
    """Return the client of the `redis` library behind Django's cache."""
    return caches["default"]._cache.get_client()


def keys():
    """Return only the keys of this run, because others may use the Redis server too."""
    return list(client().scan_iter(f"{RUN}*", count=1000))


def life(after_each):
    """Put rows through everything that can happen to them, and return what they show at the end."""
    random = Random(7)
    seen = []
    for model in (Photo, Fingerprinted):
        for number in range(6):
            name = f"{model.__name__}-{number}.jpg"
            row = model.objects.create(title=name, image=upload(name))
            after_each(random)
            row.image = ContentFile(BROKEN if number % 3 == 0 else picture("blue"), name=f"new-{name}")
            row.save()
            after_each(random)
            for _ in range(2):
                model.objects.get(pk=row.pk).save()
                after_each(random)
            if number % 3 == 1:
                row.thumbnail.storage.delete(row.thumbnail.name)
                model.objects.get(pk=row.pk).save()
        rows = model.objects.order_by("title")
        seen += [(row.title, bool(row.thumbnail) and colour_of(row.thumbnail)) for row in rows]
    return seen


@pytest.fixture
def by_itself(settings, media):
    """Return the result of `life` without any cache."""
    settings.CACHES = {"default": DUMMY}
    seen = life(lambda _random: None)
    for model in (Photo, Fingerprinted):
        model.objects.all().delete()
    for path in media.rglob("*.jpg"):
        path.unlink()
    return seen


def test_a_life_with_a_cache_that_keeps_everything(by_itself, site):
    site("one")
    assert life(lambda _random: None) == by_itself
    assert keys()


def test_a_life_with_a_cache_that_evicts_at_random(by_itself, site):
    def evict(random):
        for key in keys():
            if random.random() < 0.5:
                client().delete(key)

    site("one")
    assert life(evict) == by_itself


def test_a_life_in_the_middle_of_which_the_cache_goes_away(by_itself, site, closed_port, caplog):
    steps = []

    def stop(_random):
        steps.append(1)
        if len(steps) == 12:
            site("one", f"redis://127.0.0.1:{closed_port}")

    site("one")
    with caplog.at_level("DEBUG", "advthumb"):
        assert life(stop) == by_itself
    assert "The cache cannot" in caplog.text


def test_a_life_with_a_cache_that_raises_on_every_call(by_itself, site, closed_port):
    site("one", f"redis://127.0.0.1:{closed_port}")
    with pytest.raises(NoRedis):
        cache.get("anything")
    assert life(lambda _random: None) == by_itself


def test_a_failure_is_kept_on_redis_and_seen_by_another_process(site):
    """The purpose of the cache: a picture that cannot be decoded is not tried again at each save."""
    site("one")
    photo = Photo.objects.create(image=ContentFile(BROKEN, name="bad.jpg"))
    assert ThumbnailName.parse(photo.thumbnail.name or "") is None
    assert FingerprintCache("testapp.Photo.thumbnail", "default").record(photo.image.name).startswith("!")


def test_two_sites_and_two_databases_share_one_redis(site):
    """Keys contain the site's prefix, our prefix and the alias of the database."""
    field = "testapp.Photo.thumbnail"
    site("one")
    FingerprintCache(field, "default").set_record("a.jpg", "of site one")
    assert all(b":advthumb:2:" in key for key in keys())
    assert FingerprintCache(field, "other").record("a.jpg") == ""
    site("two")
    assert FingerprintCache(field, "default").record("a.jpg") == ""
    FingerprintCache(field, "default").set_record("a.jpg", "of site two")
    FingerprintCache(field, "default").forget(["a.jpg"])
    site("one")
    assert FingerprintCache(field, "default").record("a.jpg") == "of site one"
    assert FingerprintCache(field, "default").record("b.jpg") == ""
