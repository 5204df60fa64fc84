"""The checks of code blocks find what is wrong with a block."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.template import TemplateSyntaxError

from . import python_blocks, shell_blocks, template_blocks
from .blocks import README, Block, _read

pytestmark = pytest.mark.django_db(transaction=True)


def python(text: str) -> Block:
    """Return a block of a page that has the README's model."""
    return Block(README, 0, "python", text)


FIELD = 'thumbnail = AdvanceThumbnailField(source_field="image", upload_to="t/"'
FAILING_TEST = """
from unittest import TestCase

class Wrong(TestCase):
    def test_it(self):
        self.assertEqual(Product.objects.count(), 77)
"""


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("import advthumb\nadvthumb.nothing", AttributeError),
        ("from advthumb.nothing import x\nx", ModuleNotFoundError),
        ("x = unknown_name", NameError),
        (f"{FIELD}, size='big', ...)", ImproperlyConfigured),
        (
            f"class Photo(models.Model):\n    picture = models.ImageField()\n    {FIELD})",
            AssertionError,  # advthumb.E001: `source_field` names no field.
        ),
        ('ADVANCE_THUMBNAIL_ENGINE = "no-such-engine"', AssertionError),
        ('ADVANCE_THUMBNAIL_QUALITY = {"JPEG": 900, ...}', AssertionError),
        ("assert product.thumbnail.status == 'missing'", AssertionError),
        ("await later()\nasync def later():\n    raise KeyError", KeyError),
        (FAILING_TEST, AssertionError),
    ],
)
def test_python_that_does_not_work_fails(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        python_blocks.run(python(text))


@pytest.mark.parametrize(
    "text",
    [
        "assert product.thumbnail.status == 'fresh'",
        "from shop.models import Product\nassert Product.objects.count() == 1",
        f"{FIELD}, ...)",
        'INSTALLED_APPS = [..., "advthumb", "shop"]',
        'STORAGES = {"more": {"BACKEND": "django.core.files.storage.InMemoryStorage"}, ...}',
    ],
)
def test_python_that_works_passes(text: str) -> None:
    python_blocks.run(python(text))


def test_each_setting_of_a_block_is_checked_and_not_only_the_last_value() -> None:
    with pytest.raises(AssertionError):
        python_blocks.run(python("ADVANCE_THUMBNAIL_QUALITY = 80\nADVANCE_THUMBNAIL_QUALITY = {'WEBP': 70}"))


def test_signal_receivers_of_a_block_are_disconnected_afterwards() -> None:
    from advthumb.signals import thumbnail_failed

    before = list(thumbnail_failed.receivers)
    python_blocks.run(
        python(
            "from django.dispatch import receiver\nfrom advthumb.signals import thumbnail_failed\n"
            "@receiver(thumbnail_failed)\ndef tell(**kwargs): ..."
        )
    )
    assert thumbnail_failed.receivers == before


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("python manage.py no_such_command", AssertionError),
        ("python manage.py sync_thumbnails --no-such-option", CommandError),
        ("python manage.py sync_thumbnails --limit many", CommandError),
        ("python3 dev.py nothing", AssertionError),
        ('pip install "django-advance-thumbnail[nothing]"', AssertionError),
        ("frobnicate --all", AssertionError),
    ],
)
def test_a_command_that_does_not_exist_fails(line: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        shell_blocks.check(line)


def test_commands_that_exist_pass() -> None:
    shell_blocks.check(
        "# a comment\n"
        "$ DEBUG=1 python manage.py sync_thumbnails --limit 5 \\\n    --dry-run  # with a comment\n"
        'pip install "django-advance-thumbnail[vips,heif]>=3.0"\n'
    )


def test_a_template_with_an_unknown_variable_shows_it() -> None:
    html = template_blocks.render(Block(README, 0, "django", "{{ product.picture }}"))
    assert "NO SUCH VARIABLE" in html


def test_a_template_that_does_not_compile_fails() -> None:
    with pytest.raises(TemplateSyntaxError):
        template_blocks.render(Block(README, 0, "django", "{% nothing %}"))


@pytest.mark.parametrize(
    ("needs", "lacks"),
    [
        ("", ""),
        ("Django 4.2", ""),
        ("Django 99.1", "Django 99.1"),
        ("PIL", ""),
        ("PIL, no_such_package", "no_such_package"),
        ("PIL.Image, no_such_package.module", "no_such_package.module"),
    ],
)
def test_missing_requirements_of_a_block_are_found(needs: str, lacks: str) -> None:
    assert Block(README, 0, "python", "", needs=needs).lacks == lacks


PAGE = """
# Page

<!-- not run: it needs an account
of somebody -->
```python
x = 1
```

<!-- invisible-code-block: python
z = 3
-->

- In a list:

  <!-- needs Django 99.1 -->
  ```py
  y = 2
  ```

    pip install django-advance-thumbnail

Prose.

    python manage.py check

```{toctree}
other
```

```
what is this
```
"""


def test_the_blocks_of_a_page_are_found_with_their_language_and_marks() -> None:
    blocks = list(_read(Path("page.md"), PAGE))
    assert [(block.language, block.text.strip()) for block in blocks if block.language != "shell"] == [
        ("python", "x = 1"),
        ("python", "z = 3"),
        ("python", "y = 2"),
        ("", "what is this"),
    ]
    assert [block.text.strip() for block in blocks if not block.visible] == ["z = 3"]
    assert [block.reason for block in blocks if block.reason] == ["it needs an account\nof somebody"]
    assert [block.lacks for block in blocks if block.needs] == ["Django 99.1"]
    assert [block.text.strip() for block in blocks if block.language == "shell"][
        -1
    ] == "python manage.py check"
