"""The gallery page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gallery.models import Photo


def gallery(request: HttpRequest) -> HttpResponse:
    """Show every photo by its thumbnails: one query, and no file is touched."""
    return render(request, "gallery/gallery.html", {"photos": Photo.objects.all()})
