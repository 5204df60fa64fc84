"""Pages that show a piece of a template, and the files that browsers fetch for them, which are noted."""

import time
from mimetypes import guess_type
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path

from tests.templates.sets import photo

fetched: list[str] = []
"""The names of the files that a browser has asked for."""

SLOWLY = 0.2
"""Seconds that a file takes, so that a page that waits for it to know its size moves afterwards."""

PAGE = """{% load advthumb %}<!DOCTYPE html>
<html lang="en">
<head>
<meta name="viewport" content="width=device-width">
<title>Pictures</title>
<style nonce="ours">body { margin: 0 } img { max-width: 100%; height: auto }</style>
<script nonce="ours">
window.refused = []; window.shifted = 0;
document.addEventListener("securitypolicyviolation", event => window.refused.push(event.violatedDirective));
new PerformanceObserver(list => list.getEntries().forEach(each => { window.shifted += each.value; }))
    .observe({type: "layout-shift", buffered: true});
</script>
</head>
<body>
PIECE
<p>What stands below the picture.</p>
</body>
</html>
"""


def page(request: HttpRequest) -> HttpResponse:
    """Show a piece of a template for a row whose thumbnail has a given name.

    Styles in attributes are refused, unless the address says otherwise, as a placeholder needs it.
    """
    template = Template(PAGE.replace("PIECE", request.GET["template"]))
    response = HttpResponse(template.render(Context({"photo": photo(request.GET["name"])})))
    styles = request.GET.get("styles", "'none'")
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src 'self'; script-src 'nonce-ours'; style-src 'nonce-ours'; "
        f"style-src-attr {styles}"
    )
    return response


def file(request: HttpRequest, name: str) -> HttpResponse:
    """Send a stored file, slowly, and note its name."""
    fetched.append(name)
    time.sleep(SLOWLY)
    content_type, _encoding = guess_type(name)
    return HttpResponse(Path(settings.MEDIA_ROOT, name).read_bytes(), content_type=content_type)


urlpatterns = [path("page/", page), path("files/<path:name>", file)]
