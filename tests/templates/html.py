"""The content of a page, as a strict HTML parser reads it."""

from html5lib import HTMLParser


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    """Return the names and attributes of all elements of a piece of HTML.

    Raises:
        html5lib.html5parser.ParseError: It is not valid, for example because of an extra quotation mark.
    """
    parser = HTMLParser(strict=True, namespaceHTMLElements=False)
    fragment = parser.parseFragment(html)
    return [(element.tag, dict(element.attrib)) for element in fragment.iter() if element is not fragment]


def image(html: str) -> dict[str, str]:
    """Return the attributes of the `<img>`, which must be the only element of a piece of HTML."""
    ((tag, attributes),) = elements(html)
    assert tag == "img"
    assert html.startswith("<img ")
    assert html.endswith(">")
    return attributes
