"""Use another engine and other settings while a test runs."""

from typing import Any

from django.test.utils import override_settings

from advthumb.fields.arguments import Engines

FAKE = "advthumb.testing.FakeEngine"


class override_thumbnails(override_settings):  # noqa: N801 - named and used as Django's `override_settings`
    """Make all fields render with one engine while a test runs: a context manager and a decorator.

        @override_thumbnails()
        class ProductTests(TestCase): ...

        with override_thumbnails(engine="vips", ADVANCE_THUMBNAIL_RAISE=True): ...

    As with `override_settings`, a decorated class must be a Django test case.

    Args:
        engine: `"fake"` for `FakeEngine`, or any value that `ADVANCE_THUMBNAIL_ENGINE` accepts. It also
            applies to fields with an `engine` argument. None does not change the engines.
        settings: Further settings, as for `override_settings`.
    """

    def __init__(self, *, engine: Engines | None = "fake", **settings: Any) -> None:
        if engine is not None:
            settings["ADVANCE_THUMBNAIL_TEST_ENGINE"] = FAKE if engine == "fake" else engine
        super().__init__(**settings)
