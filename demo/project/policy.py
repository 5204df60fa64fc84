"""The Content Security Policy of the demo."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Blurred placeholders are `data:` URLs, and the admin shows a file that was just chosen as a `blob:` URL.
POLICY = "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'"


def forbid_inline_code(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Forbid styles and scripts inside of pages, as careful sites do: all of them are static files."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return respond
