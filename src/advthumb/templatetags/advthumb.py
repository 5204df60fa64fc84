"""`{% thumbnail %}` and `|thumbnail_url` for Django templates; `advthumb.jinja` has both for Jinja2."""

import re
from collections.abc import Iterable, Mapping

from django.template import Context, Library, Node, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString

from advthumb.core.attributes import attribute_name
from advthumb.fields.shown import thumbnail_image, thumbnail_url

register = Library()
register.filter(thumbnail_url)

_ATTRIBUTE = re.compile(r"""([^\s=|"']+)=(.+)""", re.DOTALL)
_EXAMPLE = '{% thumbnail product.thumbnail alt=product.name class="card" %}'


class ThumbnailNode(Node):
    """The compiled tag.

    Args:
        file: The thumbnail.
        attributes: Values by attribute name.
        variable: The variable that gets the HTML, None to write it here.
    """

    def __init__(
        self, file: FilterExpression, attributes: Mapping[str, FilterExpression], variable: str | None
    ) -> None:
        self.file = file
        self.attributes = attributes
        self.variable = variable

    def render(self, context: Context) -> SafeString:
        """Return the `<img>`, or nothing if a variable gets it."""
        given = {name: value.resolve(context) for name, value in self.attributes.items()}
        image = thumbnail_image(self.file.resolve(context, ignore_failures=True), given)
        if self.variable is None:
            return image
        context[self.variable] = image
        return SafeString()


@register.tag
def thumbnail(parser: Parser, token: Token) -> ThumbnailNode:
    """Write the `<img>` of a thumbnail, or of its fallback.

    It has `src`, `width`, `height`, `alt`, `loading="lazy"` and `decoding="async"`. You can add attributes,
    or give other values for these. None or False leaves an attribute out; True writes only its name. `alt` is
    required; it is empty for a decoration:

        {% thumbnail product.thumbnail alt=product.name class="card" data-id=product.pk %}
        {% thumbnail product.thumbnail alt="" loading="eager" fetchpriority="high" %}
        {% thumbnail product.thumbnail alt=product.name as image %}

    If the row has no thumbnail, `ADVANCE_THUMBNAIL_FALLBACK` says what is shown; by default nothing is.
    """
    _tag, *bits = token.split_contents()
    variable = None
    if len(bits) >= 2 and bits[-2] == "as":
        *bits, _as, variable = bits
    if not bits or _ATTRIBUTE.match(bits[0]):
        raise TemplateSyntaxError(f"Name the thumbnail first: {_EXAMPLE}")
    return ThumbnailNode(parser.compile_filter(bits[0]), _attributes(parser, bits[1:]), variable)


def _attributes(parser: Parser, bits: Iterable[str]) -> dict[str, FilterExpression]:
    """Return the compiled values of attributes by name.

    Raises:
        TemplateSyntaxError: An attribute is malformed or given twice, or `alt` is missing.
    """
    attributes: dict[str, FilterExpression] = {}
    for bit in bits:
        parts = _ATTRIBUTE.match(bit)
        if parts is None:
            raise TemplateSyntaxError(f"{bit!r} is no attribute of the form name=value: {_EXAMPLE}")
        try:
            name = attribute_name(parts[1])
        except ValueError as error:
            raise TemplateSyntaxError(str(error)) from error
        if name in attributes:
            raise TemplateSyntaxError(f"The attribute {name!r} is given twice.")
        attributes[name] = parser.compile_filter(parts[2])
    if "alt" not in attributes:
        raise TemplateSyntaxError(
            "alt is missing. Say what the picture shows, for those who cannot see it; if it is only a "
            f'decoration, write alt="": {_EXAMPLE}'
        )
    return attributes
