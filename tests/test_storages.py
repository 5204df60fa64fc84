"""`storages`: what is asked of a storage, and what is asked of the system in its stead."""

import pytest
from django.core.files.storage import FileSystemStorage

from advthumb import storages
from advthumb.core.errors import ErrorCode, ThumbnailError

LOOKS = (storages.Sight.look, storages.Sight.look_at_time)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ["../outside.jpg", "in/../../outside.jpg", "/etc/hostname"])
def test_a_name_that_leads_out_of_the_storage_is_refused_as_by_django(look, name, tmp_path):
    """Looking at local files takes a short way, which must not lead where `path` would not."""
    (tmp_path / "outside.jpg").write_bytes(b"not yours")
    (tmp_path / "media" / "in").mkdir(parents=True)
    with pytest.raises(ThumbnailError) as caught:
        look(storages.Sight(FileSystemStorage(tmp_path / "media")), name)
    assert caught.value.code is ErrorCode.STORAGE


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("use_tz", [True, False])
def test_the_short_way_tells_what_the_storage_tells(look, use_tz, settings, tmp_path):
    settings.USE_TZ = use_tz
    storage = FileSystemStorage(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"abc")
    sight = storages.Sight(storage)
    found = look(sight, "in/a.jpg")
    assert (found.exists, found.size) == (True, storage.size("in/a.jpg"))
    assert found.modified == storage.get_modified_time("in/a.jpg")
    assert not look(sight, "in/b.jpg").exists
