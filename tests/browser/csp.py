"""A site that forbids inline styles and scripts, as careful projects do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def forbid_inline_styles(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Allow styles, scripts and pictures from the site's own files alone."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = "default-src 'self'"
        return response

    return respond
