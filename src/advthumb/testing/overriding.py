"""Other engines and settings while a test runs."""

from typing import Any

from django.test.utils import override_settings

from advthumb.fields.arguments import Engines

FAKE = "advthumb.testing.FakeEngine"


class override_thumbnails(override_settings):  # noqa: N801 - named and used as Django's `override_settings`
    """Have all fields render with one engine while a test runs: a context manager, and a decorator.

        @override_thumbnails()
        class ProductTests(TestCase): ...

        with override_thumbnails(engine="vips", ADVANCE_THUMBNAIL_RAISE=True): ...

    As with `override_settings`, a decorated class has to be one of Django's test cases.

    Args:
        engine: `"fake"` for `FakeEngine`, or whatever `ADVANCE_THUMBNAIL_ENGINE` may be. It also counts for
            fields that have an `engine` of their own. None leaves engines as they are.
        settings: Further settings, as for `override_settings`.
    """

    def __init__(self, *, engine: Engines | None = "fake", **settings: Any) -> None:
        if engine is not None:
            settings["ADVANCE_THUMBNAIL_TEST_ENGINE"] = FAKE if engine == "fake" else engine
        super().__init__(**settings)
