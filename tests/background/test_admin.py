"""The action "Make thumbnails again" for fields in task mode."""

import pytest

from tests.admin.conftest import staff  # noqa: F401 - a fixture
from tests.conftest import upload
from tests.fields.conftest import in_database
from tests.testapp.models import Gallery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def act(staff):  # noqa: F811
    def act(*rows):
        data = {"action": "make_thumbnails_again", "_selected_action": [row.pk for row in rows]}
        response = staff.post("/thumbs/testapp/gallery/", data, follow=True)
        return [str(message) for message in response.context["messages"]]

    return act


def test_the_action_enqueues_tasks_for_fields_in_task_mode(queue, act, settings, monkeypatch):
    settings.ADVANCE_THUMBNAIL_MODE = "inline"
    gallery = Gallery.objects.create(image=upload())
    names = gallery.small.name, gallery.square.name
    for name in ("square", "webp"):
        monkeypatch.setattr(Gallery._meta.get_field(name), "mode", "task")
    assert act(gallery) == ["1 thumbnail was made.", "2 thumbnails will be made in the background."]
    assert in_database(gallery).small.name != names[0]
    assert in_database(gallery).square.name == names[1]
    assert queue.run() == {"square": "made", "webp": "made"}
    assert in_database(gallery).square.name != names[1]


def test_the_action_tells_that_nothing_could_be_enqueued(queue, act, settings, caplog):
    settings.ADVANCE_THUMBNAIL_MODE = "inline"
    gallery = Gallery.objects.create(image=upload())
    settings.ADVANCE_THUMBNAIL_MODE = "task"
    settings.ADVANCE_THUMBNAIL_TASK = {"queue": "nothing"}
    assert act(gallery) == ["Thumbnails could not be enqueued; the log says why."]
    assert "Queue 'nothing'" in caplog.text
