"""The rules between rows and files, seen from outside: models, querysets, commands and storages only."""

import pytest

committing = pytest.mark.django_db(
    transaction=True,
    databases=["default", "other"],
    # Between two tests only the tables of these apps are emptied, and nobody makes content types and permissions
    # anew: that takes a tenth of the time.
    available_apps=["advthumb", "tests.consistency"],
)
