"""What holds for every page and fragment that any test fetches: :func:`faults` lists what is wrong with one."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
UNLABELLED = frozenset({"hidden", "submit", "button", "image", "reset"})
ID_LISTS = ("aria-labelledby", "aria-describedby", "aria-controls", "for", "list", "popovertarget", "form")


class Element:
    """One element: its tag, attributes, parent and the text inside."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.pieces: list[str] = []
        self.own: list[str] = []  # the text right inside, not that of its children

    @property
    def text(self) -> str:
        """The text inside, spaces folded."""
        return " ".join("".join(self.pieces).split())

    def within(self, tag: str) -> Element | None:
        """The nearest enclosing element of that tag."""
        found = self.parent
        while found is not None and found.tag != tag:
            found = found.parent
        return found

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    def __str__(self) -> str:
        shown = " ".join(
            f'{k}="{v}"' for k, v in self.attributes.items() if k in ("id", "name", "class", "type", "href")
        )
        return f"<{self.tag} {shown}>".replace(" >", ">")


class Page(HTMLParser):
    """A parsed page or fragment."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.unclosed: list[str] = []
        self._open: list[Element] = []
        self.whole = html.lstrip()[:9].lower() == "<!doctype"
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        element = Element(tag, {k: v or "" for k, v in attributes}, self._open[-1] if self._open else None)
        self.elements.append(element)
        for holder in self._open if tag == "img" or "aria-label" in element.attributes else ():
            holder.pieces.append(element["alt"] or element["aria-label"])
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Open and close an element (``<path … />``)."""
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the nearest open element of that tag."""
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position].tag == tag:
                del self._open[position:]
                return

    def handle_data(self, data: str) -> None:
        """Add text to every open element."""
        for element in self._open:
            element.pieces.append(data)
        if self._open and data.strip():
            self._open[-1].own.append(data)

    def all(self, *tags: str) -> list[Element]:
        """Every element of these tags, in order."""
        return [e for e in self.elements if e.tag in tags]

    def by_id(self, name: str) -> Element:
        """The element with that id; raises ``KeyError``."""
        for element in self.elements:
            if element["id"] == name:
                return element
        raise KeyError(name)


@lru_cache(maxsize=2)
def parsed(html: str) -> Page:
    """Read a page; the one just read is at hand for the test that looks at it."""
    return Page(html)


def faults(html: str) -> list[str]:
    """List what is wrong with a page or fragment; empty when all is well."""
    page = parsed(html)
    found = [*_frame(page)] if page.whole else []
    found += _ids(page)
    found += [f"no label: {e}" for e in page.all("input", "select", "textarea") if not _labelled(e, page)]
    found += [f"inline code or style: {e} {name}" for e in page.elements for name in e.attributes if _inline(name)]
    found += [f"inline <{e.tag}>" for e in page.all("script", "style") if _is_inline(e)]
    found += [f"no alt: {e}" for e in page.all("img") if "alt" not in e.attributes]
    found += [f"no text: {e}" for e in page.all("a", "button") if not _has_name(e)]
    found += [f"link without address: {e}" for e in page.all("a") if e["href"] in ("", "#")]
    found += _forms(page)
    return found


def _frame(page: Page) -> list[str]:
    found = []
    html = page.all("html")
    if len(html) != 1 or html[0]["lang"] not in ("es", "en", "pseudo"):
        found.append("<html lang> must be es or en")
    titles = [e for e in page.all("title") if e.within("svg") is None]
    headings = page.all("h1")
    if len(titles) != 1 or len(headings) != 1:
        return [*found, f"{len(titles)} <title> and {len(headings)} <h1>, expected one each"]
    if not headings[0].text or not titles[0].text.startswith(headings[0].text):
        found.append(f"title {titles[0].text!r} does not begin with the heading {headings[0].text!r}")
    if len(page.all("main")) != 1:
        found.append("expected one <main>")
    here = [e for e in page.all("a") if "side__link" in e["class"] and e["aria-current"]]
    if len(here) > 1:
        found.append(f"{len(here)} lines of the navigation say that one is there")
    return found


def _ids(page: Page) -> list[str]:
    names = Counter(e["id"] for e in page.elements if e["id"])
    found = [f"id {name!r} stands {count} times" for name, count in names.items() if count > 1]
    if page.whole:
        for element in page.elements:
            for attribute in ID_LISTS:
                if attribute == "form" and element.tag == "form":
                    continue
                missing = [name for name in element[attribute].split() if name not in names]
                found += [f"{element} {attribute} names {name!r}, which is not on the page" for name in missing]
    return found


def _labelled(element: Element, page: Page) -> bool:
    if element["type"] in UNLABELLED or element["aria-label"] or element["aria-labelledby"] or element.within("label"):
        return True
    return bool(element["id"]) and any(e["for"] == element["id"] for e in page.all("label"))


def _inline(attribute: str) -> bool:
    return attribute == "style" or (attribute.startswith("on") and attribute.isalpha())


def _is_inline(element: Element) -> bool:
    return element.tag == "style" or (not element["src"] and element["type"] not in ("application/json", "importmap"))


def _has_name(element: Element) -> bool:
    return bool(element.text or element["aria-label"] or element["aria-labelledby"])


def _belongs(field: Element, form: Element) -> bool:
    """Whether a field is sent with a form: it stands inside, or names it."""
    return field["form"] == form["id"] if field["form"] else field.within("form") is form


def _forms(page: Page) -> list[str]:
    found = []
    for form in page.all("form"):
        if form["method"].lower() not in ("get", "post", "dialog"):
            found.append(f"{form} must say its method")
        if "action" not in form.attributes and form["method"].lower() != "dialog":
            found.append(f"{form} must say its action")
        tokens = [e for e in page.all("input") if e["name"] == "csrf_token" and _belongs(e, form)]
        if form["method"].lower() == "post" and len(tokens) != 1:
            found.append(f"{form} holds {len(tokens)} csrf tokens, expected one")
    return found
