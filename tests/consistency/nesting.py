"""Receivers of `pre_save` that save, as projects have them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.signals import pre_save

KINDS = ("the title", "the same instance", "another instance", "a refused one")


@contextmanager
def receiver(machine: Any, kind: str) -> Iterator[None]:
    """Have every save of the machine's model save something else first, or nothing if no kind is given."""
    busy = False

    def save(instance: Any, **_named: Any) -> None:
        nonlocal busy
        if busy or not machine.model._base_manager.filter(pk=instance.pk).exists():
            return
        busy = True
        try:
            _save(machine, instance, kind)
        finally:
            busy = False

    if not kind:
        yield
        return
    pre_save.connect(save, sender=machine.model)
    try:
        yield
    finally:
        pre_save.disconnect(save, sender=machine.model)


def _save(machine: Any, instance: Any, kind: str) -> None:
    if kind == "the title":
        instance.save(update_fields=["title"])
    elif kind == "the same instance":
        instance.save()
    elif kind == "another instance":
        other = machine.model._base_manager.get(pk=instance.pk)
        other.image = machine.upload()
        other.save()
    else:
        other = machine.model._base_manager.exclude(pk=instance.pk).exclude(code=None).first()
        if other is None:
            return
        usual, instance.code = instance.code, other.code
        try:
            with transaction.atomic():
                instance.save()
        except IntegrityError:
            machine.may_leave(leaves=True)
        instance.code = usual
