"""Call functions of the project that find the point which a crop keeps, as fields name them in `gravity`."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from .core.errors import ErrorCode, ThumbnailError
from .core.focal_point import FocalPoint
from .core.gravity import SMART
from .core.samples import Samples
from .core.spec import ThumbnailSpec
from .engines.base import described


class FoundPoints:
    """The points that functions find in one source. Each function is called once, with the same picture.

    Args:
        preview: Returns the upright source, at most `SOURCE_PREVIEW_SIDE` pixels wide and high. It is called
            when the first function is.
    """

    def __init__(self, preview: Callable[[], Samples]) -> None:
        self._render = preview
        self._found: dict[str, FocalPoint | ThumbnailError | None] = {}

    @cached_property
    def _preview(self) -> Samples:
        return self._render().rgb

    def in_spec(self, spec: ThumbnailSpec) -> ThumbnailSpec:
        """Return a spec with the point that its function finds as its focus, or a smart one if it finds none.

        Raises:
            ThumbnailError: There is no picture for the function, or `engine`: the function fails.
        """
        path = spec.point_function
        if path not in self._found:
            try:
                self._found[path] = _point(path, self._preview)
            except ThumbnailError as error:
                self._found[path] = error
        found = self._found[path]
        if isinstance(found, ThumbnailError):
            raise found
        return replace(spec, gravity=SMART) if found is None else replace(spec, focus=found.point)


def load(path: str) -> Callable[[Samples], object]:
    """Return the function of a dotted path.

    Raises:
        ImproperlyConfigured: It cannot be imported or called.
    """
    try:
        found = import_string(path)
    except Exception as error:
        msg = f"gravity={path!r} cannot be imported: {error}"
        raise ImproperlyConfigured(msg) from error
    if not callable(found):
        msg = f"gravity={path!r} cannot be called: it is {found!r}"
        raise ImproperlyConfigured(msg)
    function: Callable[[Samples], object] = found
    return function


def _point(path: str, preview: Samples) -> FocalPoint | None:
    """Call a function.

    This is broad on purpose: it is code of the project, and what it raises must not break a save.

    Raises:
        ThumbnailError: `engine`: it cannot be imported, raises an exception, or does not return a point.
    """
    try:
        found = load(path)(preview)
    except Exception as error:
        msg = f"the function in gravity={path!r} failed: {described(error)}"
        raise ThumbnailError(msg, ErrorCode.ENGINE) from error
    try:
        return FocalPoint.of(found)
    except ValueError as error:
        msg = f"the function in gravity={path!r} returned {found!r}; it must return a point, or None. {error}"
        raise ThumbnailError(msg, ErrorCode.ENGINE) from error
