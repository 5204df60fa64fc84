"""The gallery of photos, the photos that are stored turned, and the page of other uploads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gallery.models import Document, Photo

_TURNED = {"title__startswith": "orientation-"}


def gallery(request: HttpRequest) -> HttpResponse:
    """Show photos by their thumbnails, with one query and without opening a file."""
    return render(request, "gallery/gallery.html", {"photos": Photo.objects.exclude(**_TURNED)})


def orientations(request: HttpRequest) -> HttpResponse:
    """Show the photos whose pixels are stored rotated: each thumbnail is upright."""
    return render(request, "gallery/orientations.html", {"photos": Photo.objects.filter(**_TURNED)})


def documents(request: HttpRequest) -> HttpResponse:
    """Show every other upload by its preview, or by its name where there is none."""
    return render(request, "gallery/documents.html", {"documents": Document.objects.all()})
