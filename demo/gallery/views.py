"""The pages of the gallery, and an upload."""

from http import HTTPStatus

from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from gallery.models import Document, Photo, Picture

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


def pictures(request: HttpRequest) -> HttpResponse:
    """Show the pictures, each with a set of files from which the browser fetches one."""
    return render(request, "gallery/pictures.html", {"pictures": Picture.objects.all()})


def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a picture and its crops, with a form for the focal point that they follow."""
    shown = get_object_or_404(Picture, pk=pk)
    form = modelform_factory(Picture, fields=["focus"])(request.POST or None, instance=shown)
    if form.is_valid():
        form.save()
        return redirect(shown)
    return render(request, "gallery/picture.html", {"picture": shown, "form": form})


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Save one photo, and tell whether it has a thumbnail already."""
    form = modelform_factory(Photo, fields=["title", "image"])(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse(form.errors, status=HTTPStatus.BAD_REQUEST)
    photo = form.save()
    return JsonResponse({"id": photo.pk, "thumbnail": photo.thumbnail.name or ""}, status=HTTPStatus.CREATED)
