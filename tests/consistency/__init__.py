"""The rules between rows and files, tested through models, querysets, commands and storages only."""

import pytest

committing = pytest.mark.django_db(
    transaction=True,
    databases=["default", "other"],
    # Between two tests only the tables of these apps are emptied. Content types and permissions are not
    # created again. This takes a tenth of the time.
    available_apps=["advthumb", "tests.consistency"],
)
