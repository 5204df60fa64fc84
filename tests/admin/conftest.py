"""Users of the test project's admins, and test clients that are logged in as them."""

from collections.abc import Callable, Sequence
from itertools import product

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client

from tests.testapp.models import Photo


@pytest.fixture
def staff(client: Client, settings) -> Client:
    """Return a client whose user may do everything."""
    settings.ROOT_URLCONF = "tests.admin.site"
    client.force_login(User.objects.create_superuser("staff", password="staff"))
    return client


@pytest.fixture
def permitted(settings) -> Callable[..., Client]:
    """Return a function that returns a client whose user has only these permissions on models."""
    settings.ROOT_URLCONF = "tests.admin.site"

    def client_with(*actions: str, models: Sequence[type[Model]] = (Photo,)) -> Client:
        user = User.objects.create_user("-".join(actions), is_staff=True)
        ContentType.objects.clear_cache()
        for action, model in product(actions, models):
            kind = ContentType.objects.get_for_model(model)
            codename = f"{action}_{model._meta.model_name}"
            permission, _made = Permission.objects.get_or_create(content_type=kind, codename=codename)
            user.user_permissions.add(permission)
        client = Client()
        client.force_login(user)
        return client

    return client_with
