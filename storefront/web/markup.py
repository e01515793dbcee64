"""HTML that the CMS wrote, made safe once more: a few tags, links within the web, nothing else."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from django.utils.safestring import SafeString, mark_safe

ALLOWED = frozenset(
    {
        "p",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "b",
        "strong",
        "em",
        "i",
        "a",
        "br",
        "blockquote",
        "hr",
    }
)
VOID = frozenset({"br", "hr"})
SILENT = frozenset({"script", "style", "template", "iframe", "object"})
_LINK = re.compile(r"^(https?://|/|#|mailto:|tel:)")


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += 1
        if tag not in ALLOWED or self.silent:
            return
        address = dict(attrs).get("href") or ""
        link = (
            f' href="{escape(address)}"'
            if tag == "a" and _LINK.match(address) and not address.startswith("//")
            else ""
        )
        self.parts.append(f"<{tag}{link}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in ALLOWED and tag not in VOID and not self.silent:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(escape(data, quote=False))


def safe(text: str | None) -> SafeString:
    """The text as HTML; plain text becomes one paragraph per line."""
    words = text or ""
    if "<" not in words:
        words = "".join(
            f"<p>{escape(line, quote=False)}</p>" for line in words.splitlines() if line.strip()
        )
        return mark_safe(words)  # noqa: S308 - escaped above
    cleaner = _Cleaner()
    cleaner.feed(words)
    cleaner.close()
    return mark_safe("".join(cleaner.parts))  # noqa: S308 - only the tags above, attributes escaped
