"""`{% thumbnail %}`, `{% picture %}` and `|thumbnail_url` for Django templates.

`advthumb.jinja` has the same for Jinja2.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from django.template import Context, Library, Node, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString

from advthumb.core.attributes import attribute_name
from advthumb.fields.shown import thumbnail_image, thumbnail_picture, thumbnail_url

register = Library()
register.filter(thumbnail_url)

_ATTRIBUTE = re.compile(r"""([^\s=|"']+)=(.+)""", re.DOTALL)


class ThumbnailNode(Node):
    """A compiled tag.

    Args:
        write: Returns the HTML for a thumbnail and attributes.
        file: The thumbnail.
        attributes: Values by attribute name.
        variable: The variable that gets the HTML, None to write it here.
    """

    def __init__(
        self,
        write: Callable[[object, Mapping[str, object]], SafeString],
        file: FilterExpression,
        attributes: Mapping[str, FilterExpression],
        variable: str | None,
    ) -> None:
        self.write = write
        self.file = file
        self.attributes = attributes
        self.variable = variable

    def render(self, context: Context) -> SafeString:
        """Return the HTML, or nothing if a variable gets it."""
        given = {name: value.resolve(context) for name, value in self.attributes.items()}
        html = self.write(self.file.resolve(context, ignore_failures=True), given)
        if self.variable is None:
            return html
        context[self.variable] = html
        return SafeString()


@register.tag
def thumbnail(parser: Parser, token: Token) -> ThumbnailNode:
    """Write the `<img>` of a thumbnail, or of its fallback.

    It has `src`, `width`, `height`, `alt`, `loading="lazy"` and `decoding="async"`, and `srcset` if the field
    has `densities`. You can add attributes, or give other values for these. None or False leaves an attribute
    out; True writes only its name. `alt` is required; it is empty for a decoration:

        {% thumbnail product.thumbnail alt=product.name class="card" data-id=product.pk %}
        {% thumbnail product.thumbnail alt="" loading="eager" fetchpriority="high" %}
        {% thumbnail product.thumbnail alt=product.name as image %}

    If the row has no thumbnail, `ADVANCE_THUMBNAIL_FALLBACK` says what is shown; by default nothing is.
    """
    return _compiled(parser, token, thumbnail_image)


@register.tag
def picture(parser: Parser, token: Token) -> ThumbnailNode:
    """Write the `<picture>` of a thumbnail with its further formats and widths, or of its fallback.

    It has a `<source>` for each format of `formats`, and an `<img>` with the attributes of `{% thumbnail %}`
    and those that you give. `sizes` says how wide the picture is shown, so that the browser can choose among
    `widths`; by default that is as wide as the window:

        {% picture product.hero alt=product.name sizes="(max-width: 600px) 100vw, 50vw" class="hero" %}
    """
    return _compiled(parser, token, thumbnail_picture)


def _compiled(
    parser: Parser, token: Token, write: Callable[[object, Mapping[str, object]], SafeString]
) -> ThumbnailNode:
    """Return the node of a tag.

    Raises:
        TemplateSyntaxError: Something is missing or malformed.
    """
    tag, *bits = token.split_contents()
    example = f'{{% {tag} product.thumbnail alt=product.name class="card" %}}'
    variable = None
    if len(bits) >= 2 and bits[-2] == "as":
        *bits, _as, variable = bits
    if not bits or _ATTRIBUTE.match(bits[0]):
        raise TemplateSyntaxError(f"Name the thumbnail first: {example}")
    attributes = _attributes(parser, bits[1:], example)
    return ThumbnailNode(write, parser.compile_filter(bits[0]), attributes, variable)


def _attributes(parser: Parser, bits: Iterable[str], example: str) -> dict[str, FilterExpression]:
    """Return the compiled values of attributes by name.

    Raises:
        TemplateSyntaxError: An attribute is malformed or given twice, or `alt` is missing.
    """
    attributes: dict[str, FilterExpression] = {}
    for bit in bits:
        parts = _ATTRIBUTE.match(bit)
        if parts is None:
            raise TemplateSyntaxError(f"{bit!r} is no attribute of the form name=value: {example}")
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
            f'decoration, write alt="": {example}'
        )
    return attributes
