"""What a page really says: HTML as a strict parser reads it."""

from html5lib import HTMLParser


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    """Return the names and attributes of all elements of a piece of HTML.

    Raises:
        html5lib.html5parser.ParseError: It is not valid: a quotation mark or an attribute too many, say.
    """
    parser = HTMLParser(strict=True, namespaceHTMLElements=False)
    fragment = parser.parseFragment(html)
    return [(element.tag, dict(element.attrib)) for element in fragment.iter() if element is not fragment]


def image(html: str) -> dict[str, str]:
    """Return the attributes of the `<img>` that is the whole of a piece of HTML."""
    ((tag, attributes),) = elements(html)
    assert tag == "img"
    assert html.startswith("<img ")
    assert html.endswith(">")
    return attributes
