"""The gallery of photos, and the page of other uploads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gallery.models import Document, Photo


def gallery(request: HttpRequest) -> HttpResponse:
    """Show every photo by its thumbnails: one query, and no file is touched."""
    return render(request, "gallery/gallery.html", {"photos": Photo.objects.all()})


def documents(request: HttpRequest) -> HttpResponse:
    """Show every other upload by its preview, or by its name where there is none."""
    return render(request, "gallery/documents.html", {"documents": Document.objects.all()})
