"""Which pictures a page shows."""

from html.parser import HTMLParser

from django.conf import settings


class Shown(HTMLParser):
    """Collects the sources of `<img>` and the sets of `<source>`, which a browser prefers."""

    def __init__(self) -> None:
        super().__init__()
        self.sets: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a picture's URLs."""
        values = dict(attrs)
        self.sets += [each.split()[0] for each in (values.get("srcset") or "").split(",") if each.strip()]
        if tag == "img" and values.get("src"):
            self.sources.append(values["src"] or "")

    @classmethod
    def names(cls, html: str) -> list[str]:
        """Return the storage names of what a browser shows: sets, or single sources if there are none."""
        page = cls()
        page.feed(html)
        urls = page.sets or page.sources
        return [url.removeprefix(settings.MEDIA_URL) for url in urls]
