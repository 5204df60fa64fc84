"""The files that rows name, to check that none is lost and no other file is stored."""

from django.db.models import FileField

RED, BLUE, LIME = (254, 0, 0), (0, 0, 254), (0, 255, 1)


def files_of(*rows):
    """Return the names of all files of some rows, as stored in the database."""
    names = set()
    for row in rows:
        columns = [field.attname for field in row._meta.concrete_fields if isinstance(field, FileField)]
        for values in type(row)._base_manager.filter(pk=row.pk).values_list(*columns):
            names.update(filter(None, values))
    return sorted(names)


class Interrupted(Exception):  # noqa: N818 - read as a sentence where it is raised
    """Rolls a transaction back."""
